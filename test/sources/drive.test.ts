import { VirtualTimeScheduler } from 'rxjs';
import { describe, expect, test } from 'vitest';
import type { StreamsError } from '../../src/errors.js';
import type { Notice } from '../../src/notices.js';
import type { Plan } from '../../src/plan.js';
import { SETTLEMENT } from '../../src/settlement.js';
import { Drive } from '../../src/sources/drive.js';
import type { Sink } from '../../src/sources/sink.js';
import type { Owed } from '../../src/streams/effects.js';
import type { ReadRequest } from '../../src/wire/port.js';
import { FakePort, LATER, replyError, socketError, type Answers } from '../support/fake-port.js';
import { GROUP, PLAN } from '../support/plans.js';

type Emitted = Parameters<Sink['entry']>[0];

/** A server with that many entries in every stream, answering in the same moment; a read that finds nothing blocks. */
function stocked(entries: number, { drained = false } = {}): Answers {
  const read = new Map<string, number>();
  return {
    lastDelivered: () => '0-0',
    lastGenerated: () => `${entries}-0`,
    connect: () => 7,
    read: ({ from, count }: ReadRequest) => {
      const replies = from.map(([stream]) => {
        const at = read.get(stream) ?? 0;
        const page = Math.min(count, entries - at);
        read.set(stream, at + page);
        return { stream, entries: Array.from({ length: page }, (_, i) => ({ id: `${at + i + 1}-0`, pairs: ['n', '1'] })) };
      });
      const filled = replies.filter((reply) => reply.entries.length > 0);
      return filled.length === 0 && !drained ? LATER : filled;
    },
    ack: ({ ids }: { ids: string[] }) => ids.length,
    giveBack: ({ entries: back }: { entries: { id: string }[] }) => back.map(({ id }) => id),
    unblock: () => true,
    removeConsumer: () => true,
  };
}

function setUp(plan: Partial<Plan>, answers: Answers, onEntry: (entry: Emitted, drive: Drive) => void = () => undefined) {
  const port = new FakePort(answers);
  const scheduler = new VirtualTimeScheduler();
  scheduler.maxFrames = 0;
  const told: Notice[] = [];
  const seen: string[] = [];
  let owed: Owed | undefined;
  const drive: Drive = new Drive(
    { ...PLAN, ...plan, scheduler, notify: (notice) => told.push(notice) },
    {
      port,
      dice: () => 1,
      heldHere: () => false,
      sink: {
        entry: (entry) => {
          seen.push(`${entry.stream} ${entry.id}`);
          onEntry(entry, drive);
        },
        end: (error?: StreamsError) => seen.push(error === undefined ? 'end' : `error ${error.code}`),
        nothing: () => seen.push('nothing'),
        left: () => undefined,
        notAdded: ({ stream }) => seen.push(`not added ${stream}`),
        closing: () => seen.push('closing'),
        closed: (left) => {
          seen.push('closed');
          owed = left;
        },
      },
    },
  );
  return {
    port,
    drive,
    told,
    seen,
    owed: () => owed,
    timers: () => scheduler.actions.length,
    wait: (ms: number) => {
      scheduler.maxFrames = scheduler.frame + ms;
      scheduler.flush();
      scheduler.frame = scheduler.maxFrames;
    },
    reads: () => port.args<ReadRequest>('read'),
    start: () => drive.dispatch({ type: 'start' }),
  };
}

