/** How a wrong value is quoted in an error: short, and telling `'5'` from `5`. */
export function quote(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  if (typeof value === 'function') return `a function`;
  if (Array.isArray(value)) return value.length === 0 ? '[]' : `an array of ${value.length}`;
  if (typeof value === 'object' && value !== null) return `an object (${value.constructor?.name ?? 'no prototype'})`;
  return String(value);
}

/** What a value is, without quoting it: it may be of an entry, or a password. */
export function kindOf(value: unknown): string {
  if (typeof value === 'string') return value === '' ? 'an empty string' : 'a string';
  if (typeof value === 'object' || typeof value === 'function') return quote(value);
  return value === undefined ? 'undefined' : `a ${typeof value}`;
}

export function wrongType(name: string, value: unknown, allowed: string): TypeError {
  return new TypeError(`${name} is ${quote(value)}, but must be ${allowed}.`);
}

export function outOfRange(name: string, value: unknown, allowed: string): RangeError {
  return new RangeError(`${name} is ${quote(value)}, but must be ${allowed}.`);
}

/** A whole number within bounds. */
export function whole(
  name: string,
  value: unknown,
  { least, most = Number.MAX_SAFE_INTEGER }: { least: number; most?: number },
): number {
  const allowed = `a whole number from ${least}${most === Number.MAX_SAFE_INTEGER ? '' : ` to ${most}`}`;
  if (typeof value !== 'number') throw wrongType(name, value, allowed);
  if (!Number.isSafeInteger(value) || value < least || value > most) throw outOfRange(name, value, allowed);
  return value;
}

export function flag(name: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw wrongType(name, value, 'true or false');
  return value;
}

export function name(option: string, value: unknown): string {
  if (typeof value !== 'string') throw wrongType(option, value, 'a string that is not empty');
  if (value === '') throw outOfRange(option, value, 'a string that is not empty');
  return value;
}

export function oneOf<const T extends string>(option: string, value: unknown, allowed: readonly T[]): T {
  const found = allowed.find((each) => each === value);
  if (found === undefined) throw outOfRange(option, value, allowed.map((each) => `'${each}'`).join(' or '));
  return found;
}

const ID = /^(\d{1,20})(?:-(\d{1,20}))?$/;
/** Both parts of an id are numbers of 64 bits. */
const MOST = 2n ** 64n - 1n;

/** A stream id in full (`5` becomes `5-0`); undefined for what is none. */
export function fullId(value: string): string | undefined {
  const match = ID.exec(value);
  const [ms, seq] = [BigInt(match?.[1] ?? '0'), BigInt(match?.[2] ?? '0')];
  return match === null || ms > MOST || seq > MOST ? undefined : `${ms}-${seq}`;
}

/** A stream id in full, or `$` for the end of the stream. */
export function start(option: string, value: unknown): string {
  if (typeof value !== 'string') throw wrongType(option, value, "an id such as '1526919030474-55', '0' or '$'");
  if (value === '$') return value;
  const id = fullId(value);
  if (id === undefined) throw outOfRange(option, value, "an id such as '1526919030474-55', '0' or '$'");
  return id;
}

/** A wait in ms that timers of JavaScript can hold. */
export function ms(option: string, value: unknown, { least }: { least: number }): number {
  return whole(option, value, { least, most: 2 ** 31 - 1 });
}
