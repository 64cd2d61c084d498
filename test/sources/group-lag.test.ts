import { mergeMap, type Subscription, take, VirtualTimeScheduler } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { planLag } from '../../src/check-lag-options.js';
import type { StreamsError } from '../../src/errors.js';
import type { GroupLag } from '../../src/lag.js';
import type { Notice } from '../../src/notices.js';
import { watchLag } from '../../src/sources/watch-lag.js';
import type { Standing } from '../../src/standing.js';
import { FakePort, LATER, replyError, socketError, type Answers } from '../support/fake-port.js';
import { STANDING } from '../support/standings.js';

const NOW = 1_700_000_000_000;
/** The group has got all there is: one command for each stream, and TIME. */
const CALM: Standing = { ...STANDING, delivered: '10-0', reported: 0 };
const calm: Answers = { standing: () => CALM, time: () => NOW };

function setUp(answers: Answers, { streams = ['s'], every = 1_000 }: { streams?: string[]; every?: number } = {}) {
  const port = new FakePort(answers);
  const scheduler = new VirtualTimeScheduler();
  scheduler.maxFrames = 0;
  const told: Notice[] = [];
  const seen: (GroupLag | StreamsError)[] = [];
  const plan = planLag({ streams, group: 'g', every, scheduler, notify: (notice: Notice) => told.push(notice) });
  const lag$ = watchLag(plan, { port, dice: () => 1 });
  return {
    ...{ port, told, seen, lag$ },
    subscribe: (): Subscription =>
      lag$.subscribe({ next: (lag) => seen.push(lag), error: (error: unknown) => seen.push(error as StreamsError) }),
    timers: () => scheduler.actions.length,
    wait: (ms: number) => {
      scheduler.maxFrames = scheduler.frame + ms;
      scheduler.flush();
      scheduler.frame = scheduler.maxFrames;
    },
    sent: () => port.calls.map(({ command }) => command),
  };
}
const lags = (seen: readonly (GroupLag | StreamsError)[]) => seen.map((each) => ('total' in each ? each.total.lag : each.code));

describe('looks', () => {
  test('at subscription, and then every so often; nothing before', () => {
    const { port, subscribe, seen, wait, sent } = setUp(calm);
    expect(port.calls).toEqual([]);
    subscribe();
    expect([sent(), seen.length]).toEqual([['standing', 'time'], 1]);
    wait(999);
    expect(seen).toHaveLength(1);
    wait(1);
    expect(seen).toHaveLength(2);
    wait(3_000);
    expect([seen.length, port.calls.length]).toEqual([5, 10]);
  });

  test('has each stream in the order asked for, when it was taken, and the total', () => {
    const standings: Record<string, Standing> = {
      a: { ...CALM, pending: 2, oldestPending: `${NOW - 500}-0`, consumers: [{ name: 'c', pending: 2, seenAt: NOW - 40 }] },
      b: { ...STANDING, delivered: '0-0', first: `${NOW - 2_000}-0`, lastGenerated: `${NOW}-0` },
    };
    const { subscribe, seen } = setUp(
      { standing: ({ stream }: { stream: string }) => standings[stream], time: () => NOW },
      { streams: ['b', 'a'] },
    );
    subscribe();
    expect(seen).toEqual([
      {
        at: NOW,
        streams: [
          {
            ...{ stream: 'b', group: 'g', length: 10, lag: 10, lagIs: 'exact', pending: 0 },
            ...{ oldestPendingAge: undefined, behind: 2, consumers: [] },
          },
          {
            ...{ stream: 'a', group: 'g', length: 10, lag: 0, lagIs: 'exact', pending: 2 },
            ...{ oldestPendingAge: 500, behind: 0, consumers: [{ name: 'c', pending: 2, idle: 40 }] },
          },
        ],
        total: { length: 20, lag: 10, lagIs: 'exact', pending: 2, oldestPendingAge: 500, behind: 2 },
      },
    ]);
  });

  test('are never two at once: what is due while one is out is left out', () => {
    const { port, subscribe, seen, wait } = setUp({ ...calm, standing: () => LATER });
    subscribe();
    wait(3_500);
    expect(port.of('standing')).toHaveLength(1);
    port.last('standing').answer(CALM);
    expect(seen).toHaveLength(1);
    expect(port.of('standing')).toHaveLength(1); // not in the same moment, but when the next is due
    wait(500);
    expect(port.of('standing')).toHaveLength(2);
  });

  test('two subscriptions look on their own', () => {
    const { port, subscribe, seen, wait } = setUp(calm);
    const one = subscribe();
    subscribe();
    expect([seen.length, port.of('time').length]).toEqual([2, 2]);
    one.unsubscribe();
    wait(1_000);
    expect(seen).toHaveLength(3);
  });

  test('two thousand looks leave one timer and one listener', () => {
    const { port, subscribe, timers, wait, seen } = setUp(calm, { every: 1 });
    subscribe();
    wait(2_000);
    expect([seen.length, timers(), port.listeners]).toEqual([2_001, 1, 1]);
  });
});