// Not for a slow machine, but for one that does much else besides.
describe('a port that answers in the same moment, 100,000 entries', { timeout: 60_000 }, () => {
  test.each<[string, Partial<Plan>]>([
    ['one by one', { bufferSize: 1, refillAt: 0 }],
    ['in batches', { bufferSize: 1_000, refillAt: 500 }],
    ['at most once', { group: { ...GROUP, noAck: true }, bufferSize: 1, refillAt: 0 }],
  ])('%s: the stack stays flat', (_, plan) => {
    let entries = 0;
    const depths = new Set<number>();
    Error.stackTraceLimit = 1_000;
    const { start, seen } = setUp(plan, stocked(100_000), () => {
      entries += 1;
      if (entries % 10_000 === 0) depths.add(new Error().stack?.split('\n').length ?? 0);
    });
    start();
    Error.stackTraceLimit = 10;
    expect(entries).toBe(100_000);
    expect(seen.at(-1)).toBe('s 100000-0');
    // as deep at the end as at the beginning
    expect([...depths]).toHaveLength(1);
    expect(Math.max(...depths)).toBeLessThan(60);
  });

  test('acked as they come, in a window of 10', () => {
    const { start, wait, seen, port } = setUp({ group: GROUP, bufferSize: 10, refillAt: 5 }, stocked(100_000), (entry) =>
      entry[SETTLEMENT].settle('acked'),
    );
    start();
    wait(10_000);
    expect(seen).toHaveLength(100_000);
    expect(port.args<{ ids: string[] }>('ack').reduce((sum, { ids }) => sum + ids.length, 0)).toBe(100_000);
  });

  test('pulled from inside next', () => {
    const { start, seen, drive } = setUp({ demand: 'pull', bufferSize: 0, timeout: 0 }, stocked(100_000, { drained: true }), () =>
      drive.dispatch({ type: 'wanted' }),
    );
    start();
    drive.dispatch({ type: 'wanted' });
    expect(seen).toHaveLength(100_001);
    expect(seen.at(-1)).toBe('nothing');
  });
});

test('what is acked while it is handed on leaves before the call that brought it returns, behind the next read', () => {
  const { start, port, timers } = setUp({ group: GROUP }, { ...stocked(0), ack: () => LATER }, (entry) =>
    entry[SETTLEMENT].settle('acked'),
  );
  start();
  const before = timers();
  port.last('read').answer([{ stream: 's', entries: [{ id: '1-0', pairs: ['n', '1'] }] }]);
  expect(port.calls.slice(-2).map(({ command }) => command)).toEqual(['read', 'ack']);
  expect(port.last('ack').args).toMatchObject({ ids: ['1-0'] });
  expect(timers()).toBe(before);
});

test('joins, connects, reads; the window is what it asks for', () => {
  const { start, port, reads, told } = setUp({ group: GROUP }, stocked(3));
  start();
  expect(port.calls.map(({ command }) => command)).toEqual(['lastDelivered', 'connect', 'read']);
  expect(reads()).toEqual([
    { from: [['s', '>']], count: 4, block: 1_000, binary: false, as: { group: 'g', consumer: 'me', noAck: false } },
  ]);
  expect(told).toMatchObject([{ type: 'joined', stream: 's', group: 'g', consumer: 'me', created: false, from: '0-0' }]);
});

describe('a full reply', () => {
  const plan = { group: GROUP, bufferSize: 4, refillAt: 2 };
  /** Each entry, with the COUNTs of the reads that were sent by then. */
  function readsBeside(entries: number, settle: (entry: Emitted) => void) {
    const beside: string[] = [];
    const { start, reads } = setUp(plan, stocked(entries), (entry) => {
      beside.push(
        `${entry.id} ${reads()
          .map(({ count }) => count)
          .join()}`,
      );
      settle(entry);
    });
    start();
    return beside;
  }

  test('the next read travels while the last of the window is worked on', () => {
    const beside = readsBeside(6, (entry) => entry[SETTLEMENT].settle('acked'));
    expect(beside).toEqual(['1-0 4', '2-0 4', '3-0 4', '4-0 4,3', '5-0 4,3', '6-0 4,3']);
  });

  test('that nobody settles is no reason to read', () => {
    expect(readsBeside(7, () => undefined)).toEqual(['1-0 4', '2-0 4', '3-0 4', '4-0 4']);
  });

  test('a reply that was not full says that there is no more: the next read waits for what it may ask', () => {
    const beside = readsBeside(3, (entry) => entry[SETTLEMENT].settle('acked'));
    expect(beside).toEqual(['1-0 4', '2-0 4', '3-0 4']);
  });

  test('what happened inside next comes first: after a signal nothing is read', () => {
    const { start, seen, reads, wait } = setUp(plan, stocked(100), (entry, drive) => {
      entry[SETTLEMENT].settle('acked');
      if (entry.id === '3-0') drive.dispatch({ type: 'stop', why: 'signal' });
    });
    start();
    wait(0);
    expect(reads()).toHaveLength(1);
    expect(seen.slice(-3)).toEqual(['closing', 'end', 'closed']);
  });

  test('unsubscribed inside next when the next read is out: both are given back', () => {
    const wide = { group: GROUP, bufferSize: 32, refillAt: 16 };
    const { start, seen, reads, wait, port } = setUp(wide, stocked(100), (entry, drive) => {
      entry[SETTLEMENT].settle('acked');
      if (entry.id === '31-0') drive.tear();
    });
    start();
    wait(0);
    expect(reads().map(({ count }) => count)).toEqual([32, 30]);
    expect(seen.slice(-3)).toEqual(['s 31-0', 'closing', 'closed']);
    const back = port.args<{ entries: { id: string }[] }>('giveBack').flatMap(({ entries }) => entries.map(({ id }) => id));
    expect(back).toEqual(Array.from({ length: 31 }, (_, i) => `${32 + i}-0`));
  });
});

