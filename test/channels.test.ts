import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { concatMap, firstValueFrom, lastValueFrom, NEVER, of, Subject, takeUntil, throwError } from 'rxjs';
import { afterEach, expect, test, vi } from 'vitest';
import {
  begin,
  DONE,
  settles,
  type Operation,
  type Processing,
  type Publishing,
  type Received,
  type SettleOperation,
} from '../src/channels.js';
import {
  ackAfter,
  ackUnless,
  forwardTo,
  fromGroup,
  fromStreams,
  GroupConsumer,
  publishTo,
  redeliver,
  untilDrained,
  whenIdle,
} from '../src/index.js';
import { createMemoryRedis } from '../src/testing/index.js';
import { eventually } from './support/eventually.js';
import { FakeSession, watch } from './support/fake-delivery.js';

const CHANNELS = ['receive', 'process', 'settle', 'publish'] as const;
type Name = (typeof CHANNELS)[number];
let stop: (() => void) | undefined;
afterEach(() => stop?.());

/** Writes down what is told on the channels, in order, and how it ended. */
function listen(meanwhile?: (name: Name, event: Processing & Publishing) => void): string[] {
  const seen: string[] = [];
  const heard = CHANNELS.map((name) => {
    const listener = (event: unknown): void => {
      const text = `${name} ${textOf(name, event)}`;
      seen.push(text);
      (event as Partial<Operation>).ended?.push((end) => {
        const more =
          end.how === 'failed' ? ` ${(end.error as Error).message}` : end.how === 'done' && end.id ? ' with its id' : '';
        seen.push(`${text}: ${end.how}${more}`);
      });
      meanwhile?.(name, event as Processing & Publishing);
    };
    subscribe(`rxjs-redis-streams:${name}`, listener);
    return () => unsubscribe(`rxjs-redis-streams:${name}`, listener);
  });
  stop = () => heard.forEach((each) => each());
  return seen;
}

function textOf(name: Name, event: unknown): string {
  switch (name) {
    case 'receive': {
      const { entry, group } = event as Received;
      return `${entry.stream} ${entry.id}${group ? ` as ${group.name}/${group.consumer}` : ''}`;
    }
    case 'process': {
      const { stage, entries } = event as Processing;
      return `${stage} ${entries.map(({ id }) => id).join(' ')}`;
    }
    case 'settle': {
      const { how, stream, ids, group } = event as SettleOperation;
      return `${how} ${stream} ${ids.join(' ')} as ${group.name}/${group.consumer}`;
    }
    case 'publish': {
      const { stream, fields, from } = event as Publishing;
      return `${stream} ${fields.join(' ')}${from.length > 0 ? ` from ${from.map(({ id }) => id).join(' ')}` : ''}`;
    }
  }
}

async function setUp(...ids: string[]) {
  const redis = createMemoryRedis();
  for (const id of ids) await redis.xadd('s', id, 'n', id);
  const source = fromGroup(redis, { streams: 's', group: 'g', consumer: 'c', autoCreate: { from: '0' } });
  return { redis, source, drained: source.pipe(untilDrained()) };
}

test('an entry is told when it is handed on, when it is worked on and when it is acked', async () => {
  const { redis, drained } = await setUp('1-0', '2-0');
  const seen = listen();
  await lastValueFrom(drained.pipe(ackAfter(async ({ id }) => id)));
  expect(seen).toEqual([
    'receive s 1-0 as g/c',
    'process ackAfter 1-0',
    'receive s 2-0 as g/c', // waits
    'process ackAfter 1-0: done',
    'process ackAfter 2-0',
    'settle ack s 1-0 as g/c',
    ...['process ackAfter 2-0: done', 'settle ack s 1-0 as g/c: done'],
    ...['settle ack s 2-0 as g/c', 'settle ack s 2-0 as g/c: done'],
  ]);
  await whenIdle(redis);
});

test('without a group there is nothing to settle', async () => {
  const { redis } = await setUp('1-0');
  const seen = listen();
  await lastValueFrom(
    fromStreams(redis, { streams: { s: '0' } }).pipe(
      untilDrained(),
      ackAfter(({ id }) => id),
    ),
  );
  expect(seen).toEqual(['receive s 1-0', 'process ackAfter 1-0', 'process ackAfter 1-0: done']);
});

test('what is fetched and never handed on is not told', async () => {
  const { redis, source } = await setUp('1-0', '2-0', '3-0');
  const seen = listen();
  await firstValueFrom(source);
  await whenIdle(redis);
  expect(seen.filter((text) => text.startsWith('receive'))).toEqual(['receive s 1-0 as g/c']);
});

