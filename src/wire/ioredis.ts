import { catchError, concat, forkJoin, map, of, reduce, throwError, type Observable } from 'rxjs';
import type { RedisClient } from './client.js';
import { send } from './command.js';
import { firstWord, isNoSuchKey } from './failures.js';
import { keyPrefix } from './key-prefix.js';
import { lastGenerated } from './last-generated.js';
import type { ConsumerOf, Counted, Port } from './port.js';
import { createReader } from './reader.js';
import { whenEnded } from './when-ended.js';
import * as replies from './replies.js';
import * as requests from './requests.js';
import { runScript } from './run-script.js';
import { GIVE_BACK, REMOVE_CONSUMER, TAKE_OVER } from './scripts.js';

/** Commands of one turn, which ioredis writes to the socket together; and ids of one script, which holds up the server meanwhile. */
const CHUNK = 500;
/** Ids of one XCLAIM. */
const CLAIM_CHUNK = 1000;

/** The port of a standalone ioredis client. Makes nothing and sends nothing by itself. */
export function createPort(client: RedisClient): Port {
  const { prefix, forGroup } = keyPrefix(client);

  return {
    createGroup: ({ stream, group, from }) =>
      send(client, requests.createGroup({ key: forGroup(stream), group, from })).pipe(
        map(() => true),
        instead(false, (error) => firstWord(error) === 'BUSYGROUP'),
      ),

    lastDelivered: ({ stream, group }) =>
      send(client, requests.infoOf('GROUPS', forGroup(stream))).pipe(
        map((reply) => replies.records(reply).find((info) => replies.text(info.get('name')) === group)),
        map((info) => info && replies.text(info.get('last-delivered-id'))),
        instead(undefined, isNoSuchKey),
      ),

    lastGenerated: ({ stream }) => lastGenerated(send(client, requests.infoOf('STREAM', forGroup(stream)))),

    ack: (target) => (target.ids.length === 0 ? of(0) : send(client, requests.ack(target)).pipe(map(Number))),

    pending: (target) => send(client, requests.pending(target)).pipe(map(replies.pendingRows)),

    fetch: ({ stream, ids, binary }) =>
      inChunks(ids, CHUNK, (chunk) =>
        forkJoin(chunk.map((id) => send(client, requests.one({ stream, id, binary })))).pipe(
          map((found) => found.map((reply) => replies.entries(reply)[0])),
        ),
      ),

    giveBack: (target) =>
      inChunks(target.entries, CHUNK, (entries) =>
        runScript(client, GIVE_BACK, { key: target.stream, args: requests.giveBackArgs({ ...target, entries }) }).pipe(
          map(replies.ids),
        ),
      ),

    takeOver: ({ stream, group, consumer, ids, binary }) =>
      inChunks(ids, CHUNK, (chunk) =>
        runScript(client, TAKE_OVER, { key: stream, args: [group, consumer, ...chunk], binary }).pipe(map(replies.taken)),
      ),

    register: (target) => concatLists(byCount(target.entries).map(([count, ids]) => registerAll(target, ids, count))),

    removeConsumer: ({ stream, group, consumer }) =>
      runScript(client, REMOVE_CONSUMER, { key: stream, args: [group, consumer] }).pipe(map((reply) => Number(reply) === 1)),

    unblock: ({ clientId }) => send(client, requests.unblock(clientId)).pipe(map((reply) => Number(reply) === 1)),

    get ended() {
      return client.status === 'end';
    },

    whenEnded: (ended) => whenEnded(client, ended),

    reader: () => createReader(client, prefix),
  };

  function registerAll(target: ConsumerOf, ids: readonly string[], count: number): Observable<readonly string[]> {
    return inChunks(ids, CLAIM_CHUNK, (chunk) => send(client, requests.register(target, chunk, count)).pipe(map(replies.ids)));
  }
}

/** A value in place of the one error that means it. */
function instead<T, V>(value: V, when: (error: unknown) => boolean) {
  return (source: Observable<T>): Observable<T | V> =>
    source.pipe(catchError((error: unknown) => (when(error) ? of(value) : throwError(() => error))));
}

/** One command after another, their lists joined. No items: no command, and the empty list at once. */
function inChunks<T, R>(
  items: readonly T[],
  size: number,
  run: (chunk: readonly T[]) => Observable<readonly R[]>,
): Observable<readonly R[]> {
  const starts = Array.from({ length: Math.ceil(items.length / size) }, (_, index) => index * size);
  return concatLists(starts.map((start) => run(items.slice(start, start + size))));
}

function concatLists<R>(lists: readonly Observable<readonly R[]>[]): Observable<readonly R[]> {
  return concat(...lists).pipe(reduce((all, list) => [...all, ...list], [] as readonly R[]));
}

function byCount(entries: readonly Counted[]): [count: number, ids: string[]][] {
  const groups = new Map<number, string[]>();
  for (const { id, count } of entries) {
    const ids = groups.get(count);
    if (ids) ids.push(id);
    else groups.set(count, [id]);
  }
  return [...groups];
}