test('unsubscribed in the middle of a reply of two streams, from inside next: the rest of both goes back', () => {
  const streams = ['s', 't'].map((stream) => ({ stream, start: undefined }));
  const { start, seen, wait, port, owed } = setUp({ group: GROUP, streams }, stocked(2), (_, drive) => drive.tear());
  start();
  wait(0);
  expect(seen).toEqual(['s 1-0', 'closing', 'closed']);
  expect(
    port.args<{ stream: string; entries: object[] }>('giveBack').map(({ stream, entries }) => `${stream} ${entries.length}`),
  ).toEqual(['s 1', 't 2']);
  expect(owed()?.takeover).toEqual([
    { stream: 's', ids: ['1-0', '2-0'] },
    { stream: 't', ids: ['1-0', '2-0'] },
  ]);
});

test('unsubscribed while entries wait for their decode: they go back, and nothing is read into their places', async () => {
  const decode = () => new Promise(() => undefined);
  const { start, drive, reads, wait, seen } = setUp({ group: GROUP, decode }, stocked(100));
  start();
  drive.tear();
  wait(0);
  expect(reads()).toHaveLength(1);
  expect(seen).toEqual(['closing', 'closed']);
});

test('drained: what waits for its decode is still handed on, then the end', async () => {
  const decode = () => Promise.resolve('value');
  const answers = stocked(2, { drained: true });
  const { start, seen } = setUp({ group: { ...GROUP, noAck: true }, until: 'drained', timeout: 0, decode }, answers);
  start();
  expect(seen).toEqual(['closing']);
  await new Promise((resolve) => setImmediate(resolve));
  expect(seen).toEqual(['closing', 's 1-0', 's 2-0', 'end', 'closed']);
});

test('drained, and the last decode fails after reading has ended: the error is not lost', async () => {
  let decoded = 0;
  const decode = () => (decoded++ === 0 ? Promise.resolve('value') : Promise.reject(new Error('bad')));
  const { start, seen, told } = setUp({ until: 'drained', timeout: 0, decode }, stocked(2, { drained: true }));
  start();
  await new Promise((resolve) => setImmediate(resolve));
  expect(seen.filter((each) => each !== 'closing')).toEqual(['s 1-0', 'error DECODE_FAILED', 'closed']);
  expect(told.at(-1)).toMatchObject({ type: 'closed', error: { code: 'DECODE_FAILED' } });
});

test('a decode that fails at once ends the source, and its entry is left to the next subscription', () => {
  const decode = () => {
    throw new Error('bad');
  };
  const { start, seen, wait, owed } = setUp({ group: GROUP, decode }, stocked(2));
  start();
  wait(0);
  expect(seen).toEqual(['closing', 'error DECODE_FAILED', 'closed']);
  expect(owed()?.takeover).toEqual([{ stream: 's', ids: ['1-0', '2-0'] }]);
});

test('closed while a skipped entry is told: nothing more is read or handed on', () => {
  const decode = () => {
    throw new Error('bad');
  };
  const { start, drive, told, seen, reads } = setUp({ group: GROUP, decode, onInvalid: 'skip' }, stocked(100));
  told.push = (notice) => {
    if (notice.type === 'invalid') drive.tear();
    return Array.prototype.push.call(told, notice);
  };
  start();
  expect(reads()).toHaveLength(1);
  expect(seen).toEqual(['closing', 'closed']);
});