test('a pull consumer tells what a call got, not what it has fetched beyond', async () => {
  const { redis } = await setUp('1-0', '2-0');
  const consumer = new GroupConsumer(redis, {
    streams: 's',
    group: 'g',
    consumer: 'c',
    autoCreate: { from: '0' },
    bufferSize: 5,
  });
  const seen = listen();
  await (await consumer.getEntry())?.ack();
  expect(seen).toEqual(['receive s 1-0 as g/c', 'settle ack s 1-0 as g/c', 'settle ack s 1-0 as g/c: done']);
  await consumer.close();
});

test('nack and reject', async () => {
  const { redis, source } = await setUp('1-0', '2-0');
  const seen = listen();
  const settled = source.pipe(
    redeliver({ maxDeliveries: 9, deadLetter: 'dead', delay: 60_000 }),
    untilDrained(),
    ackAfter(({ id }) => throwError(() => new Error(id)), { onError: (_, { id }) => (id === '1-0' ? 'nack' : 'reject') }),
  );
  const subscription = settled.subscribe();
  await eventually(() => seen.includes('settle reject s 2-0 as g/c: done'), 'the reject is sent');
  expect(seen.filter((text) => text.startsWith('settle'))).toEqual([
    ...['settle nack s 1-0 as g/c', 'settle nack s 1-0 as g/c: done'],
    ...['settle reject s 2-0 as g/c', 'settle reject s 2-0 as g/c: done'],
  ]);
  expect(seen.filter((text) => text.includes('failed'))).toEqual([
    'process ackAfter 1-0: failed 1-0',
    'process ackAfter 2-0: failed 2-0',
  ]);
  subscription.unsubscribe();
  await whenIdle(redis);
});

test('publishTo tells each entry before it is added, and who listens may add fields to it', async () => {
  const { redis } = await setUp();
  const seen = listen((name, { fields }) => name === 'publish' && fields.push('more', 'x'));
  await lastValueFrom(of({ a: '1' }, { a: '2' }).pipe(publishTo(redis, 'out', { concurrency: 1 })));
  expect(seen).toEqual([
    'publish out a 1',
    'publish out a 1: done with its id',
    'publish out a 2',
    'publish out a 2: done with its id',
  ]);
  expect((await redis.xrange('out', '-', '+')).map(([, fields]) => fields)).toEqual([
    ['a', '1', 'more', 'x'],
    ['a', '2', 'more', 'x'],
  ]);
});

test('publishTo tells which entries it comes of, and a refusal', async () => {
  const { redis, drained } = await setUp('1-0');
  await redis.set('text', 'no stream');
  const seen = listen();
  await expect(lastValueFrom(drained.pipe(publishTo(redis, 'text')))).rejects.toThrow();
  expect(seen.filter((text) => text.startsWith('publish'))).toEqual([
    'publish text n 1-0 from 1-0',
    expect.stringMatching(/^publish text n 1-0 from 1-0: failed /),
  ]);
  await whenIdle(redis);
});

test('forwardTo: the work, what is added, and the ack in one', async () => {
  const { redis, drained } = await setUp('1-0');
  const seen = listen((name, { fields }) => name === 'publish' && fields.push('more', 'x'));
  await lastValueFrom(drained.pipe(forwardTo('out', ({ id }) => ({ of: id }))));
  expect(seen).toEqual([
    'receive s 1-0 as g/c',
    'process forwardTo 1-0',
    'publish out of 1-0 from 1-0',
    'process forwardTo 1-0: done',
    'settle forward s 1-0 as g/c',
    'settle forward s 1-0 as g/c: done',
    'publish out of 1-0 from 1-0: done with its id',
  ]);
  expect((await redis.xrange('out', '-', '+')).map(([, fields]) => fields)).toEqual([['of', '1-0', 'more', 'x']]);
});

test('a stage without a function of its own does no work', async () => {
  const { drained } = await setUp('1-0');
  const seen = listen();
  await lastValueFrom(drained.pipe(ackAfter()));
  const { drained: again } = await setUp('1-0');
  await lastValueFrom(again.pipe(forwardTo('out')));
  expect(seen.filter((text) => text.startsWith('process'))).toEqual([]);
});

/** As who listens would run work in a context: says whether it is in it. */
function inContext(): () => boolean {
  let inside = false;
  listen((name, event) => {
    if (name !== 'process') return;
    const { run } = event;
    event.run = (work) => {
      inside = true;
      try {
        return run(work);
      } finally {
        inside = false;
      }
    };
  });
  return () => inside;
}

