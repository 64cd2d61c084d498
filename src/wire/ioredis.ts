import { catchError, forkJoin, map, of, throwError, type Observable } from 'rxjs';
import { StreamsError } from '../errors.js';
import { checkpointCommands } from './checkpoint.js';
import { CLAIM } from './claim-script.js';
import type { RedisClient } from './client.js';
import { isCluster } from './cluster.js';
import { send } from './command.js';
import { countEntries } from './count-entries.js';
import { firstWord, isNoSuchKey, isSyntaxError } from './failures.js';
import { oneName } from './generate-name.js';
import { concatLists, inChunks } from './in-chunks.js';
import { keyPrefix } from './key-prefix.js';
import { lastGenerated } from './last-generated.js';
import type { ConsumerOf, Counted, Port, ReadRequest } from './port.js';
import { createReader, type Connected } from './reader.js';
import { whenEnded } from './when-ended.js';
import { onwardCommands } from './onward.js';
import * as replies from './replies.js';
import * as requests from './requests.js';
import { routeTo } from './route.js';
import { runScript } from './run-script.js';
import { ACK_OWNED, GIVE_BACK, REMOVE_CONSUMER, RENEW, TAKE_OVER } from './scripts.js';
import { slotOf } from './slot.js';
import { standingOf } from './standing-of.js';
import { unblock } from './unblock.js';

/** Commands of one turn, which ioredis writes to the socket together; and ids of one script, which holds up the server meanwhile. */
const CHUNK = 500;
/** Ids of one XCLAIM. */
const CLAIM_CHUNK = 1000;

/** What several readers of one subscription differ in, and what they share. */
export interface Near {
  /** One of the streams that the reader reads: of a `Cluster` the slot decides where it is. */
  readonly stream: string;
  /** Whom checkpoints belong to that are opened. */
  readonly owner: () => string;
}

/** Which of its streams one command can read. */
export function slotsOf(client: RedisClient): (stream: string) => number {
  if (!isCluster(client)) return () => 0;
  const { prefix } = keyPrefix(client);
  return (stream) => slotOf(prefix + stream);
}

