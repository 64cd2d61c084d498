/** How a source ends while an asynchronous `decode` is out: it may be slow, and it may never settle. */
import { VirtualTimeScheduler } from 'rxjs';
import { describe, expect, test } from 'vitest';
import type { StreamsError } from '../../src/errors.js';
import type { Notice } from '../../src/notices.js';
import type { Plan } from '../../src/plan.js';
import { SETTLEMENT, type Settlement } from '../../src/settlement.js';
import { Drive } from '../../src/sources/drive.js';
import type { Sink } from '../../src/sources/sink.js';
import { FakePort, LATER, replyError, type Answers } from '../support/fake-port.js';
import { GROUP, PLAN } from '../support/plans.js';

/** One reply of that many entries, and then nothing, or what a blocked read does. */
function setUp(
  entries: number,
  plan: Partial<Plan> = {},
  { then = () => LATER, ...more }: Answers & { then?: () => unknown } = {},
) {
  let read = 0;
  const decoding: ((value: string) => void)[] = [];
  const port = new FakePort({
    lastDelivered: () => '0-0',
    connect: () => 7,
    read: () => {
      if (read++ > 0) return then();
      return [{ stream: 's', entries: Array.from({ length: entries }, (_, i) => ({ id: `${i + 1}-0`, pairs: ['n', '1'] })) }];
    },
    ack: ({ ids }: { ids: string[] }) => ids.length,
    giveBack: ({ entries: back }: { entries: { id: string }[] }) => back.map(({ id }) => id),
    ...more,
  });
  const scheduler = new VirtualTimeScheduler();
  scheduler.maxFrames = 0;
  const told: Notice[] = [];
  const seen: string[] = [];
  const holds: Settlement[] = [];
  /** What the subscriber does. */
  const on: { entry?: (hold: Settlement) => void; end?: () => void } = {};
  const sink: Sink = {
    entry: (entry) => {
      seen.push(entry.id);
      holds.push(entry[SETTLEMENT]);
      on.entry?.(entry[SETTLEMENT]);
    },
    end: (error?: StreamsError) => {
      seen.push(error === undefined ? 'end' : `error ${error.code}`);
      on.end?.();
    },
    nothing: () => seen.push('nothing'),
    left: () => undefined,
    notAdded: () => undefined,
    closing: () => undefined,
    closed: () => seen.push('closed'),
  };
  const decode = () => new Promise<string>((resolve) => decoding.push(resolve));
  const drive: Drive = new Drive(
    { ...PLAN, group: GROUP, bufferSize: 10, refillAt: 9, decode, ...plan, scheduler, notify: (notice) => told.push(notice) },
    { port, dice: () => 1, heldHere: () => false, sink },
  );
  drive.dispatch({ type: 'start' });
  const wait = (ms: number): void => {
    scheduler.maxFrames = scheduler.frame + ms;
    scheduler.flush();
    scheduler.frame = scheduler.maxFrames;
  };
  return {
    port,
    drive,
    told,
    seen,
    holds,
    on,
    wait,
    timers: () => scheduler.actions.length,
    /** What went back, with the count it has now. */
    back: () =>
      port
        .args<{ entries: { id: string; count: number }[] }>('giveBack')
        .flatMap((call) => call.entries.map(({ id, count }) => `${id} ${count}`)),
    /** The oldest decode that is out settles. */
    decoded: async () => {
      decoding.shift()?.('value');
      await new Promise((resolve) => setImmediate(resolve));
      wait(0);
    },
  };
}

const drained: Partial<Plan> = { until: 'drained', timeout: 0 };
const nothing = { then: () => [] };

describe('drained, and the decode never settles', () => {
  test('drainTimeout ends it with an error, and what did not start is given back', () => {
    const { seen, wait, back, told, timers } = setUp(3, drained, nothing);
    wait(2_999);
    expect(seen).toEqual([]);
    wait(1);
    expect(seen).toEqual(['error DRAIN_TIMEOUT', 'closed']);
    expect(told.find(({ type }) => type === 'ack-refused')).toMatchObject({
      error: { code: 'DRAIN_TIMEOUT', message: expect.stringContaining('3 entries are still being worked on') as string },
    });
    expect(told.at(-1)).toMatchObject({ type: 'closed', error: { code: 'DRAIN_TIMEOUT' } });
    expect(back()).toEqual(['1-0 0', '2-0 0', '3-0 0']);
    expect(timers()).toBe(0);
  });

  test('nor may anything come of it later', async () => {
    const { seen, wait, decoded } = setUp(1, drained, nothing);
    wait(3_000);
    await decoded();
    expect(seen).toEqual(['error DRAIN_TIMEOUT', 'closed']);
  });

  test('where nobody owes an ack it ends in the same way', () => {
    const { seen, wait } = setUp(3, { ...drained, group: { ...GROUP, noAck: true } }, nothing);
    wait(3_000);
    expect(seen).toEqual(['error DRAIN_TIMEOUT', 'closed']);
  });

  test('the client is closed: at once, with that error', () => {
    const { seen, port, drive } = setUp(2, drained, nothing);
    port.ended = true;
    drive.dispatch({ type: 'ended', failure: { kind: 'lost', word: '', error: new Error('closed') } });
    expect(seen).toEqual(['error CLIENT_ENDED', 'closed']);
  });
});

