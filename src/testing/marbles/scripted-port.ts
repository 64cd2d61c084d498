import { defer, Observable, of, type SchedulerLike } from 'rxjs';
import { compareIds } from '../../streams/position.js';
import { ConnectionLost } from '../../wire/failures.js';
import type { Port, Reader } from '../../wire/port.js';
import { IDLE_FOR_ANYONE } from '../../wire/requests.js';
import { storeCommands } from '../../wire/checkpoint.js';
import type { ScriptedConnection } from './scripted-connection.js';
import type { ScriptedServer } from './scripted-server.js';
import { standingIn } from './standing-in.js';

/** The way to a scripted server. No command takes time; a blocked read waits for the script, or for its BLOCK on the scheduler. */
export function scriptedPort(server: ScriptedServer, scheduler: SchedulerLike): Port {
  /** A command: sent at `subscribe`, answered before that returns. */
  const command = <T>(run: () => T): Observable<T> => defer(() => of(server.answer(run)));
  const at = (name: string) => server.stream(name);
  const session = {};

  return {
    createGroup: ({ stream, group, from }) => command(() => at(stream).createGroup(group, from)),
    rewindGroup: ({ stream, group }) => command(() => at(stream).rewindGroup(group)),
    lastDelivered: ({ stream, group }) => command(() => at(stream).lastDelivered(group)),
    lastGenerated: ({ stream }) => command(() => at(stream).lastGenerated),
    standing: ({ stream, group }) => command(() => standingIn(at(stream), group)),
    countEntries: ({ stream, after, to, most }) =>
      command(() => {
        const ids = at(stream)
          .after(after, Infinity)
          .filter(({ id }) => compareIds(id, to) <= 0);
        return { count: Math.min(ids.length, most), first: ids[0]?.id };
      }),
    time: () => command(() => server.now()),
    ack: ({ stream, group, ids }) => command(() => server.ack(stream, group, ids)),
    pending: ({ stream, group, ...of }) => command(() => at(stream).pending(group, of)),
    fetch: ({ stream, ids }) =>
      command(() => ids.map((id) => at(stream).one(id)).map((entry) => (entry.pairs === null ? undefined : entry))),
    giveBack: ({ stream, group, consumer, entries }) =>
      command(() =>
        entries
          .filter(({ id, count }) => at(stream).claim(group, id, { consumer, count: () => count, idle: IDLE_FOR_ANYONE }))
          .map(({ id }) => id),
      ),
    claim: ({ stream, group, consumer, ids, minIdle }) =>
      command(() => {
        const idle = ids.filter((id) => at(stream).adopt(group, id, { consumer, minIdle }));
        const gone = idle.filter((id) => at(stream).one(id).pairs === null);
        server.ack(stream, group, gone);
        return { ours: idle.filter((id) => !gone.includes(id)), gone };
      }),
    renew: ({ stream, group, consumer, ids }) =>
      command(() => {
        const ours = ids.filter((id) => at(stream).claim(group, id, { consumer, count: (before) => before }));
        return { lost: ids.filter((id) => !ours.includes(id)), gone: ours.filter((id) => at(stream).one(id).pairs === null) };
      }),
    ackOwned: ({ stream, group, consumer, ids }) =>
      command(() => ids.filter((id) => at(stream).isOf(group, id, consumer) && server.ack(stream, group, [id]) === 1)),
    deadLetter: ({ stream, group, consumer, entries }) =>
      command(() => {
        const ours = entries.map(({ id }) => id).filter((id) => at(stream).isOf(group, id, consumer));
        server.ack(stream, group, ours);
        const gone = ours.filter((id) => at(stream).one(id).pairs === null);
        return { moved: ours.filter((id) => !gone.includes(id)), gone };
      }),
    forward: ({ stream, group, consumer, entries }) =>
      command(() => {
        const ours = entries.map(({ id }) => id).filter((id) => at(stream).isOf(group, id, consumer));
        server.ack(stream, group, ours);
        return { done: ours, added: ours }; // what is added is in a stream of nobody's script
      }),
    areApart: () => false,
    takeOver: ({ stream, group, consumer, entries }) =>
      command(() =>
        entries.flatMap(({ id, count }) => {
          let attempt = 0;
          const ours = at(stream).claim(group, id, { consumer, count: (before) => (attempt = count || before + 1) });
          return ours ? [{ ...at(stream).one(id), attempt }] : [];
        }),
      ),
    register: ({ stream, group, consumer, entries }) =>
      command(() => entries.filter(({ id, count }) => at(stream).register(group, id, { consumer, count })).map(({ id }) => id)),
    removeConsumer: ({ stream, group, consumer }) =>
      command(() => at(stream).pending(group, { consumer, count: 1 }).length === 0),
    streamInfo: ({ stream }) => command(() => at(stream).info()),
    openCheckpoint: ({ checkpoint, streams }) =>
      typeof checkpoint === 'string'
        ? command(() => server.checkpoint(checkpoint).open(session, streams))
        : storeCommands.openCheckpoint({ checkpoint, streams }),
    savePositions: ({ checkpoint, positions, rewind }) =>
      typeof checkpoint === 'string'
        ? command(() => server.checkpoint(checkpoint).save(session, positions))
        : storeCommands.savePositions({ checkpoint, positions, rewind }),
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
