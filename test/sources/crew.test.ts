import { NEVER, VirtualTimeScheduler } from 'rxjs';
import { describe, expect, test } from 'vitest';
import type { Notice } from '../../src/notices.js';
import type { Plan } from '../../src/plan.js';
import { SETTLEMENT } from '../../src/settlement.js';
import { Crew } from '../../src/sources/crew.js';
import type { Sink } from '../../src/sources/sink.js';
import type { Owed } from '../../src/streams/effects.js';
import type { ReadRequest } from '../../src/wire/port.js';
import { FakePort, LATER, replyError, type Answers } from '../support/fake-port.js';
import { GROUP, PLAN } from '../support/plans.js';

type Emitted = Parameters<Sink['entry']>[0];

/** Entries of one stream, in the same moment, until there are no more: then a read waits, or answers nothing. */
function stocked(entries: number): Answers {
  let at = 0;
  return {
    lastDelivered: () => '0-0',
    pending: () => [],
    connect: () => 7,
    read: ({ from: [one], count, block }: ReadRequest) => {
      const page = Math.min(count, entries - at);
      if (page === 0) return block === undefined ? [] : LATER;
      const ids = Array.from({ length: page }, (_, i) => `${at + i + 1}-0`);
      at += page;
      return [{ stream: one?.[0], entries: ids.map((id) => ({ id, pairs: ['n', '1'] })) }];
    },
    ack: ({ ids }: { ids: string[] }) => ids.length,
    giveBack: ({ entries: back }: { entries: { id: string }[] }) => back.map(({ id }) => id),
    unblock: () => true,
    removeConsumer: () => true,
  };
}

function fatal(): never {
  throw replyError('WRONGTYPE no stream');
}

/** A crew whose streams are each in a slot of its own; `stock` says how many entries each has, or how its server answers. */
function setUp(
  stock: Record<string, number | Answers>,
  plan: Partial<Plan> = {},
  { onEntry = () => undefined, owed }: { onEntry?: (entry: Emitted, crew: Crew) => void; owed?: Owed } = {},
) {
  const ports = new Map<string, FakePort>();
  const scheduler = new VirtualTimeScheduler();
  scheduler.maxFrames = 0;
  const seen: string[] = [];
  const held: Emitted[] = [];
  const told: Notice[] = [];
  let left: Owed | undefined;
  const names = Object.keys(stock);
  const crew: Crew = new Crew(
    {
      ...{ ...PLAN, group: GROUP, bufferSize: 10, refillAt: 5, ...plan },
      streams: names.map((stream) => ({ stream, start: undefined })),
      scheduler,
      notify: (notice) => told.push(notice),
    },
    {
      port: (stream) => {
        const refusing = { lastDelivered: fatal };
        const each = stock[stream] ?? (stream === 'wrong' ? refusing : 0);
        const port = new FakePort(typeof each === 'object' ? each : stocked(each));
        ports.set(stream, port);
        return port;
      },
      slotOf: (stream) => stream.charCodeAt(0),
      dice: () => 1,
      heldHere: () => false,
      sink: {
        entry: (entry) => {
          seen.push(`${entry.stream} ${entry.id}`);
          held.push(entry);
          onEntry(entry, crew);
        },
        end: (error) => seen.push(error === undefined ? 'end' : `error ${error.code}`),
        nothing: () => seen.push('nothing'),
        left: ({ stream }) => seen.push(`left ${stream}`),
        notAdded: ({ stream }) => seen.push(`not added ${stream}`),
        closing: () => seen.push('closing'),
        closed: (owedThen) => {
          seen.push('closed');
          left = owedThen;
        },
      },
    },
    owed,
  );
  return {
    crew,
    seen,
    held,
    told,
    left: () => left,
    port: (stream: string) => ports.get(stream) as FakePort,
    reads: (stream: string) => (ports.get(stream) as FakePort).args<ReadRequest>('read'),
    wait: (ms: number) => {
      scheduler.maxFrames = scheduler.frame + ms;
      scheduler.flush();
      scheduler.frame = scheduler.maxFrames;
    },
    start: () => crew.dispatch({ type: 'start' }),
    ack: (count: number) => {
      for (const entry of held.splice(0, count)) entry[SETTLEMENT].settle('acked');
    },
  };
}

