/** docs/security.md says which rights each feature needs. Here each runs with those and no more, and misses each that is taken away. */
import type { Redis } from 'ioredis';
import { defer, from, lastValueFrom, of, take, timeout, type Observable } from 'rxjs';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  ackAfter,
  backlogFirst,
  claimIdle,
  forwardTo,
  fromGroup,
  fromStreams,
  groupLag,
  isStreamsError,
  publishTo,
  redeliver,
  replayDeadLetters,
  untilDrained,
  whenIdle,
  type GroupOptions,
  type Notice,
} from '../../src/index.js';
import { eventually } from '../support/eventually.js';
import { table, users } from '../support/rights.js';
import { beforeCommand } from './faults/before-command.js';
import { ground } from './faults/ground.js';
import { notebook } from './faults/notebook.js';

const on = ground();
let told: ReturnType<typeof notebook>;
beforeEach(() => {
  told = notebook();
});
/** ioredis prints there when it may not ask INFO. */
const printed = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
afterAll(() => printed.mockRestore());

/** To the notebook of the moment. */
const notify = (notice: Notice): void => told.notify(notice);
const options = (more: Partial<GroupOptions> = {}): GroupOptions => ({
  streams: 'orders',
  group: 'g',
  consumer: 'c',
  autoCreate: false,
  timeout: 100,
  notify,
  ...more,
});
const add = (n = 1): Promise<string[]> => on.fill('orders', n);
const groupWith = async (n: number): Promise<string[]> => {
  await on.admin.xgroup('CREATE', 'orders', 'g', '0', 'MKSTREAM');
  return add(n);
};
/** With smaller ids. */
async function madeAnew(stream: string): Promise<void> {
  await on.admin.del(stream);
  await on.admin.xadd(stream, '1-1', 'n', 0);
}
/** Somebody has read the entries, and died long ago. */
async function pendingOf(consumer: string, ids: readonly string[]): Promise<void> {
  await on.admin.xreadgroup('GROUP', 'g', consumer, 'STREAMS', 'orders', '>');
  for (const id of ids) await on.admin.call('XCLAIM', 'orders', 'g', consumer, 0, id, 'IDLE', 90_000, 'RETRYCOUNT', 1, 'JUSTID');
}

/** `works` when it completes, else the code of its error. */
const end = (running: Observable<unknown>): Promise<string> =>
  lastValueFrom(running.pipe(timeout({ each: 5_000, with: () => of('hangs') })), { defaultValue: 'works' }).then(
    (last) => (last === 'hangs' ? 'hangs' : 'works'),
    (error: unknown) => (isStreamsError(error) ? error.code : String(error)),
  );
/** `works` when that is told, otherwise which of these, or the code it ended with. */
async function toldOf(good: Notice['type'], ...bad: Notice['type'][]): Promise<string> {
  const types = [good, ...bad, 'closed'];
  await eventually(() => told.all.some(({ type }) => types.includes(type)), types.join(' or '));
  const [first] = told.all.filter(({ type }) => types.includes(type));
  if (first?.type === good) return 'works';
  return first?.type === 'closed' ? (first.error?.code ?? 'closed') : String(first?.type);
}
/** Subscribes, waits for what the second function says, unsubscribes. */
async function during(running: Observable<unknown>, until: () => Promise<string>): Promise<string> {
  const subscription = running.subscribe({ error: () => undefined });
  const outcome = await until();
  subscription.unsubscribe();
  return outcome;
}

/** `with`: what else has to be allowed for it to run. `reads: false`: it needs no connection of its own. */
interface Scenario {
  readonly with?: readonly string[];
  readonly reads?: false;
  run(redis: Redis): Promise<string>;
}
const READING = '`fromGroup`, `GroupConsumer`';
const ACKS = '… acks, without `autoAcknowledge`';
const AT_ONCE = '… giving back, taking over, leases';