/** The port of an ioredis client; of a `Cluster` it reads in one slot. Makes nothing and sends nothing by itself. */
export function createPort(client: RedisClient, { stream: near = '', owner = oneName() }: Partial<Near> = {}): Port {
  const { prefix, forGroup } = keyPrefix(client);
  /** The newest connection for reading. */
  let reading: Connected | undefined;
  /** The last that was read. */
  let read: ReadRequest | undefined;
  const ack: Port['ack'] = (target) => (target.ids.length === 0 ? of(0) : send(client, requests.ack(target)).pipe(map(Number)));

  return {
    createGroup: ({ stream, group, from }) =>
      send(client, requests.createGroup({ key: forGroup(stream), group, from })).pipe(
        map(() => true),
        instead(false, (error) => firstWord(error) === 'BUSYGROUP'),
      ),

    rewindGroup: ({ stream, group }) =>
      send(client, requests.rewindGroup({ key: forGroup(stream), group })).pipe(
        map(() => true),
        instead(false, isNoSuchKey),
      ),

    lastDelivered: ({ stream, group }) =>
      send(client, requests.infoOf('GROUPS', forGroup(stream))).pipe(
        map((reply) => replies.eachNamed(reply).find((info) => replies.text(info.get('name')) === group)),
        map((info) => info && replies.text(info.get('last-delivered-id'))),
        instead(undefined, isNoSuchKey),
      ),

    lastGenerated: ({ stream }) => lastGenerated(send(client, requests.infoOf('STREAM', forGroup(stream)))),

    standing: ({ stream, group }) =>
      send(client, requests.standing(forGroup(stream))).pipe(
        map((reply) => standingOf(reply, group)),
        instead(undefined, isNoSuchKey),
      ),

    countEntries: (target) => countEntries(client, target),

    time: () => send(client, { name: 'TIME', args: [] }).pipe(map(replies.time)),

    ack,

    pending: (target) =>
      send(client, requests.pending(target)).pipe(map(replies.pendingRows), catchError(tooOld(target.minIdle !== undefined))),

    claim: ({ stream, group, consumer, minIdle, ids }) =>
      runScript(client, CLAIM, { keys: [stream], args: [group, consumer, minIdle, ...ids] }).pipe(
        map(replies.idLists),
        map(([ours, gone]) => ({ ours, gone })),
      ),

    renew: ({ stream, group, consumer, ids }) =>
      runScript(client, RENEW, { keys: [stream], args: [group, consumer, ...ids] }).pipe(
        map(replies.idLists),
        map(([lost, gone]) => ({ lost, gone })),
      ),

    ackOwned: ({ stream, group, consumer, ids }) =>
      runScript(client, ACK_OWNED, { keys: [stream], args: [group, consumer, ...ids] }).pipe(map(replies.ids)),

    ...onwardCommands(client),

    fetch: ({ stream, ids, binary }) =>
      inChunks(ids, CHUNK, (chunk) =>
        forkJoin(chunk.map((id) => send(client, requests.one({ stream, id, binary })))).pipe(
          map((found) => found.map((reply) => replies.entries(reply)[0])),
        ),
      ),

    giveBack: (target) =>
      inChunks(target.entries, CHUNK, (entries) =>
        runScript(client, GIVE_BACK, { keys: [target.stream], args: requests.giveBackArgs({ ...target, entries }) }).pipe(
          map(replies.ids),
        ),
      ),

    takeOver: ({ binary, ...target }) =>
      inChunks(target.entries, CHUNK, (entries) =>
        runScript(client, TAKE_OVER, { keys: [target.stream], args: requests.takeOverArgs({ ...target, entries }), binary }).pipe(
          map(replies.taken),
        ),
      ),

    register: (target) => concatLists(byCount(target.entries).map(([count, ids]) => registerAll(target, ids, count))),

    removeConsumer: ({ stream, group, consumer }) =>
      runScript(client, REMOVE_CONSUMER, { keys: [stream], args: [group, consumer] }).pipe(map((reply) => Number(reply) === 1)),

    streamInfo: ({ stream }) =>
      send(client, requests.infoOf('STREAM', forGroup(stream))).pipe(map(replies.streamInfo), instead(undefined, isNoSuchKey)),

    ...checkpointCommands(client, owner),

    unblock: ({ clientId }) => unblock(client, { ...(clientId === reading?.clientId && reading), clientId, read }),

    get ended() {
      return client.status === 'end';
    },

    whenEnded: (ended) => whenEnded(client, ended),

    reader: (by = 'auto') =>
      createReader(routeTo(client, slotsOf(client)(near)), {
        prefix,
        ack,
        by,
        connected: (to) => (reading = to),
        reads: (now) => (read = now),
      }),
  };

  function registerAll(target: ConsumerOf, ids: readonly string[], count: number): Observable<readonly string[]> {
    return inChunks(ids, CLAIM_CHUNK, (chunk) => send(client, requests.register(target, chunk, count)).pipe(map(replies.ids)));
  }
}

/** `XPENDING … IDLE` came with Redis 6.2; before that it is a syntax error (Redis 5.0 and 6.0: `xpendingCommand` counts the words). */
function tooOld(asked: boolean) {
  return (cause: unknown): Observable<never> =>
    throwError(() =>
      asked && isSyntaxError(cause)
        ? new StreamsError(
            'UNSUPPORTED',
            'This server does not know XPENDING … IDLE (Redis 6.2), which claimIdle() needs: use a newer server, or leave claimIdle() out.',
            { cause },
          )
        : cause,
    );
}

/** A value in place of the one error that means it. */
function instead<T, V>(value: V, when: (error: unknown) => boolean) {
  return (source: Observable<T>): Observable<T | V> =>
    source.pipe(catchError((error: unknown) => (when(error) ? of(value) : throwError(() => error))));
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
