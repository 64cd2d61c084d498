import { defer, Observable, of, type SchedulerLike } from 'rxjs';
import { ConnectionLost } from '../../wire/failures.js';
import type { Port, Reader } from '../../wire/port.js';
import type { ScriptedConnection } from './scripted-connection.js';
import type { ScriptedServer } from './scripted-server.js';

/** The way to a scripted server. No command takes time; a blocked read waits for the script, or for its BLOCK on the scheduler. */
export function scriptedPort(server: ScriptedServer, scheduler: SchedulerLike): Port {
  /** A command: sent at `subscribe`, answered before that returns. */
  const command = <T>(run: () => T): Observable<T> => defer(() => of(server.answer(run)));
  const at = (name: string) => server.stream(name);
  const session = {};

  return {
    createGroup: ({ stream, group, from }) => command(() => at(stream).createGroup(group, from)),
    lastDelivered: ({ stream, group }) => command(() => at(stream).lastDelivered(group)),
    lastGenerated: ({ stream }) => command(() => at(stream).lastGenerated),
    ack: ({ stream, group, ids }) => command(() => server.ack(stream, group, ids)),
    pending: ({ stream, group, ...of }) => command(() => at(stream).pending(group, of)),
    fetch: ({ stream, ids }) =>
      command(() => ids.map((id) => at(stream).one(id)).map((entry) => (entry.pairs === null ? undefined : entry))),
    giveBack: ({ stream, group, consumer, entries }) =>
      command(() =>
        entries.filter(({ id, count }) => at(stream).claim(group, id, { consumer, count: () => count })).map(({ id }) => id),
      ),
    takeOver: ({ stream, group, consumer, ids }) =>
      command(() =>
        ids.flatMap((id) => {
          let attempt = 0;
          const ours = at(stream).claim(group, id, { consumer, count: (before) => (attempt = before + 1) });
          return ours ? [{ ...at(stream).one(id), attempt }] : [];
        }),
      ),
    register: ({ stream, group, consumer, entries }) =>
      command(() => entries.filter(({ id, count }) => at(stream).register(group, id, { consumer, count })).map(({ id }) => id)),
    removeConsumer: ({ stream, group, consumer }) =>
      command(() => at(stream).pending(group, { consumer, count: 1 }).length === 0),
    unblock: ({ clientId }) =>
      command(() => [...server.connections].some((each) => each.clientId === clientId && each.unblock())),

    get ended() {
      return server.isEnded;
    },

    /** Listened to by whoever is open: that is how the server knows its sessions. */
    whenEnded: (ended) => {
      server.sessions.set(session, server.now());
      server.ended.add(ended);
      return () => {
        server.sessions.delete(session);
        server.ended.delete(ended);
      };
    },

    reader: () => scriptedReader(server, scheduler),
  };
}

function scriptedReader(server: ScriptedServer, scheduler: SchedulerLike): Reader {
  let connection: ScriptedConnection | undefined;
  const disconnect = (): void => {
    connection?.close();
    connection = undefined;
  };
  return {
    connect: () =>
      defer(() => {
        disconnect();
        connection = server.answer(() => server.connect());
        return of(connection.clientId);
      }),
    read: (request) =>
      new Observable((to) => {
        const kind = request.as !== undefined && request.from.some(([, id]) => id !== '>') ? 'backlog' : 'live';
        server.reads.push({ frame: server.now(), kind, count: request.count });
        if (connection === undefined) return to.error(new ConnectionLost('there is no connection to read from'));
        connection.read(request, to, scheduler);
      }),
    lastGenerated: ({ stream }) =>
      new Observable((to) => {
        if (connection === undefined) return to.error(new ConnectionLost('there is no connection to read from'));
        connection.lastGenerated(stream, to);
      }),
    disconnect,
  };
}