describe('the window is one', () => {
  test('what all hold and may still get never passes bufferSize + streams − 1, however entries are settled', () => {
    const { start, held, reads, ack, wait } = setUp({ a: 200, b: 200, c: 200 });
    start();
    wait(0);
    let all = 0;
    for (let i = 0; i < 2_000 && all < 600; i++) {
      expect(held.length).toBeLessThanOrEqual(12);
      const some = Math.min(held.length, 1 + (i % 7));
      all += some;
      ack(some);
      wait(i % 3 === 0 ? 20 : 0);
    }
    expect(all).toBe(600);
    expect(Math.max(...['a', 'b', 'c'].flatMap((each) => reads(each).map(({ count }) => count)))).toBeLessThanOrEqual(10);
  });

  test('a silent stream waits with a place for one entry, and a busy one has the rest', () => {
    const { start, reads, held } = setUp({ a: 0, b: 100 });
    start();
    expect(reads('a').at(-1)).toMatchObject({ count: 1, block: 1_000 });
    expect(held).toHaveLength(10);
    expect(reads('b')[0]).toMatchObject({ count: 10, block: undefined });
  });

  test('a reader that rests because others have it all is woken when there is room', () => {
    const { start, reads, held, ack } = setUp({ a: 10, b: 100 });
    start();
    expect(held.map(({ stream }) => stream)).toEqual([...Array(10).fill('a')]);
    expect(reads('b')).toEqual([]);
    ack(5);
    expect(reads('b')[0]).toMatchObject({ count: 5 });
    expect(held.map(({ stream }) => stream)).toEqual([...Array(5).fill('a'), ...Array(5).fill('b')]);
  });

  test('and not with every entry that is settled', () => {
    const { start, ack, wait, reads } = setUp({ a: 100, b: 0, c: 0 }, { refillAt: 0 });
    start();
    const before = reads('b').length + reads('c').length;
    for (let i = 0; i < 9; i++) ack(1);
    wait(0);
    expect(reads('b').length + reads('c').length - before).toBeLessThanOrEqual(2);
  });

  test('a full window is told once for all, with the oldest of all', () => {
    const { start, told, wait } = setUp({ a: 100, b: 100, c: 100 });
    start();
    wait(2_100);
    const stalled = told.filter(({ type }) => type === 'stalled');
    expect(stalled).toHaveLength(1);
    expect(stalled[0]).toMatchObject({ held: 10, bufferSize: 10, oldest: { id: '1-0' } });
  });
});

describe('the life is one', () => {
  test('entries of one reader are not handed on inside the next of another', () => {
    let depth = 0;
    let deepest = 0;
    const { start, wait, seen } = setUp(
      { a: 50, b: 50 },
      {},
      {
        onEntry: (entry) => {
          deepest = Math.max(deepest, ++depth);
          entry[SETTLEMENT].settle('acked');
          depth -= 1;
        },
      },
    );
    start();
    wait(100);
    expect([seen.length, deepest]).toEqual([100, 1]);
  });

  test('drained when all are: one end, one closing, one closed', () => {
    const { start, wait, seen, told } = setUp(
      { a: 3, b: 0, c: 5 },
      { until: 'drained', timeout: 0 },
      { onEntry: (entry) => entry[SETTLEMENT].settle('acked') },
    );
    start();
    wait(10);
    expect(seen.slice(-3)).toEqual(['closing', 'end', 'closed']);
    expect(seen).toHaveLength(11);
    expect(told.filter(({ type }) => type === 'closing')).toEqual([{ type: 'closing', why: 'drained' }]);
    expect(told.at(-1)).toEqual({ type: 'closed' });
  });

  test('an error of one ends them all, and is told when they have ended', () => {
    const { start, wait, seen, told, port } = setUp({ a: 0, b: { ...stocked(0), lastDelivered: fatal }, c: 0 });
    start();
    wait(1_100); // a read that is out is given so long to come back
    expect(seen).toEqual(['closing', 'error WRONG_TYPE', 'closed']);
    expect(told.filter(({ type }) => type === 'closing')).toEqual([{ type: 'closing', why: 'error' }]);
    expect(told.at(-1)).toMatchObject({ type: 'closed', error: { code: 'WRONG_TYPE' } });
    expect(['a', 'c'].map((each) => port(each).disconnects > 0 || port(each).of('connect').length === 0)).toEqual([true, true]);
  });

  test('unsubscribed inside next: nothing more comes from any, and what was fetched in all goes back', () => {
    const { start, wait, seen, port, left } = setUp({ a: 4, b: 4 }, {}, { onEntry: (_, crew) => crew.tear() });
    start();
    wait(10);
    expect(seen).toEqual(['a 1-0', 'closing', 'closed']);
    expect(port('a').args<{ entries: object[] }>('giveBack')[0]?.entries).toHaveLength(3);
    expect(left()?.takeover.map(({ stream }) => stream)).toEqual(['a']);
  });

  test('torn is said of the whole: inside the next of one, the entries of the others were asked for too', () => {
    const { crew, start, held } = setUp(
      { a: 2, b: 2 },
      {},
      {
        onEntry: (entry) => {
          if (entry.stream === 'b') crew.tear();
        },
      },
    );
    start();
    expect(held.map((entry) => entry[SETTLEMENT].session.torn)).toEqual([false, false, false]);
  });

  test('what an earlier subscription left goes to the reader that has its stream', () => {
    const owed: Owed = {
      anchors: [],
      floors: [],
      wait: 0,
      takeover: [
        { stream: 'a', ids: ['1-0'] },
        { stream: 'b', ids: ['2-0', '3-0'] },
      ],
    };
    const took = {
      takeOver: ({ entries }: { entries: { id: string }[] }) => entries.map(({ id }) => ({ id, pairs: [], attempt: 2 })),
    };
    const { start, seen } = setUp({ a: { ...stocked(0), ...took }, b: { ...stocked(0), ...took } }, {}, { owed });
    start();
    expect(seen).toEqual(['a 1-0', 'b 2-0', 'b 3-0']);
  });
});

