import { map, type Observable } from 'rxjs';
import type { RedisClient } from '../index.js';
import { listOf } from '../flat.js';
import * as replies from '../wire/replies.js';
import { page } from '../wire/requests.js';
import { ORIGIN_FIELDS } from '../wire/scripts.js';
import { ask } from './ask.js';
import type { Screen } from './screen.js';
import { table } from './table.js';
import { visible } from './visible.js';

/** A dead letter with what it died of; an entry that is none has only id and fields. */
export interface DeadLetterAt {
  readonly id: string;
  /** By the names of what `redeliver()` adds, without `dead-letter.`: stream, group, consumer, id, deliveries, time, error, message. */
  readonly origin: Readonly<Record<string, string>> | undefined;
  readonly pairs: readonly (readonly [name: string, value: string])[];
}

/** The oldest entries of a dead-letter stream. */
export function lettersOf(stream: string, count: number, redis: RedisClient): Observable<readonly DeadLetterAt[]> {
  return ask(redis, 'list dead letters', page({ stream, after: '0-0', to: '+', count }), { stream }).pipe(
    map((reply) => {
      const ours = new Set(replies.letters(reply).flatMap(({ id, origin }) => (origin === undefined ? [] : [id])));
      return replies
        .entries(reply)
        .map(({ id, pairs: flat }) => letterAt(id, flat === null ? [] : listOf(flat).map(replies.text), ours.has(id)));
    }),
  );
}

function letterAt(id: string, words: readonly string[], ours: boolean): DeadLetterAt {
  const pairs = words.flatMap((name, at) => (at % 2 === 0 ? [[name, words[at + 1] ?? ''] as const] : []));
  if (!ours) return { id, origin: undefined, pairs };
  const own = pairs.length - ORIGIN_FIELDS.length;
  const origin = pairs.slice(own).map(([name, value]) => [name.replace('dead-letter.', ''), value] as const);
  return { id, origin: Object.fromEntries(origin), pairs: pairs.slice(0, own) };
}

export function letterJson({ id, origin, pairs }: DeadLetterAt): string {
  return JSON.stringify({ id, origin: origin ?? null, fields: Object.fromEntries(pairs) });
}

export function letterTable(letters: readonly DeadLetterAt[], screen: Pick<Screen, 'style' | 'width'>): string[] {
  if (letters.length === 0) return [];
  const columns = [
    { name: 'ID' },
    { name: 'FROM' },
    { name: 'GROUP' },
    { name: 'DELIVERIES', number: true as const },
    { name: 'DIED OF' },
  ];
  const rows = letters.map(({ id, origin }) => {
    if (origin === undefined) return [id, '', '', '', { text: 'no dead letter', tone: 'dim' as const }];
    const { stream = '', group = '', deliveries = '', error = '', message = '' } = origin;
    return [id, visible(stream), visible(group), deliveries, visible(`${error}: ${message}`)];
  });
  return table(columns, rows, screen);
}
