import { concatMap, EMPTY, from, map, of, reduce, type Observable } from 'rxjs';
import type { Arg, RedisClient } from './client.js';
import { isCluster } from './cluster.js';
import { send } from './command.js';
import { keyPrefix } from './key-prefix.js';
import type { ConsumerOf, DeadLetter, DeadLettered } from './port.js';
import * as replies from './replies.js';
import * as requests from './requests.js';
import { runScript } from './run-script.js';
import { ACK_OWNED, ORIGIN_FIELDS } from './scripts.js';
import { slotOf } from './slot.js';

/** No script of a Cluster reaches both of these streams. */
export function areApart(client: RedisClient, one: string, other: string): boolean {
  if (!isCluster(client)) return false;
  const { prefix } = keyPrefix(client);
  return slotOf(prefix + one) !== slotOf(prefix + other);
}

/**
 * What the script DEAD_LETTER does, as single commands: the entry is put on the dead-letter stream first and acked after that, so it is
 * never lost. Where that breaks off in between it is put there once more; the fields that name its origin tell it is the same.
 */
export function deadLetterAcross(
  client: RedisClient,
  { stream, group, consumer, to, entries }: ConsumerOf & { to: string; entries: readonly DeadLetter[] },
): Observable<DeadLettered> {
  const ackOwned = (id: string) => runScript(client, ACK_OWNED, { keys: [stream], args: [group, consumer, id] });
  const put = (letter: DeadLetter, fields: readonly Arg[], count: number): Observable<unknown> =>
    send(client, { name: 'TIME', args: [] }).pipe(
      map((reply) => origin({ stream, group, consumer, letter, count, time: replies.time(reply) })),
      concatMap((more) => send(client, requests.add({ stream: to, fields: [...fields, ...more] }))),
    );
  const one = (letter: DeadLetter): Observable<Partial<Record<'moved' | 'gone', string>>> =>
    send(client, requests.pendingOne({ stream, group, consumer, id: letter.id })).pipe(
      map(replies.pendingRows),
      concatMap(([row]) =>
        row === undefined ? EMPTY : fieldsOf(client, stream, letter.id).pipe(map((fields) => ({ row, fields }))),
      ),
      concatMap(({ row, fields }) => {
        const added = fields === undefined ? of(undefined) : put(letter, fields, row.count);
        const done = fields === undefined ? { gone: letter.id } : { moved: letter.id };
        return added.pipe(
          concatMap(() => ackOwned(letter.id)),
          map(() => done),
        );
      }),
    );
  return from(entries).pipe(
    concatMap(one),
    reduce(
      (all, { moved, gone }) => ({
        moved: moved === undefined ? all.moved : [...all.moved, moved],
        gone: gone === undefined ? all.gone : [...all.gone, gone],
      }),
      { moved: [], gone: [] } as DeadLettered,
    ),
  );
}

/** What the script REPLAY does, in the same way: put back first, then deleted. */
export function putBackAcross(
  client: RedisClient,
  { stream, to, ids }: { stream: string; to: string; ids: readonly string[] },
): Observable<readonly string[]> {
  const one = (id: string): Observable<string> =>
    fieldsOf(client, stream, id).pipe(
      concatMap((fields) =>
        fields === undefined
          ? EMPTY
          : send(client, requests.add({ stream: to, fields: fields.slice(0, -2 * ORIGIN_FIELDS.length) })),
      ),
      concatMap(() => send(client, { name: 'XDEL', args: [stream, id] })),
      map(() => id),
    );
  return from(ids).pipe(
    concatMap(one),
    reduce((put, id) => [...put, id], [] as readonly string[]),
  );
}

/** Byte for byte; undefined: the entry is gone. */
function fieldsOf(client: RedisClient, stream: string, id: string): Observable<readonly Buffer[] | undefined> {
  return send(client, requests.one({ stream, id, binary: true })).pipe(map(replies.exactFields));
}

/** The fields that DEAD_LETTER adds. */
function origin({
  stream,
  group,
  consumer,
  letter,
  count,
  time,
}: ConsumerOf & { letter: DeadLetter; count: number; time: number }): Arg[] {
  const values = [stream, group, consumer, letter.id, count, time, letter.name, letter.message];
  return ORIGIN_FIELDS.flatMap((name, i) => [name, String(values[i])]);
}
