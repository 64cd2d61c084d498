import { map, of, type Observable } from 'rxjs';
import { fullId, quote } from '../checks.js';
import type { RedisClient } from '../index.js';
import { ask } from './ask.js';
import { duration } from './duration.js';
import * as replies from '../wire/replies.js';
import { WrongUsage } from './stopped.js';

/** A place in a stream, as it is given on the command line. */
export type Place =
  | { readonly type: 'id'; readonly id: string }
  /** So many ms before now, by Redis's clock. */
  | { readonly type: 'ago'; readonly ms: number }
  | { readonly type: 'end' };

const LAST = '18446744073709551615';

/** `--from` or `--to`: an id, `0`, `$`, or a duration with a dash in front. */
export function placeIn(option: string, text: string): Place {
  if (text === '$') return { type: 'end' };
  const ms = text.startsWith('-') ? duration(text.slice(1)) : undefined;
  if (ms !== undefined) return { type: 'ago', ms };
  const id = fullId(text);
  if (id !== undefined) return { type: 'id', id: option === 'to' && !text.includes('-') ? `${id.split('-')[0]}-${LAST}` : id };
  const allowed = 'an id such as 1526919030474-55, 0 (the beginning), $ (the end), or a duration such as -10m';
  throw new WrongUsage(`--${option} is ${quote(text)}, but must be ${allowed}.`);
}

/** The id of the place, `$` for the end. A moment is its first possible id, as the end of a range its last. */
export function idOf(place: Place, redis: RedisClient, { as }: { as: 'from' | 'to' }): Observable<string> {
  if (place.type === 'end') return of('$');
  if (place.type === 'id') return of(place.id);
  return ask(redis, 'ask for the time', { name: 'TIME', args: [] }).pipe(
    map((reply) => `${Math.max(0, replies.time(reply) - place.ms)}-${as === 'from' ? '0' : LAST}`),
  );
}

/** The greatest id below: reading begins behind an id, and `--from` is to include it. */
export function before(id: string): string {
  if (id === '$') return id;
  const [ms = '0', seq = '0'] = id.split('-');
  if (seq !== '0') return `${ms}-${BigInt(seq) - 1n}`;
  return ms === '0' ? '0-0' : `${BigInt(ms) - 1n}-${LAST}`;
}
