import { concat, concatMap, defer, finalize, forkJoin, ignoreElements, map, Observable, tap, throwError, timeout } from 'rxjs';
import type { Address } from './cluster.js';
import { openConnection, patience, type Connection } from './connection.js';
import { ConnectionLost } from './failures.js';
import { lastGenerated } from './last-generated.js';
import type { Port, ReadBy, Reader, ReadRequest } from './port.js';
import * as requests from './requests.js';
import type { Destination, Route } from './route.js';
import { Soon } from './soon.js';
import { processOf, type ServerProcess } from './unblock.js';

/** A connection for reading that has been opened. */
export interface Connected {
  readonly clientId: number;
  readonly process: ServerProcess;
  /** Where; undefined: where the caller's client is. */
  readonly at?: Address;
}

/** ms that an ack may be out which went ahead of a read: it has another way, and need not wait until a dead connection is found out. */
const SOON = 1_000;

/** Blocking reads, on a connection of their own: `connect()` makes it anew each time, and nobody but the caller calls that again. */
export function createReader(
  route: Route,
  {
    prefix,
    ack: elsewhere,
    by: wanted = 'auto',
    connected = () => undefined,
    reads = () => undefined,
  }: {
    prefix: string;
    ack: Port['ack'];
    by?: 'auto' | 'client';
    connected?: (to: Connected) => void;
    reads?: (request: ReadRequest) => void;
  },
): Reader {
  /** The connection in use; undefined before the first `connect()` and after `disconnect()`. */
  let connection: Connection | undefined;
  /** Who reads its replies: undefined until it is open. */
  let by: ReadBy | undefined;
  const soon = new Soon(SOON);
  /** It is with a node that the slot is only on its way to. */
  let asking = false;

  function disconnect(): void {
    const closing = connection;
    connection = by = undefined;
    closing?.close();
    soon.stop(); // what was out has failed, and gone the other way
  }

  function over<T>(ask: (connection: Connection) => Observable<T>): Observable<T> {
    return new Observable((subscriber) => {
      const error = (error: unknown): void => subscriber.error(route.told(error));
      if (connection === undefined) return error(new ConnectionLost('there is no connection to read from'));
      const answer = ask(connection);
      const whole = asking ? concat(connection.send({ name: 'ASKING', args: [] }).pipe(ignoreElements()), answer) : answer;
      return whole.subscribe({ next: (value) => subscriber.next(value), error, complete: () => subscriber.complete() });
    });
  }

  function open(to: Destination): Observable<number> {
    const opened = (connection = openConnection(to, { toTakeOver: wanted !== 'client' }));
    asking = to.asking === true;
    const bound = patience(to.parent);
    /** Set by the answer: from then on the connection outlives this Observable. */
    let open = false;
    const id = opened.send({ name: 'CLIENT', args: ['ID'] }).pipe(map(Number));
    return forkJoin({ clientId: id, process: processOf(opened.send) }).pipe(
      timeout({ first: bound, with: () => throwError(() => new ConnectionLost(`Redis did not answer within ${bound} ms`)) }),
      tap((made) => {
        open = true;
        by = wanted === 'client' ? 'client' : opened.takeOver();
        connected({ ...made, ...(to.at && { at: to.at }) });
      }),
      map(({ clientId }) => clientId),
      finalize(() => {
        if (!open) opened.close();
      }),
    );
  }

  return {
    get by() {
      return by;
    },

    connect: () =>
      defer(() => {
        disconnect();
        return route.find().pipe(concatMap(open));
      }),

    read: (request) => {
      reads(request);
      return over((open) => open.read(requests.read(request, prefix), prefix));
    },

    together: (send) => {
      const open = connection;
      if (open === undefined || by !== 'own' || asking) return send();
      const ack: Port['ack'] = (target) =>
        soon.answer(open.send(requests.ack({ ...target, stream: prefix + target.stream })), Number, () => elsewhere(target));
      open.together(() => send(ack));
    },

    lastGenerated: ({ stream }) => lastGenerated(over((open) => open.send(requests.infoOf('STREAM', prefix + stream)))),

    disconnect,
  };
}
