import fc from 'fast-check';
import { asyncScheduler, concatMap, firstValueFrom, from, lastValueFrom, map, toArray, type Observable } from 'rxjs';
import { createMemoryRedis } from 'rxjs-redis-streams/testing';
import { test } from 'vitest';
import type { Standing } from '../../src/standing.js';
import { createPort } from '../../src/wire/ioredis.js';
import type { Port, Reader } from '../../src/wire/port.js';
import { scriptedPort } from '../../src/testing/marbles/scripted-port.js';
import { ScriptedServer } from '../../src/testing/marbles/scripted-server.js';
import { expect } from 'vitest';

const OF_IDS = ['delete', 'ack', 'ack-owned', 'renew', 'dead-letter', 'fetch'] as const;

/** One command on one stream with one group and two consumers. */
type Step =
  | { readonly do: 'add' | 'create-group' | 'last' }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: (typeof OF_IDS)[number]; readonly ids: readonly string[]; readonly consumer: string }
  | { readonly do: 'claim'; readonly ids: readonly string[]; readonly consumer: string; readonly minIdle: number }
  | { readonly do: 'idle'; readonly minIdle: number; readonly after: string; readonly count: number }
  | {
      readonly do: 'give-back' | 'register' | 'take-over';
      readonly ids: readonly string[];
      readonly consumer: string;
      readonly count: number;
    }
  | { readonly do: 'live' | 'history' | 'pending'; readonly consumer: string; readonly after: string; readonly count: number }
  | { readonly do: 'read' | 'part'; readonly consumer: string; readonly after: string; readonly count: number };

const id = fc.integer({ min: 0, max: 9 }).map((n) => `${n}-0`);
const ids = fc.uniqueArray(id, { minLength: 1, maxLength: 4 });
const consumer = fc.constantFrom('one', 'two');
const count = fc.integer({ min: 1, max: 4 });
const minIdle = fc.constantFrom(0, 30, 1_000_000);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('add', 'create-group', 'last') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait'), ms: fc.constantFrom(1, 40) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom(...OF_IDS), ids, consumer }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('claim'), ids, consumer, minIdle }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('idle'), minIdle, after: id, count }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('give-back', 'register', 'take-over'), ids, consumer, count: fc.nat(4) }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('live', 'history', 'pending'), consumer, after: id, count }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('read', 'part'), consumer, after: id, count }) },
);

const at = { stream: 's', group: 'g' };

/** Half of the scripts begin with a group that has something to deliver. */
const prelude = fc.constantFrom<Step[]>([], [{ do: 'create-group' }, { do: 'add' }, { do: 'add' }, { do: 'add' }]);

/** The command of a step; what changes the stream itself is done beside the port. */
function command(step: Step, port: Port, reader: Reader): Observable<unknown> | undefined {
  const binary = false;
  switch (step.do) {
    case 'add':
    case 'wait':
    case 'delete':
      return undefined;
    case 'create-group':
      return port.createGroup({ ...at, from: '0-0' });
    case 'last':
      return from([port.lastDelivered(at), port.lastGenerated(at), port.standing(at).pipe(map(known)), port.time()]).pipe(
        concatMap((each) => each),
        toArray(),
      );
    case 'ack':
      return port.ack({ ...at, ids: step.ids });
    case 'fetch':
      return port.fetch({ stream: 's', ids: step.ids, binary });
    case 'ack-owned':
      return port.ackOwned({ ...at, ...step });
    case 'renew':
      return port.renew({ ...at, ...step });
    case 'claim':
      return port.claim({ ...at, ...step });
    case 'dead-letter':
      return port.deadLetter({
        ...at,
        consumer: step.consumer,
        to: 'dead',
        entries: step.ids.map((id) => ({ id, name: 'Error', message: 'why' })),
      });
    case 'idle':
      return port.pending({ ...at, ...step });
    case 'take-over':
      return port.takeOver({
        ...at,
        consumer: step.consumer,
        entries: step.ids.map((id) => ({ id, count: step.count })),
        binary,
      });
    case 'give-back':
    case 'register':
      return port[step.do === 'register' ? 'register' : 'giveBack']({
        ...at,
        consumer: step.consumer,
        entries: step.ids.map((each) => ({ id: each, count: step.count })),
      });
    case 'pending':
      return port.pending({ ...at, ...step });
    case 'part':
      return port.removeConsumer({ ...at, consumer: step.consumer });
    case 'read':
    case 'live':
    case 'history': {
      const as = { group: 'g', consumer: step.consumer, noAck: false };
      const request = { count: step.count, block: undefined, binary };
      if (step.do === 'read') return reader.read({ ...request, from: [['s', step.after]] });
      return reader.read({ ...request, as, from: [['s', step.do === 'live' ? '>' : step.after]] });
    }
  }
}

/** What a script says of a group; a lag it never reports, and of consumers it knows those that have something pending. */
function known(standing: Standing | undefined): unknown {
  if (standing === undefined) return undefined;
  const { reported: _, consumers, ...more } = standing;
  return { ...more, consumers: consumers.filter(({ pending }) => pending > 0).map(({ name, pending }) => [name, pending]) };
}

/** The reply, or the first word of the error. */
async function outcome(reply: Observable<unknown> | undefined): Promise<unknown> {
  if (reply === undefined) return undefined;
  try {
    return JSON.parse(JSON.stringify(await lastValueFrom(reply))) as unknown;
  } catch (error) {
    return `error: ${(error as Error).message.split(' ')[0]!}`;
  }
}

test('the server of the scripts answers as the in-memory Redis does', { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(prelude, fc.array(step, { maxLength: 25 }), async (first, more) => {
      let time = 1e12; // Redis takes no time before 1970, which IDLE asks for where the clock begins at 0
      const redis = createMemoryRedis({ now: () => time });
      const server = new ScriptedServer('the server', ['s'], () => time);
      const ports = [createPort(redis), scriptedPort(server, asyncScheduler)] as const;
      const readers = [ports[0].reader(), ports[1].reader()] as const;
      await Promise.all(readers.map((reader) => firstValueFrom(reader.connect())));
      let added = 0;
      // a scripted stream is there from the beginning
      await redis.xgroup('CREATE', 's', 'other', '$', 'MKSTREAM');
      try {
        for (const each of [...first, ...more]) {
          if (each.do === 'add') {
            const next = `${++added}-0`;
            await redis.xadd('s', next, 'n', next);
            server.stream('s').add(next, ['n', next]);
          } else if (each.do === 'wait') {
            time += each.ms;
          } else if (each.do === 'delete') {
            await redis.xdel('s', ...each.ids);
            for (const gone of each.ids) server.stream('s').delete(gone);
          }
          const [real, scripted] = await Promise.all([0, 1].map((i) => outcome(command(each, ports[i]!, readers[i]!))));
          expect({ [each.do]: scripted }).toEqual({ [each.do]: real });
        }
      } finally {
        for (const reader of readers) reader.disconnect();
        redis.disconnect();
      }
    }),
    {
      numRuns: 300,
      examples: [
        [
          [{ do: 'create-group' }, { do: 'add' }],
          [
            { do: 'live', consumer: 'one', after: '0-0', count: 1 },
            { do: 'delete', ids: ['1-0'], consumer: 'one' },
            { do: 'give-back', ids: ['1-0'], consumer: 'one', count: 0 },
            { do: 'claim', ids: ['1-0'], consumer: 'one', minIdle: 0 },
          ],
        ],
      ],
    },
  );
});
