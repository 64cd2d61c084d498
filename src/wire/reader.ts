import { defer, finalize, forkJoin, map, tap, throwError, timeout, type Observable } from 'rxjs';
import type { RedisClient } from './client.js';
import { openConnection, patience, type Connection } from './connection.js';
import { ConnectionLost } from './failures.js';
import { lastGenerated } from './last-generated.js';
import type { ReadBy, Reader } from './port.js';
import * as requests from './requests.js';
import { processOf, type ServerProcess } from './unblock.js';

/** A connection for reading that has been opened. */
export interface Connected {
  readonly clientId: number;
  readonly process: ServerProcess;
}

/** Blocking reads, on a connection of their own: `connect()` makes it anew each time, and nobody but the caller calls that again. */
export function createReader(
  client: RedisClient,
  {
    prefix,
    by: wanted = 'auto',
    connected = () => undefined,
  }: { prefix: string; by?: 'auto' | 'client'; connected?: (to: Connected) => void },
): Reader {
  /** The connection in use; undefined before the first `connect()` and after `disconnect()`. */
  let connection: Connection | undefined;
  /** Who reads its replies, once it is open. */
  let by: ReadBy | undefined;

  function disconnect(): void {
    const closing = connection;
    connection = undefined;
    closing?.close();
  }

  function over<T>(ask: (connection: Connection) => Observable<T>): Observable<T> {
    const none = throwError(() => new ConnectionLost('there is no connection to read from'));
    return defer(() => (connection === undefined ? none : ask(connection)));
  }

  return {
    get by() {
      return by;
    },

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
            by = wanted === 'client' ? 'client' : opened.takeOver();
            connected(to);
          }),
          map(({ clientId }) => clientId),
          finalize(() => {
            if (!open) opened.close();
          }),
        );
      }),

    read: (request) => over((open) => open.read(requests.read(request, prefix), prefix)),

    lastGenerated: ({ stream }) => lastGenerated(over((open) => open.send(requests.infoOf('STREAM', prefix + stream)))),

    disconnect,
  };
}