test('an entry that is to run alone waits for all that is held, and nothing else is read from any slot while it runs', () => {
  const redeliver = { maxDeliveries: 3, delay: () => 0, deadLetter: 'dead', maxWaiting: 10 };
  let looks = 0;
  const suspect: Answers = {
    ...stocked(0),
    pending: () => (looks++ === 0 ? [{ id: '1-0', consumer: 'me', idle: 0, count: 2 }] : []),
    takeOver: ({ entries }: { entries: { id: string }[] }) => entries.map(({ id }) => ({ id, pairs: [], attempt: 3 })),
  };
  const { start, seen, ack, port, reads } = setUp(
    { a: 2, b: suspect },
    { group: { ...GROUP, startFromBacklog: true, redeliver } },
  );
  start();
  expect(seen).toEqual(['a 1-0', 'a 2-0']);
  ack(1);
  expect(seen).toHaveLength(2);
  ack(1);
  expect(seen).toEqual(['a 1-0', 'a 2-0', 'b 1-0']);
  const before = reads('a').length;
  port('a').last('read').answer([]);
  expect(reads('a')).toHaveLength(before);
  ack(1);
  expect(reads('a')).toHaveLength(before + 1);
});

test('a checkpoint whose hash is gone gets the positions of all readers again, under one owner', () => {
  let there = true;
  const saving: Answers = {
    openCheckpoint: () => new Map(),
    streamInfo: () => undefined,
    savePositions: () => {
      const how = there ? 'saved' : 'anew';
      there = true;
      return how;
    },
  };
  const { start, wait, port, ack, seen } = setUp(
    { a: { ...stocked(2), ...saving }, b: { ...stocked(1), ...saving } },
    { group: undefined, settle: 'manual', checkpoint: 'reports' },
  );
  start();
  expect(seen).toHaveLength(3);
  ack(2);
  wait(0);
  there = false;
  ack(1);
  wait(10);
  const saved = (stream: string) =>
    port(stream)
      .args<{ positions: Map<string, { id: string }> }>('savePositions')
      .map(({ positions }) => positions.get(stream)?.id);
  expect([saved('a').at(-1), saved('b').at(-1)]).toEqual(['2-0', '1-0']);
  expect(saved('a').filter((id) => id === '2-0')).toHaveLength(2);
});