/** By the name of the feature in the table. */
const scenarios: Record<string, Scenario> = {
  'every connection for reads': {
    with: ['`fromStreams`, `Consumer`'],
    run: (redis) => end(fromStreams(redis, { streams: { orders: '0' }, until: 'drained' })),
  },

  'closing, and lost replies': {
    with: [READING, '`removeConsumer`, generated names'],
    async run(redis) {
      await groupWith(0);
      printed.mockClear();
      const running = fromGroup(redis, options({ timeout: 30_000, removeConsumer: 'when-empty' })).subscribe();
      await on.blocked();
      const unasked = printed.mock.calls.some(([text]) => String(text).startsWith('Skipping the ready check'));
      running.unsubscribe();
      const outcome = await toldOf('consumer-removed', 'consumer-kept');
      return unasked ? 'Skipping the ready check' : outcome;
    },
  },

  '`fromStreams`, `Consumer`': {
    async run(redis) {
      await add();
      const running = end(fromStreams(redis, { streams: 'orders', timeout: 50, notify }).pipe(take(1)));
      await eventually(() => told.all.some(({ type }) => type === 'joined' || type === 'closed'), 'it has joined, or failed');
      await add();
      return running;
    },
  },

  '`fromStreams` with `checkpoint`': {
    with: ['`fromStreams`, `Consumer`'],
    async run(redis) {
      const [id] = await add();
      const options = { streams: { orders: '0' }, checkpoint: 'reports', timeout: 50, notify };
      const outcome = await end(fromStreams(redis, options).pipe(untilDrained(), ackAfter()));
      if (outcome === 'works') expect(await on.admin.hget('reports', 'orders')).toBe(`${id} 1`);
      return outcome;
    },
  },

  [READING]: {
    async run(redis) {
      await groupWith(1);
      return end(fromGroup(redis, options({ autoAcknowledge: true })).pipe(take(1)));
    },
  },

  [ACKS]: {
    with: [READING],
    async run(redis) {
      await groupWith(2);
      return end(fromGroup(redis, options()).pipe(untilDrained(), ackAfter()));
    },
  },

  '… lost replies': {
    with: [READING, ACKS, AT_ONCE],
    async run(redis) {
      const [id] = await groupWith(0).then(() => add(1));
      const proxy = await on.proxy();
      const duplicate = redis.duplicate.bind(redis);
      redis.duplicate = (override) => duplicate({ ...override, port: proxy.port });
      proxy.cutReplies((reply) => reply.includes(id ?? ''));
      return end(fromGroup(redis, options()).pipe(take(1), ackAfter()));
    },
  },

  [AT_ONCE]: {
    with: [READING, ACKS],
    async run(redis) {
      await groupWith(3);
      const source = fromGroup(redis, options({ lease: { renewEvery: 40 } }));
      const outcomes = [
        await during(source, async () => {
          await eventually(async () => (await on.pending('orders', 'g')).length === 3, 'they came');
          // Renewed, or not: it is held for much longer than `renewEvery`.
          await new Promise((resolve) => setTimeout(resolve, 150));
          const idle = Math.max(...(await on.pending('orders', 'g')).map((row) => row.idle));
          return told.of('not-renewed').length > 0 ? 'not-renewed' : idle < 140 ? 'works' : `idle for ${idle} ms`;
        }),
      ];
      await whenIdle(redis);
      told = notebook();
      outcomes.push(await during(source, () => toldOf('recovered', 'not-taken-over')));
      await whenIdle(redis);
      told = notebook();
      await add(3);
      const other = fromGroup(redis, options({ consumer: 'd' }));
      outcomes.push(await during(other.pipe(take(1)), () => toldOf('given-back', 'not-given-back')));
      return outcomes.every((each) => each === 'works') ? 'works' : outcomes.join(' and ');
    },
  },

  '`autoCreate`': {
    with: [READING, ACKS],
    async run(redis) {
      await add();
      return end(fromGroup(redis, options({ autoCreate: { from: '0' } })).pipe(take(1), ackAfter()));
    },
  },

  '… a group that vanished': {
    with: [READING, ACKS, AT_ONCE, '… lost replies'],
    async run(redis) {
      await groupWith(1);
      return during(fromGroup(redis, options({ autoCreate: true })), async () => {
        await eventually(async () => (await on.pending('orders', 'g')).length === 1, 'one is held');
        await on.admin.xgroup('DESTROY', 'orders', 'g');
        const outcome = await toldOf('healed');
        if (outcome !== 'works') return outcome;
        told = notebook();
        beforeCommand(redis, ['XGROUP', 'CREATE'], () => madeAnew('orders'));
        await on.admin.xgroup('DESTROY', 'orders', 'g');
        return toldOf('healed');
      });
    },
  },

  '`backlogFirst`': {
    with: [READING, ACKS],
    async run(redis) {
      await pendingOf('c', await groupWith(2));
      return end(fromGroup(redis, options()).pipe(backlogFirst(), untilDrained(), ackAfter()));
    },
  },

  '`claimIdle`': {
    with: [READING, ACKS],
    async run(redis) {
      const [deleted = '', ...others] = await groupWith(3);
      await pendingOf('other', [deleted, ...others]);
      await on.admin.xdel('orders', deleted);
      const outcome = await end(fromGroup(redis, options()).pipe(claimIdle({ minIdle: 60_000 }), untilDrained(), ackAfter()));
      if (outcome !== 'works') return outcome;
      expect(told.of('gone')).toEqual([{ type: 'gone', stream: 'orders', ids: [deleted] }]);
      return (await on.pending('orders', 'g')).length > 0 ? 'nothing is adopted' : outcome;
    },
  },

  '`redeliver`': {
    with: [READING, ACKS],
    async run(redis) {
      await groupWith(1);
      let came = 0;
      const work = ackAfter(() => (++came === 1 ? Promise.reject(new Error('not yet')) : undefined), { onError: 'nack' });
      const outcome = await end(fromGroup(redis, options()).pipe(redeliver({ delay: 5 }), untilDrained(), work));
      return outcome === 'works' && came < 2 ? 'it does not come again' : outcome;
    },
  },

  '… dead letters': {
    with: [READING],
    async run(redis) {
      await groupWith(1);
      const work = ackAfter(() => Promise.reject(new Error('no')), { onError: 'reject' });
      const outcome = await end(fromGroup(redis, options()).pipe(redeliver({ deadLetter: 'dead' }), untilDrained(), work));
      return outcome === 'works' && (await on.admin.xlen('dead')) === 0 ? 'there is no letter' : outcome;
    },
  },

  '`forwardTo`': {
    with: [READING],
    async run(redis) {
      await groupWith(1);
      const outcome = await end(fromGroup(redis, options()).pipe(untilDrained(), forwardTo('out')));
      return outcome === 'works' && (await on.admin.xlen('out')) !== 1 ? 'nothing is there' : outcome;
    },
  },

  '`publishTo`': {
    reads: false,
    async run(redis) {
      const outcome = await end(from([{ n: 1 }, { n: 2 }]).pipe(publishTo(redis, 'out', { maxLength: 10 })));
      return outcome === 'works' && (await on.admin.xlen('out')) !== 2 ? 'nothing is there' : outcome;
    },
  },

  '`removeConsumer`, generated names': {
    with: [READING, ACKS, 'closing, and lost replies'],
    async run(redis) {
      await groupWith(1);
      await end(fromGroup(redis, options({ removeConsumer: 'when-empty' })).pipe(untilDrained(), ackAfter()));
      return toldOf('consumer-removed', 'consumer-kept');
    },
  },

  '`groupLag`': {
    reads: false,
    async run(redis) {
      await on.admin.xadd('orders', '1-0', 'n', 1);
      await on.admin.xadd('orders', '2-0', 'n', 2);
      await on.admin.xadd('orders', '3-0', 'n', 3);
      await on.admin.xgroup('CREATE', 'orders', 'g', '2-0'); // in the middle: entries have to be counted
      return end(groupLag(redis, { streams: 'orders', group: 'g' }).pipe(take(1)));
    },
  },

  '`replayDeadLetters`': {
    reads: false,
    async run(redis) {
      const origin = ['stream', 'group', 'consumer', 'id', 'deliveries', 'time', 'error', 'message'];
      const fields = origin.flatMap((name) => [`dead-letter.${name}`, name === 'stream' ? 'orders' : '1']);
      await on.admin.xadd('dead', '*', 'n', 1, ...fields);
      const outcome = await end(defer(() => replayDeadLetters(redis, { from: 'dead', dryRun: false })));
      return outcome === 'works' && (await on.admin.xlen('orders')) !== 1 ? 'it was not put back' : outcome;
    },
  },
};

