import { map, merge, ReplaySubject, take, type Observable } from 'rxjs';
import type { RedisClient } from './client.js';
import { transmit, type Command } from './command.js';
import { Connector, opensItself } from './connector.js';
import { ConnectionLost } from './failures.js';
import type { ReadBy, StreamReply } from './port.js';
import { reachableSocket } from './reachable-socket.js';
import * as replies from './replies.js';
import type { Destination } from './route.js';
import { SocketLine } from './socket-line.js';
import { withoutArguments } from './without-arguments.js';

/** One connection of our own. It never reconnects: when it is gone, everything on it fails, and the next one is a new object. */
export interface Connection {
  /** Fails promptly when the connection is lost or closed, whatever the client makes of it. */
  send(command: Command): Observable<unknown>;
  /** XREAD or XREADGROUP, whose keys have that prefix. */
  read(command: Command, prefix: string): Observable<readonly StreamReply[]>;
  /** What `send` sends leaves in one piece. Only where `takeOver` has said that we write to the socket ourselves. */
  together(send: () => void): void;
  /** Once nothing is out: reads the replies by ourselves from now on, where the client's socket can be had. Says who does. */
  takeOver(): ReadBy;
  /** At once; harmless when called twice. */
  close(): void;
}

/** ms until ioredis destroys a socket that does not close; we destroy it ourselves where we can reach it. */
const DISCONNECT_TIMEOUT = 100;

/** ms between two looks of ioredis at a server that is loading its data; its default would leave a 10 s timer behind. */
const LOADING_RETRY = 250;

/** ioredis's own default for `connectTimeout`, where the caller has none. */
const CONNECT_TIMEOUT = 10_000;

/**
 * ms until a handshake that gets no answer is given up. `connectTimeout` of ioredis ends with TCP and TLS: behind a dead load balancer
 * AUTH and INFO wait for ever. As long once more for the handshake, and once for each sentinel that may have to be asked first.
 */
export function patience(parent: RedisClient): number {
  const { connectTimeout } = parent.options as { connectTimeout?: unknown };
  const once = typeof connectTimeout === 'number' && connectTimeout > 0 ? connectTimeout : CONNECT_TIMEOUT;
  return once * (2 + sentinelsOf(parent));
}

/** A duplicate of the caller's client, or of one of its nodes, which connects with its first command. `toTakeOver`: we want to read the replies. */
export function openConnection({ parent, at }: Destination, { toTakeOver }: { toTakeOver: boolean }): Connection {
  /** The end of the connection: an error for every command that is out on the client, and for all later ones. */
  const end = new ReplaySubject<never>(1);
  /** Set when we read the replies ourselves. */
  let line: SocketLine | undefined;
  /** Set by the first error or end; the first one is the reason, an auth error reply included. */
  let ended = false;
  const client = parent.duplicate({
    ...connectionOptions(parent),
    ...(at && { ...at, readOnly: false }),
    ...(toTakeOver && opensItself(parent.options) && { Connector }),
  });

  /** Any error of a client that never reconnects is its end, also one that ioredis would go on after (SELECT was refused). */
  function fail(error: Error): void {
    if (ended) return;
    ended = true;
    line?.stop();
    if (client.status !== 'end' || sentinelsOf(parent) > 0) client.disconnect(); // it also stops the failover detector
    // `disconnect()` ends the socket politely: on a dead peer nothing would happen for `disconnectTimeout`, and while it is
    // still connecting the sentinel connector would go on to start its failover detector (ioredis 5.11.1 and 6.0.0).
    (client as { stream?: { destroy?(): void } | null }).stream?.destroy?.();
    line?.fail(error);
    end.error(error);
  }

  client.on('error', (error) => fail(withoutArguments(error))); // of AUTH with the password
  client.on('end', () => fail(new ConnectionLost('the connection to Redis was lost')));

  const byClient = (command: Command): Observable<unknown> => merge(end, transmit(client, command)).pipe(take(1));

  return {
    send: (command) => line?.send(command) ?? byClient(command),
    read: (command, prefix) =>
      line?.read(command, prefix) ?? byClient(command).pipe(map((reply) => replies.streams(reply, prefix))),
    together: (send) => line?.together(send),
    takeOver: () => {
      const socket = reachableSocket(client);
      if (socket === undefined) return 'client';
      takesNoMore(client);
      line = new SocketLine(socket, fail);
      return 'own';
    },
    close: () => fail(new ConnectionLost('the connection to Redis was closed by us')),
  };
}

/**
 * The client sends nothing any more: before 5.11 ioredis reads its own package.json from the disk before it names itself to the server
 * (CLIENT SETINFO), and that reply would come among ours.
 */
function takesNoMore(client: RedisClient): void {
  const sendCommand = (command: { reject(error: Error): void; readonly promise: Promise<unknown> }): Promise<unknown> => {
    command.reject(new ConnectionLost('this connection is for reading only'));
    return command.promise;
  };
  Object.assign(client, { sendCommand });
}

/** Each line with what goes wrong without it (measured on ioredis 5.11.1 and 6.0.0). */
function connectionOptions(parent: RedisClient): object {
  return {
    lazyConnect: true, // nothing opens before the first command …
    enableOfflineQueue: true, // … which waits in the queue until the handshake is done
    retryStrategy: null, // our loop reconnects: a silent re-send of XREADGROUP lost 453 of 3,000 entries
    autoResendUnfulfilledCommands: false, // likewise
    reconnectOnError: null, // likewise
    maxRetriesPerRequest: null,
    enableAutoPipelining: false, // a blocked read delays everything that is batched with it
    commandTimeout: undefined, // would settle the promise while the server goes on to deliver …
    blockingTimeout: undefined, // … likewise, as an empty reply …
    socketTimeout: undefined, // … or cut a read that is only waiting
    protocol: 2, // one reply shape on both majors; alone it throws on a client with `resp3` mapping
    replyMapping: 'legacy',
    keyPrefix: '', // replies carry the prefix, ioredis never strips it: the reader adds and strips it
    monitor: false,
    db: selectedDb(parent), // `duplicate()` forgets a SELECT made at run time
    maxLoadingRetryTime: LOADING_RETRY,
    disconnectTimeout: DISCONNECT_TIMEOUT,
    // Without the detector a reader stays at the old master for 11 s after a failover, with it 2.4 s. With a retry strategy
    // ioredis would ask unreachable sentinels for ever by itself.
    ...(sentinelsOf(parent) > 0 ? { failoverDetector: true, sentinelRetryStrategy: null } : {}),
  };
}

/** How many sentinels the client may ask; 0 for a plain connection. */
function sentinelsOf({ options }: RedisClient): number {
  const { sentinels } = options as { sentinels?: unknown };
  return Array.isArray(sentinels) ? sentinels.length : 0;
}

/** While the caller's client reconnects, `condition` says db 0 again and `prevCondition` holds what will be selected. */
function selectedDb(client: RedisClient): unknown {
  type Condition = { select?: unknown } | null;
  const { condition, prevCondition, options } = client as {
    condition?: Condition;
    prevCondition?: Condition;
    options: { db?: unknown };
  };
  return prevCondition?.select ?? condition?.select ?? options.db;
}
