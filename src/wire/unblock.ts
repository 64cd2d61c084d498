import { catchError, concatMap, EMPTY, ignoreElements, map, merge, of, throwError, type Observable } from 'rxjs';
import type { RedisClient } from './client.js';
import { isCluster, nodeAt, type Address } from './cluster.js';
import { send, type Command } from './command.js';
import { firstWord } from './failures.js';
import { text } from './replies.js';
import { keyPrefix } from './key-prefix.js';
import type { ReadRequest } from './port.js';
import * as requests from './requests.js';

/** The server process that a connection of ours talked to; undefined where INFO is not allowed. */
export type ServerProcess = string | undefined;

/** Which process is at the other end: the `run_id` that it made up when it started. */
export function processOf(ask: (command: Command) => Observable<unknown>): Observable<ServerProcess> {
  return ask(requests.serverInfo()).pipe(
    map((reply) => /^run_id:(\w+)/m.exec(text(reply))?.[1]),
    // Any refusal: it only means that we do not know.
    catchError((error: unknown) => (firstWord(error) === '' ? throwError(() => error) : of(undefined))),
  );
}

interface Unblocking {
  readonly clientId: number;
  readonly process?: ServerProcess;
  readonly at?: Address;
  /** What that connection reads. */
  readonly read?: Pick<ReadRequest, 'from' | 'as'> | undefined;
}

/**
 * `CLIENT UNBLOCK` through the caller's client, if the process that gave that id is still there; otherwise its blocks went with it. Ids
 * begin anew when a server restarts, and a client that has lost its connection keeps commands and sends them to whoever it finds: a
 * stranger's BLPOP was ended that way. INFO travels ahead, so what is left is a server that restarts within one round trip.
 *
 * A server that is paused for writes (CLIENT PAUSE, and each manual failover) holds an XREADGROUP back, and before redis#14164 and valkey#2117
 * (July 2025) it crashed where a command was unblocked that it held back. So a write that does nothing goes ahead of it: it is held back
 * likewise, and this command behind it, until the pause is over.
 */
export function unblock(client: RedisClient, { clientId, process, at, read = { from: [] } }: Unblocking): Observable<boolean> {
  const asked = isCluster(client) ? at && nodeAt(client, at) : client;
  const prefix = isCluster(client) ? keyPrefix(client).prefix : ''; // a node adds none by itself
  // Ids are a node's own: no other may be asked. So it is refused for good, and whoever waits cuts the connection.
  if (asked === undefined) return throwError(() => new Error('the node that has the connection is not in the cluster any more'));
  const command = merge(nothing(asked, prefix, read), send(asked, requests.unblock(clientId))).pipe(
    map((reply) => Number(reply) === 1),
  );
  if (process === undefined) return command;
  return processOf((ask) => send(asked, ask)).pipe(concatMap((now) => (now === process ? command : of(false))));
}

/**
 * An XACK of nothing. Whoever reads without acks may have no right to that: a read from `$`, which Redis refuses before it looks for the
 * consumer (one that was removed meanwhile is not made again). XREAD is no write, and not held back.
 */
function nothing(asked: RedisClient, prefix: string, { from, as }: Pick<ReadRequest, 'from' | 'as'>): Observable<never> {
  if (as === undefined) return EMPTY;
  const [[stream] = ['']] = from;
  const write = as.noAck
    ? requests.read({ from: [[stream, '$']], as, count: 1, block: undefined, binary: false }, prefix)
    : requests.ack({ stream: prefix + stream, group: as.group, ids: ['0-0'] });
  return send(asked, write).pipe(
    ignoreElements(),
    catchError(() => EMPTY),
  );
}