test('a predicate, a project and the subscription to what it gave run where whoever listens wants them to', () => {
  const session = new FakeSession();
  const inside = inContext();
  const where: Record<string, boolean> = {};
  const stage = ackAfter(() => {
    where['project'] = inside();
    return of(1).pipe(concatMap(() => of((where['subscription'] = inside()))));
  });
  watch(
    session.source(of(...session.deliveries(1))).pipe(
      ackUnless(() => (where['predicate'] = inside())),
      stage,
    ),
  );
  expect(where).toEqual({ predicate: true, project: true, subscription: true });
  expect(inside()).toBe(false);
});

test('an array is one piece of work', () => {
  const session = new FakeSession();
  const seen = listen();
  watch(session.source(of(session.deliveries(2))).pipe(ackAfter(() => 'both')));
  expect(seen).toEqual(['process ackAfter 1 2', 'process ackAfter 1 2: done']);
});

test('unsubscribing ends what is open as cancelled, outside of the project and inside', () => {
  const session = new FakeSession();
  const seen = listen();
  const { unsubscribe } = watch(session.source(of(...session.deliveries(1))).pipe(ackAfter(() => NEVER)));
  unsubscribe();
  const stop = new Subject<void>();
  watch(
    session.source(of(...session.deliveries(1))).pipe(
      ackAfter(() => (stop.next(), NEVER)),
      takeUntil(stop),
    ),
  );
  expect(seen).toEqual([
    'process ackAfter 1',
    'process ackAfter 1: cancelled',
    'process ackAfter 2',
    'process ackAfter 2: cancelled',
  ]);
});

test('a predicate and a project that throw', () => {
  const session = new FakeSession();
  const seen = listen();
  const fail = (text: string) => (): never => {
    throw new Error(text);
  };
  watch(session.source(of(...session.deliveries(1))).pipe(ackUnless(fail('one'))));
  watch(session.source(of(...session.deliveries(1))).pipe(ackAfter(fail('two'))));
  expect(seen).toEqual([
    'process ackUnless 1',
    'process ackUnless 1: failed one',
    'process ackAfter 2',
    'process ackAfter 2: failed two',
  ]);
});

test('what is on its way when publishTo is unsubscribed is cancelled', async () => {
  const { redis } = await setUp();
  const seen = listen();
  of({ a: '1' }).pipe(publishTo(redis, 'out')).subscribe().unsubscribe();
  expect(seen).toEqual(['publish out a 1', 'publish out a 1: cancelled']);
  await whenIdle(redis);
});

test('decode does not see in which trace an entry was added; fields and pairs do', async () => {
  const { redis } = await setUp();
  await redis.xadd('t', '1-0', 'a', '1', 'traceparent', 'x', 'tracestate', 'y');
  await redis.xadd('t', '2-0', 'tracestate', 'mine');
  const decoded: object[] = [];
  const source = fromStreams(redis, {
    streams: { t: '0' },
    decode: (fields) => ({ ...fields, __proto__: Object.getPrototypeOf(fields) as null }),
  });
  await source.pipe(untilDrained()).forEach(({ value, fields, pairs }) => decoded.push({ ...value }, { ...fields }, pairs));
  expect(decoded).toEqual([
    { a: '1' },
    { a: '1', traceparent: 'x', tracestate: 'y' },
    [
      ['a', '1'],
      ['traceparent', 'x'],
      ['tracestate', 'y'],
    ],
    ...[{ tracestate: 'mine' }, { tracestate: 'mine' }, [['tracestate', 'mine']]],
  ]);
});

test('a function told of the end that throws disturbs neither the operation nor the others: it is thrown by itself, later', () => {
  const ends: unknown[] = [];
  const listener = (event: unknown): void => {
    const { ended } = event as SettleOperation;
    ended.push(() => {
      throw new Error('of a listener');
    });
    ended.push((end) => ends.push(end));
  };
  subscribe('rxjs-redis-streams:settle', listener);
  const end = begin<SettleOperation>(settles, { how: 'ack', stream: 's', group: { name: 'g', consumer: 'c' }, ids: ['1-0'] });
  unsubscribe('rxjs-redis-streams:settle', listener);
  const later = vi.spyOn(process, 'nextTick').mockImplementation(() => undefined);
  end(DONE);
  const uncaught = later.mock.calls.length;
  later.mockRestore();
  expect([ends, uncaught]).toEqual([[DONE], 1]);
});