test('drained, and each decode is slower than half of drainTimeout: all are handed on', async () => {
  const { seen, wait, decoded, on } = setUp(4, drained, nothing);
  on.entry = (hold) => hold.settle('acked');
  for (let i = 0; i < 4; i++) {
    wait(2_000);
    await decoded();
  }
  expect(seen).toEqual(['1-0', '2-0', '3-0', '4-0', 'end', 'closed']);
});

test('drained: an ack that Redis refuses while entries wait for their decode ends it at once', async () => {
  const ack = () => {
    throw replyError('NOPERM no');
  };
  const { seen, decoded, on, back } = setUp(3, drained, { ...nothing, ack });
  on.entry = (hold) => hold.settle('acked');
  await decoded();
  expect(seen).toEqual(['1-0', 'error ACK_REFUSED', 'closed']);
  expect(back()).toEqual(['2-0 0', '3-0 0']);
});

test('a signal: it ends at once, not when the decode does', async () => {
  const { drive, seen, back, wait, decoded, port } = setUp(3);
  drive.dispatch({ type: 'stop', why: 'signal' });
  expect(seen).toEqual(['end']);
  // The block is over.
  port.last('read').fail(replyError('UNBLOCKED'));
  wait(0);
  expect(back()).toEqual(['1-0 0', '2-0 0', '3-0 0']);
  await decoded();
  expect(seen).toEqual(['end', 'closed']);
});

test('a refusal of Redis is told at once', () => {
  const refused = {
    then: () => {
      throw replyError('WRONGTYPE Operation against a key holding the wrong kind of value');
    },
  };
  const { seen, back } = setUp(3, {}, refused);
  expect(seen).toEqual(['error WRONG_TYPE', 'closed']);
  expect(back()).toEqual(['1-0 0', '2-0 0', '3-0 0']);
});

describe('drained, and unsubscribed before all of it is handed on', () => {
  test('the rest goes back at once, nothing is handed on any more, and the end is not told', async () => {
    const { drive, seen, back, wait, decoded, holds, timers } = setUp(4, drained, nothing);
    await decoded();
    drive.tear();
    wait(0);
    expect(back()).toEqual(['2-0 0', '3-0 0', '4-0 0']);
    expect(holds.map(({ session }) => session.torn)).toEqual([true]);
    await decoded();
    expect(seen).toEqual(['1-0', 'closed']);
    expect(timers()).toBe(0);
  });

  test('inside next, what had come is still to be worked on', async () => {
    const { drive, seen, back, decoded, holds, on } = setUp(3, drained, nothing);
    on.entry = (hold) => {
      hold.take();
      drive.tear();
    };
    await decoded();
    expect(seen).toEqual(['1-0']);
    expect(back()).toEqual(['2-0 0', '3-0 0']);
    expect(holds.map(({ session }) => session.torn)).toEqual([false]);
    holds[0]?.settle('acked');
    await decoded();
    expect(seen).toEqual(['1-0', 'closed']);
  });

  test('inside next, aborted before: the end is not told any more', async () => {
    const { drive, seen, decoded, holds, on } = setUp(3);
    on.entry = () => {
      drive.dispatch({ type: 'stop', why: 'signal' });
      drive.tear();
    };
    await decoded();
    expect(seen).toEqual(['1-0']);
    expect(holds.map(({ session }) => session.torn)).toEqual([false]);
  });
});

test('what RxJS does after the end, it unsubscribes, is no unsubscription from outside', async () => {
  const { drive, seen, decoded, holds, on } = setUp(1, drained, nothing);
  on.entry = (hold) => hold.take();
  on.end = () => drive.tear();
  await decoded();
  expect(seen).toEqual(['1-0', 'end']);
  expect(holds.map(({ session }) => session.torn)).toEqual([false]);
});