describe('what is ahead', () => {
  test('is counted once, and then followed by what Redis counts; the first of it tells how far behind', () => {
    let standing: Standing = { ...STANDING, reported: 13 };
    const counts = [{ count: 6, first: `${NOW - 1_500}-0` }, { count: 1, first: `${NOW - 250}-0` }]; // prettier-ignore
    const { port, subscribe, seen, wait } = setUp({ ...calm, standing: () => standing, countEntries: () => counts.shift() });
    subscribe();
    standing = { ...standing, delivered: '8-0', reported: 9 };
    wait(1_000);
    expect(port.args('countEntries')).toEqual([
      { stream: 's', after: '4-0', to: '10-0', most: 10_000 },
      { stream: 's', after: '8-0', to: '10-0', most: 1 },
    ]);
    expect(seen).toMatchObject([
      { total: { lag: 6, lagIs: 'exact', behind: 1.5 } },
      { total: { lag: 2, lagIs: 'exact', behind: 0.25 } },
    ]);
  });

  test('is told as at least what may be counted', () => {
    const standing = { ...STANDING, length: 50_000, reported: undefined };
    const { subscribe, seen } = setUp({
      ...calm,
      standing: () => standing,
      countEntries: () => ({ count: 10_000, first: '5-0' }),
    });
    subscribe();
    expect(seen).toMatchObject([{ total: { lag: 10_000, lagIs: 'at-least', length: 50_000 } }]);
  });

  test('has gone by the time it is asked for: nothing is ahead', () => {
    const { subscribe, seen } = setUp({
      ...calm,
      standing: () => STANDING,
      countEntries: () => ({ count: 0, first: undefined }),
    });
    subscribe();
    expect(seen).toMatchObject([{ total: { lag: 0, lagIs: 'exact', behind: 0 } }]);
  });

  test('is known to one subscription only', () => {
    const { port, subscribe } = setUp({
      ...calm,
      standing: () => STANDING,
      countEntries: () => ({ count: 6, first: '5-0' }),
    });
    subscribe();
    subscribe();
    expect(port.args<{ most: number }>('countEntries').map(({ most }) => most)).toEqual([10_000, 10_000]);
  });
});

describe('failures', () => {
  test('of the connection are tried again with a growing delay and told; an answer begins anew', () => {
    let down = true;
    const fail = (): never => {
      throw socketError();
    };
    const { subscribe, seen, told, wait } = setUp({ ...calm, standing: () => (down ? fail() : CALM) });
    subscribe();
    wait(50 + 100);
    down = false;
    wait(200);
    expect(seen).toHaveLength(1);
    wait(650); // the next is due at 1,000
    expect(seen).toHaveLength(2);
    down = true;
    wait(1_000);
    expect(told).toMatchObject(
      [[1, 50], [2, 100], [3, 200], [1, 50]].map(([attempt, delay]) => ({ type: 'retrying', what: 'lag', attempt, delay })), // prettier-ignore
    );
    expect((told[0] as { error: Error }).error).toMatchObject({ code: 'ECONNRESET' });
  });

  test('are tried again every 5 s at most, for ever, and no look that is due comes between', () => {
    const { port, subscribe, seen, told, wait } = setUp({
      ...calm,
      time: () => {
        throw replyError('LOADING Redis is loading the dataset in memory');
      },
    });
    subscribe();
    wait(60_000);
    expect(seen).toEqual([]);
    expect(told.map((notice) => (notice as { delay: number }).delay).slice(0, 9)).toEqual([
      ...[50, 100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000],
    ]);
    expect(port.of('time')).toHaveLength(told.length);
  });

  test.each([
    [
      'no group, or no stream',
      { standing: () => undefined },
      'NO_GROUP',
      /stream t has no group g.*XGROUP CREATE t g \$ MKSTREAM/i,
    ],
    ['no rights', { standing: refuse('NOPERM this user has no permissions') }, 'NOT_ALLOWED', /stream 't' group 'g'/],
    ['no stream at that key', { standing: refuse('WRONGTYPE Operation against') }, 'WRONG_TYPE', /stream 't'/],
    ['no right to ask for the time', { time: refuse('NOPERM no TIME for you') }, 'NOT_ALLOWED', /group 'g'/],
    ['no group, in the words of Redis', { standing: refuse('NOGROUP No such key') }, 'NO_GROUP', /stream 't' group 'g'/],
    ['anything else', { standing: refuse('ERR syntax error') }, 'REFUSED', /syntax error/],
  ])('for good end it: %s', (_, answers, code, message) => {
    const { port, subscribe, seen, timers, wait } = setUp({ ...calm, ...answers }, { streams: ['t'] });
    subscribe();
    expect(lags(seen)).toEqual([code]);
    expect((seen[0] as StreamsError).message).toMatch(message);
    const sent = port.calls.length;
    wait(10_000);
    expect([port.calls.length - sent, timers(), port.listeners]).toEqual([0, 0, 0]);
  });

  test('of one stream name that one, and drop the answers of the others', () => {
    const { port, subscribe, seen } = setUp({ time: () => NOW }, { streams: ['a', 'b'] });
    subscribe();
    port.of('standing')[1]?.answer(undefined);
    expect((seen[0] as StreamsError).message).toContain('Stream b has no group g');
    expect(port.of('standing')[0]?.dropped).toBe(true);
  });

  test('a client that is closed: at once, also between two looks', () => {
    const { port, subscribe, seen, timers, wait } = setUp(calm);
    subscribe();
    wait(500);
    port.end();
    expect(lags(seen)).toEqual([0, 'CLIENT_ENDED']);
    expect([timers(), port.listeners]).toEqual([0, 0]);
  });

  test('a client that was closed before', () => {
    const { port, subscribe, seen } = setUp({ ...calm, standing: () => { throw new Error('Connection is closed.'); } }); // prettier-ignore
    port.ended = true;
    subscribe();
    expect(lags(seen)).toEqual(['CLIENT_ENDED']);
    expect((seen[0] as StreamsError).cause).toMatchObject({ message: 'Connection is closed.' });
  });

  test('a group that vanishes later ends it; whoever subscribes again begins anew', () => {
    let there = true;
    const { subscribe, seen, wait } = setUp({ ...calm, standing: () => (there ? CALM : undefined) });
    subscribe();
    there = false;
    wait(1_000);
    there = true;
    subscribe();
    expect(lags(seen)).toEqual([0, 'NO_GROUP', 0]);
  });
});

