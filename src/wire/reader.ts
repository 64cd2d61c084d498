import { defer, finalize, forkJoin, map, tap, throwError, timeout, type Observable } from 'rxjs';
import type { RedisClient } from './client.js';
import type { Command } from './command.js';
import { openConnection, patience, type Connection } from './connection.js';
import { ConnectionLost } from './failures.js';
import { lastGenerated } from './last-generated.js';
import type { Reader } from './port.js';
import * as replies from './replies.js';
import * as requests from './requests.js';
import { processOf, type ServerProcess } from './unblock.js';

/** A connection for reading that has been opened. */
export interface Connected {
  readonly clientId: number;
  readonly process: ServerProcess;
}

/** Blocking reads, on a connection of their own: `connect()` makes it anew each time, and nobody but the caller calls that again. */
export function createReader(client: RedisClient, prefix: string, connected: (to: Connected) => void = () => undefined): Reader {
  /** The connection in use; undefined before the first `connect()` and after `disconnect()`. */
  let connection: Connection | undefined;

  function disconnect(): void {
    const closing = connection;
    connection = undefined;
    closing?.close();
  }

  function send(command: Command): Observable<unknown> {
    return defer(() => connection?.send(command) ?? throwError(() => new ConnectionLost('there is no connection to read from')));
  }

  return {
    connect: () =>
      defer(() => {
        disconnect();
        const opened = (connection = openConnection(client));
        const bound = patience(client);
        /** Set by the answer: from then on the connection outlives this Observable. */
        let open = false;
        const id = opened.send({ name: 'CLIENT', args: ['ID'] }).pipe(map(Number));
        return forkJoin({ clientId: id, process: processOf(opened.send) }).pipe(
          timeout({ first: bound, with: () => throwError(() => new ConnectionLost(`Redis did not answer within ${bound} ms`)) }),
          tap((to) => {
            open = true;
            connected(to);
          }),
          map(({ clientId }) => clientId),
          finalize(() => {
            if (!open) opened.close();
          }),
        );
      }),

    read: (request) => send(requests.read(request, prefix)).pipe(map((reply) => replies.streams(reply, prefix))),

    lastGenerated: ({ stream }) => lastGenerated(send(requests.infoOf('STREAM', prefix + stream))),

    disconnect,
  };
}