describe('many streams of one slot', () => {
  const many = (n: number) => Object.fromEntries(Array.from({ length: n }, (_, i) => [`s${i}`, 0]));
  const named = ({ from }: ReadRequest) => from.length;

  test('are shared out among readers of 1,000 each, which wait side by side', () => {
    const { start, reads } = setUp(many(2_500));
    start();
    const readers = ['s0', 's1000', 's2000'].map((each) => reads(each).at(-1));
    expect(readers.map((read) => read && [named(read), read.count, read.block])).toEqual([
      [1_000, 1, 1_000],
      [1_000, 1, 1_000],
      [500, 1, 1_000],
    ]);
  });

  test('one more joins a reader that has room for it; else a reader of its own', () => {
    const { crew, start, reads, port } = setUp(many(1_000), { lists: NEVER });
    start();
    crew.add({ stream: 's-last', start: undefined, owed: undefined });
    expect(reads('s-last').map(named)).toEqual([1, 1]);
    crew.add({ stream: 's-more', start: undefined, owed: undefined });
    port('s-last').last('read').answer([]);
    expect(reads('s-last').map(named)).toEqual([1, 1, 2, 2]);
  });

  test('a reader whose streams have all left is closed, and the others go on; the last one stays, without anything to read', () => {
    const { crew, start, seen, port, reads, wait } = setUp({ a: 0, b: 0 }, { lists: NEVER });
    start();
    crew.leave('a');
    port('a').last('read').answer([]);
    expect([seen, port('a').disconnects > 0]).toEqual([['left a'], true]);
    crew.leave('b');
    port('b').last('read').answer([]);
    expect([seen, reads('b').length]).toEqual([['left a', 'left b'], 2]);
    crew.add({ stream: 'b', start: undefined, owed: undefined });
    expect(reads('b').length).toBeGreaterThan(2);
    crew.tear();
    wait(1_100);
    expect(seen.slice(2)).toEqual(['closing', 'closed']);
  });
});

describe('on demand', () => {
  const PULL: Partial<Plan> = { demand: 'pull', bufferSize: 0, timeout: 1_000 };

  test('all are asked; the first that has one answers, and the reads of the others are ended', () => {
    const { crew, start, port, seen } = setUp({ a: 0, b: 0, c: 0 }, PULL);
    start();
    crew.want();
    port('b')
      .last('read')
      .answer([{ stream: 'b', entries: [{ id: '1-0', pairs: ['n', '1'] }] }]);
    expect(seen).toEqual(['b 1-0']);
    expect(['a', 'b', 'c'].map((each) => port(each).of('unblock').length)).toEqual([1, 0, 1]);
    for (const each of ['a', 'c']) port(each).last('read').answer([]);
    expect(seen).toEqual(['b 1-0']);
    expect(['a', 'b', 'c'].map((each) => port(each).of('read').length)).toEqual([1, 1, 1]);
  });

  test('asked again before the ended reads came back: they read anew, and say nothing of the old ones', () => {
    const { crew, start, port, seen } = setUp({ a: { ...stocked(0), unblock: () => LATER }, b: 0 }, PULL);
    start();
    crew.want();
    port('b')
      .last('read')
      .answer([{ stream: 'b', entries: [{ id: '1-0', pairs: ['n', '1'] }] }]);
    crew.want();
    port('a').last('read').answer([]);
    port('a').last('unblock').answer(true);
    expect(port('a').of('read')).toHaveLength(2);
    port('b').last('read').answer([]);
    expect(seen).toEqual(['b 1-0']);
    port('a').last('read').answer([]);
    expect(seen).toEqual(['b 1-0', 'nothing']);
  });

  test('nothing is nothing of all', () => {
    const { crew, start, port, seen } = setUp({ a: 0, b: 0 }, PULL);
    start();
    crew.want();
    port('a').last('read').answer([]);
    expect(seen).toEqual([]);
    port('b').last('read').answer([]);
    expect(seen).toEqual(['nothing']);
  });

  test('a stream that cannot be added leaves no reader behind', () => {
    const { crew, start, seen, port, wait } = setUp({ a: 0 }, PULL);
    start();
    crew.want();
    crew.add({ stream: 'wrong', start: undefined, owed: undefined });
    expect(seen).toEqual(['not added wrong']);
    crew.add({ stream: 'x', start: undefined, owed: undefined });
    expect(port('x').of('read')).toHaveLength(1);
    port('a').last('read').answer([]);
    port('x').last('read').answer([]);
    expect(seen).toEqual(['not added wrong', 'nothing']);
    crew.tear();
    wait(1_100);
    expect(seen).toEqual(['not added wrong', 'nothing', 'closing', 'closed']);
  });
});