describe('unsubscribing leaves nothing', () => {
  test.each<[string, Answers, number]>([
    ['between two looks', calm, 500],
    ['while a look is out', { ...calm, standing: () => LATER }, 1_500],
    ['while the time is asked for', { ...calm, time: () => LATER }, 0],
    ['while entries are counted', { ...calm, standing: () => STANDING, countEntries: () => LATER }, 0],
    ['while it waits to try again', { ...calm, standing: refuse('LOADING') }, 20],
  ])('%s', (_, answers, after) => {
    const { port, subscribe, timers, wait, seen } = setUp(answers);
    const subscription = subscribe();
    wait(after);
    const before = seen.length;
    subscription.unsubscribe();
    const sent = port.calls.length;
    for (const call of port.calls) if (!call.done) call.answer(CALM);
    wait(10_000);
    expect([port.calls.length - sent, seen.length - before, timers(), port.listeners]).toEqual([0, 0, 0, 0]);
  });

  test('inside the first next, which comes before subscribe returns', () => {
    const { port, lag$, timers, wait } = setUp(calm);
    const seen: GroupLag[] = [];
    lag$.pipe(take(1)).subscribe((lag) => seen.push(lag));
    wait(10_000);
    expect([seen.length, port.of('standing').length, timers(), port.listeners]).toEqual([1, 1, 0, 0]);
  });

  test('inside notify, which is about to set a timer', () => {
    const { port, subscribe, told, timers, wait } = setUp({ ...calm });
    const subscription = subscribe();
    port.answers.standing = refuse('LOADING');
    const { push } = told;
    told.push = (...notices) => {
      subscription.unsubscribe();
      return push.apply(told, notices);
    };
    wait(10_000);
    expect([told.length, port.of('standing').length, timers(), port.listeners]).toEqual([1, 2, 0, 0]);
  });

  test('and so does a subscriber that throws', () => {
    const { port, lag$, timers, wait } = setUp(calm);
    const boom = new Error('boom');
    const seen: unknown[] = [];
    lag$
      .pipe(
        mergeMap(() => {
          throw boom;
        }),
      )
      .subscribe({ error: (error: unknown) => seen.push(error) });
    wait(10_000);
    expect([seen, port.of('standing').length, timers(), port.listeners]).toEqual([[boom], 1, 0, 0]);
  });
});

test('whoever subscribes inside next looks on his own', () => {
  const { port, lag$, wait } = setUp(calm);
  let inner: Subscription | undefined;
  let count = 0;
  const outer = lag$.subscribe(() => {
    inner ??= lag$.subscribe(() => (count += 1));
  });
  wait(2_000);
  expect([count, port.of('standing').length]).toEqual([3, 6]);
  outer.unsubscribe();
  inner?.unsubscribe();
  expect(port.listeners).toBe(0);
});

function refuse(message: string) {
  return () => {
    throw replyError(message);
  };
}