describe('closing while a read is out', () => {
  test('unblocks it, gives back what it still brings, and leaves no timer', () => {
    const { start, drive, wait, port, seen, timers } = setUp({ group: GROUP }, stocked(0));
    start();
    drive.dispatch({ type: 'stop', why: 'signal' });
    expect(port.last('unblock').args).toEqual({ clientId: 7 });
    port.last('read').answer([{ stream: 's', entries: [{ id: '1-0', pairs: ['n', '1'] }] }]);
    wait(0);
    expect(port.last('giveBack').args).toMatchObject({ entries: [{ id: '1-0', count: 0 }] });
    expect(seen).toEqual(['closing', 'end', 'closed']);
    expect(timers()).toBe(0);
    expect(port.disconnects).toBeGreaterThan(0);
  });

  test('that came too early is unblocked again every 20 ms', () => {
    const { start, drive, wait, port } = setUp({ group: GROUP }, { ...stocked(0), unblock: () => false });
    start();
    drive.tear();
    wait(100);
    expect(port.of('unblock')).toHaveLength(6);
  });

  test('where CLIENT UNBLOCK is not allowed, the connection is cut and its reply looked for', () => {
    const unblock = () => {
      throw replyError('NOPERM no');
    };
    const pending = () => [];
    const { start, drive, wait, port, seen } = setUp({ group: GROUP }, { ...stocked(0), unblock, pending });
    start();
    drive.tear();
    wait(0);
    expect(port.of('read')[0]?.dropped).toBe(true);
    expect(port.args<{ after: string }>('pending').map(({ after }) => after)).toEqual(['0-0']);
    expect(seen).toEqual(['closing', 'closed']);
  });
});

test('a lost reply is looked for on a new connection, and only what is unknown comes', () => {
  let reads = 0;
  const answers: Answers = {
    ...stocked(0),
    read: () => {
      if (reads++ > 0) return LATER;
      throw socketError();
    },
    pending: () => [{ id: '5-0', consumer: 'me', idle: 0, count: 1 }],
    renew: () => ({ lost: [], gone: [] }),
    fetch: ({ ids }: { ids: string[] }) => ids.map((id) => ({ id, pairs: ['n', '1'] })),
  };
  const { start, wait, seen, told, port } = setUp({ group: GROUP }, answers);
  start();
  expect(told.at(-1)).toMatchObject({ type: 'retrying', what: 'read', attempt: 1, delay: 50 });
  wait(50);
  expect(seen).toEqual(['s 5-0']);
  expect(told.at(-1)).toEqual({ type: 'recovered', stream: 's', ids: ['5-0'], after: 'lost-reply' });
  expect(port.of('connect')).toHaveLength(2);
  // Once more when the block of the lost read has run out; the entry is held, and does not come again.
  wait(1_300);
  port.last('read').answer([]);
  expect(port.of('pending')).toHaveLength(2);
  expect(seen).toEqual(['s 5-0']);
});

test('the client ends: the source fails at once, with the ids that are not confirmed', () => {
  const answers = { ...stocked(1), ack: () => LATER };
  const { start, wait, seen, port, told, timers } = setUp({ group: GROUP }, answers, (entry) =>
    entry[SETTLEMENT].settle('acked'),
  );
  start();
  wait(0);
  port.end();
  drain(port);
  wait(0);
  expect(seen.at(-1)).toBe('closed');
  expect(seen.some((each) => each === 'error CLIENT_ENDED')).toBe(true);
  expect(told.find(({ type }) => type === 'ack-refused')).toMatchObject({
    error: { code: 'CLIENT_ENDED', unconfirmed: [{ stream: 's', ids: ['1-0'] }] },
  });
  expect(timers()).toBe(0);
});

/** What ioredis does to commands that are out when it ends. */
function drain(port: FakePort): void {
  for (const call of port.calls) if (!call.done && !call.dropped) call.fail(new Error('Connection is closed.'));
}