const rowOf = (feature: string) => table.find((row) => row.feature === feature) ?? expect.unreachable(`no row: ${feature}`);

/** Runs a feature as a user with these rights and nothing else. */
async function outcomeOf({ run }: Scenario, commands: readonly string[], keys: readonly string[]): Promise<string> {
  told = notebook();
  await on.admin.flushall();
  await on.admin.script('FLUSH'); // or nobody would need EVAL
  await on.admin.call('ACL', ['SETUSER', 'worker', 'reset', 'on', '>pw', ...keys, ...commands]);
  const redis = on.client({ username: 'worker', password: 'pw' });
  const outcome = await run(redis);
  await whenIdle(redis);
  redis.disconnect();
  return outcome;
}

beforeAll(() => on.admin.call('ACL', ['SETUSER', 'worker', 'reset']));

it('every row has its scenario, and every scenario its row', () => {
  expect(Object.keys(scenarios)).toEqual(table.map(({ feature }) => feature));
});

it('the users that the page makes have these rights', () => {
  const rights = (...features: string[]) => [...new Set(features.map(rowOf).flatMap((row) => row.commands))].toSorted();
  const others = table
    .map((row) => row.feature)
    .filter((feature) => !feature.startsWith('`fromStreams`') && !feature.startsWith('`replayDeadLetters`'));
  const connection = ['every connection for reads', 'closing, and lost replies'];
  expect(users['worker']).toEqual(rights(...others));
  expect(users['tail']).toEqual(rights(...connection, '`fromStreams`, `Consumer`'));
  expect(users['reader']).toEqual(rights(...connection, '`fromStreams`, `Consumer`', '`fromStreams` with `checkpoint`'));
  expect(users['operator']).toEqual(['+info', ...rights('`replayDeadLetters`')].toSorted());
  expect(users['producer']).toEqual(['+info', ...rights('`publishTo`')].toSorted());
  expect(users['viewer']).toEqual(['+info', ...rights('`groupLag`')].toSorted());
});

