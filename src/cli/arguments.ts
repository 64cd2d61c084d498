import { parseArgs } from 'node:util';
import { quote } from '../checks.js';
import type { Options } from './command.js';
import { WrongUsage } from './stopped.js';

/** What was given on the command line, once every option is known and has its value. */
export interface Given {
  readonly names: readonly string[];
  text(option: string): string | undefined;
  flag(option: string): boolean;
}

/** Reads arguments; a value may begin with a dash (`--from -10m`), but not with two. */
export function readArguments(argv: readonly string[], options: Options, { help }: { help: string }): Given {
  const known = Object.entries(options).map(([name, { takes }]) => {
    return [name, { type: takes === undefined ? 'boolean' : 'string' } as const] as const;
  });
  const { tokens } = parseArgs({
    args: [...argv],
    options: Object.fromEntries(known),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const names: string[] = [];
  const values = new Map<string, string | true>();
  for (const token of tokens) {
    if (token.kind === 'positional') names.push(notAUrl(token.value));
    if (token.kind !== 'option') continue;
    const option = Object.hasOwn(options, token.name) ? options[token.name] : undefined;
    if (option === undefined) throw new WrongUsage(`There is no option ${token.rawName}: see ${help}.`);
    values.set(token.name, valueOf(token, option.takes));
  }
  return {
    names,
    text: (option) => {
      const value = values.get(option);
      return value === true ? undefined : value;
    },
    flag: (option) => values.has(option),
  };
}

function valueOf({ rawName, value }: { rawName: string; value?: string | undefined }, takes: string | undefined): string | true {
  if (takes === undefined) {
    if (value === undefined) return true;
    throw new WrongUsage(`${rawName} takes no value: leave out what follows the "=".`);
  }
  if (value === undefined || value === '' || value.startsWith('--'))
    throw new WrongUsage(`${rawName} needs a value: ${rawName} ${takes}.`);
  return value;
}

/** It may have a password, so it is not quoted. */
function notAUrl(name: string): string {
  if (!/^[a-z+]+:\/\//i.test(name)) return name;
  throw new WrongUsage('A URL was given where the name of a stream is expected: give it as --url, or better in REDIS_URL.');
}

/** How many names a command takes. */
export function namesOf(
  { names }: Given,
  { least, most = Infinity, what }: { least: number; most?: number; what: string },
): readonly string[] {
  if (names.length < least) throw new WrongUsage(`Missing: ${what}.`);
  if (names.length > most) throw new WrongUsage(`${quote(names[most])} is one too many: expected ${what}.`);
  const empty = names.indexOf('');
  if (empty >= 0) throw new WrongUsage(`Name no. ${empty + 1} is "", but must be ${what}.`);
  return [...new Set(names)];
}

/** A whole number from 1. */
export function countOf(given: Given, option: string): number | undefined {
  const text = given.text(option);
  if (text === undefined) return undefined;
  const count = Number(text);
  if (/^\d+$/.test(text) && count > 0 && Number.isSafeInteger(count)) return count;
  throw new WrongUsage(`--${option} is ${quote(text)}, but must be a whole number from 1.`);
}