describe.each(table)('$feature', ({ feature, commands, keys, without }) => {
  const scenario = scenarios[feature] ?? expect.unreachable('no scenario');
  const reading = scenario.reads === false ? [] : ['every connection for reads'];
  const also = [...new Set([...reading, ...(scenario.with ?? [])])].filter((each) => each !== feature).map(rowOf);
  const others = also.flatMap((row) => row.commands);
  const patterns = [...new Set([...keys.filter((key) => key !== 'none'), ...also.flatMap((row) => row.keys)])];
  const quiet = scenario.reads === false ? ['+info'] : rowOf('closing, and lost replies').commands;

  it('works with these', async () => {
    expect(await outcomeOf(scenario, [...quiet, ...others, ...commands], patterns)).toBe('works');
  });

  const own = keys.filter((key) => key !== 'none' && !also.some((row) => row.keys.includes(key)));
  it.each(own)('not without %s', async (key) => {
    const outcome = await outcomeOf(
      scenario,
      [...quiet, ...others, ...commands],
      [...patterns.filter((each) => each !== key), '~x'],
    );
    expect(outcome).toMatch(/^(NOT_ALLOWED|ACK_REFUSED|CHECKPOINT_REFUSED)$/);
  });

  it.each(commands)('not without %s', async (command) => {
    const rights = [...quiet, ...others, ...commands].filter((each) => each !== command);
    const outcome = await outcomeOf(scenario, rights, patterns);
    // Of several things that go wrong all are said.
    expect(without).toEqual(expect.arrayContaining(outcome.split(' and ')));
  });
});
