import { describe, expect, test } from 'vitest';
import type { GroupPlan, Plan } from '../../src/plan.js';
import { Seats, seatsOf, whenIdle } from '../../src/sources/seats.js';
import type { Owed } from '../../src/streams/effects.js';
import { GROUP, PLAN } from '../support/plans.js';

const NOTHING: Owed = { anchors: [], floors: [], wait: 0, takeover: [] };

function planOf(streams: string[], group: GroupPlan | undefined = GROUP): Plan {
  return { ...PLAN, group, streams: streams.map((stream) => ({ stream, start: undefined })) };
}

/** Sits down, and notes what it is given once the seat is free. */
function sit(seats: Seats, plan: Plan) {
  const occupant = seats.sit(plan);
  const given: (Owed | undefined)[] = [];
  seats.whenFree(occupant, plan, (owed) => given.push(owed));
  return {
    given,
    close: () => (occupant.closing = true),
    leave: (owed: Partial<Owed> = {}) => {
      occupant.closing = true;
      seats.leave(occupant, plan, { ...NOTHING, ...owed });
    },
  };
}

describe('one reader under one name', () => {
  test('a second one while the first is alive is CONSUMER_IN_USE, whichever stream they share', () => {
    const seats = new Seats();
    sit(seats, planOf(['a', 'b']));
    expect(() => seats.sit(planOf(['c', 'b']))).toThrow(expect.objectContaining({ code: 'CONSUMER_IN_USE' }));
    expect(() => seats.sit(planOf(['b']))).toThrow('Consumer me of group g is reading b already');
    expect(sit(seats, planOf(['c'])).given).toHaveLength(1);
  });

  test.each<[string, GroupPlan | undefined]>([
    ['another consumer', { ...GROUP, consumer: 'you' }],
    ['another group', { ...GROUP, name: 'h' }],
    ['no group', undefined],
  ])('%s is welcome', (_, group) => {
    const seats = new Seats();
    sit(seats, planOf(['a']));
    const other: Plan = { ...planOf(['a']), group };
    expect(sit(seats, other).given).toHaveLength(1);
  });

  test('names that look alike when glued together are different seats', () => {
    const seats = new Seats();
    sit(seats, planOf(['a'], { ...GROUP, name: 'b","c', consumer: 'd' }));
    expect(sit(seats, planOf(['a'], { ...GROUP, name: 'b', consumer: 'c","d' })).given).toHaveLength(1);
  });

  test('two of one checkpoint would take it from each other: the hash for all of its streams, a store for each', () => {
    const store = { load: () => undefined, save: () => undefined };
    const plan = (checkpoint: Plan['checkpoint'], stream: string): Plan => ({
      ...planOf([stream]),
      group: undefined,
      checkpoint,
    });
    const seats = new Seats();
    const first = sit(seats, plan('reports', 'a'));
    expect(() => seats.sit(plan('reports', 'b'))).toThrow('Checkpoint reports is in use already');
    expect(sit(seats, plan('others', 'a')).given).toHaveLength(1);
    expect(sit(seats, plan(undefined, 'a')).given).toHaveLength(1);
    expect(sit(seats, plan(store, 'a')).given).toHaveLength(1);
    expect(sit(seats, plan(store, 'b')).given).toHaveLength(1);
    expect(() => seats.sit(plan(store, 'a'))).toThrow(expect.objectContaining({ code: 'CONSUMER_IN_USE' }));
    expect(sit(seats, plan({ ...store }, 'a')).given).toHaveLength(1);
    first.close();
    const next = sit(seats, plan('reports', 'b'));
    expect(next.given).toEqual([]);
    first.leave();
    expect(next.given).toEqual([undefined]);
  });

  test('a refused one leaves no trace', async () => {
    const seats = new Seats();
    const first = sit(seats, planOf(['b']));
    expect(() => seats.sit(planOf(['a', 'b']))).toThrow();
    expect(sit(seats, planOf(['a'])).given).toHaveLength(1);
    first.leave();
    expect(sit(seats, planOf(['b'])).given).toHaveLength(1);
  });

  test('a stream added later needs a seat too', () => {
    const seats = new Seats();
    sit(seats, planOf(['a']));
    const plan = planOf(['b']);
    const other = seats.sit(plan);
    expect(() => seats.addSeat(other, plan, 'a')).toThrow(expect.objectContaining({ code: 'CONSUMER_IN_USE' }));
    seats.addSeat(other, plan, 'c');
    expect(() => seats.sit(planOf(['c']))).toThrow();
  });
});

describe('a stream that is added', () => {
  const owed: Owed = { anchors: [['b', '7-0']], floors: [['b', '5-0']], wait: 100, takeover: [{ stream: 'b', ids: ['1-0'] }] };
  /** Somebody who sits on `a` and wants `b` too. */
  function adding(seats: Seats) {
    const plan = planOf(['a']);
    const me = seats.sit(plan);
    const given: (Owed | undefined)[] = [];
    seats.addSeat(me, plan, 'b');
    seats.whenFree(me, planOf(['b']), (left) => given.push(left));
    return { me, plan, given };
  }

  test('comes with what the one before left there', () => {
    const seats = new Seats(() => 0);
    sit(seats, planOf(['b'])).leave(owed);
    expect(adding(seats).given).toEqual([owed]);
  });

  test('waits for one that is closing there', () => {
    const seats = new Seats(() => 0);
    const first = sit(seats, planOf(['b']));
    first.close();
    const { given } = adding(seats);
    expect(given).toEqual([]);
    first.leave(owed);
    expect(given).toEqual([owed]);
  });

  test('to one that is closing by then leaves all to the next', () => {
    const seats = new Seats(() => 0);
    const first = sit(seats, planOf(['b']));
    first.close();
    const { me, plan, given } = adding(seats);
    me.closing = true;
    first.leave(owed);
    expect(given).toEqual([]);
    const third = sit(seats, planOf(['b']));
    seats.leave(me, plan, NOTHING);
    expect(third.given).toEqual([owed]);
  });

  test('to one that leaves while it waits stays with the one that closes', () => {
    const seats = new Seats(() => 0);
    const first = sit(seats, planOf(['b']));
    first.close();
    const { me, plan } = adding(seats);
    seats.leave(me, plan, NOTHING);
    const third = sit(seats, planOf(['b']));
    expect(third.given).toEqual([]);
    first.leave(owed);
    expect(third.given).toEqual([owed]);
  });

  test('and given up is free for others, with what was left there', () => {
    const seats = new Seats(() => 0);
    sit(seats, planOf(['b'])).leave(owed);
    const { me, plan, given } = adding(seats);
    seats.giveUpSeat(me, plan, { stream: 'b', owed: given[0] });
    expect(sit(seats, planOf(['b'])).given).toEqual([owed]);
    expect(() => seats.sit(planOf(['a']))).toThrow(expect.objectContaining({ code: 'CONSUMER_IN_USE' }));
  });
});

describe('waiting for one that is closing', () => {
  test('the next one has the seat from now on, and may use it when the other has left', () => {
    const seats = new Seats(() => 0);
    const first = sit(seats, planOf(['a']));
    first.close();
    const second = sit(seats, planOf(['a']));
    expect(second.given).toEqual([]);
    expect(() => seats.sit(planOf(['a']))).toThrow(expect.objectContaining({ code: 'CONSUMER_IN_USE' }));
    first.leave();
    expect(second.given).toHaveLength(1);
  });

  test('it waits for all that are in its way', () => {
    const seats = new Seats(() => 0);
    const [a, b] = [sit(seats, planOf(['a'])), sit(seats, planOf(['b']))];
    a.close();
    b.close();
    const both = sit(seats, planOf(['a', 'b']));
    b.leave();
    expect(both.given).toEqual([]);
    a.leave();
    expect(both.given).toHaveLength(1);
  });

  test('who gives up waiting gets no call, and leaves the seat to the one that closes', () => {
    const seats = new Seats(() => 0);
    const first = sit(seats, planOf(['a']));
    first.close();
    const second = sit(seats, planOf(['a', 'b']));
    second.leave();
    const third = sit(seats, planOf(['a']));
    expect(third.given).toEqual([]);
    expect(sit(seats, planOf(['b'])).given).toHaveLength(1);
    first.leave();
    expect(second.given).toEqual([]);
    expect(third.given).toHaveLength(1);
  });

  test('leaving twice is harmless', () => {
    const seats = new Seats(() => 0);
    const first = sit(seats, planOf(['a']));
    first.leave();
    const second = sit(seats, planOf(['a']));
    first.leave();
    expect(second.given).toHaveLength(1);
    expect(() => seats.sit(planOf(['a']))).toThrow();
  });
});

describe('what one leaves undone', () => {
  const owed: Owed = {
    anchors: [['a', '9-0']],
    floors: [['a', '5-0']],
    wait: 100,
    takeover: [{ stream: 'a', ids: ['1-0', '2-0'] }],
  };

  test('goes to the next of the same name, once', () => {
    const seats = new Seats(() => 0);
    sit(seats, planOf(['a'])).leave(owed);
    const second = sit(seats, planOf(['a']));
    expect(second.given).toEqual([owed]);
    second.leave();
    expect(sit(seats, planOf(['a'])).given).toEqual([NOTHING]);
  });

  test('is kept per stream, wherever the next one reads it', () => {
    const seats = new Seats(() => 0);
    const takeover = [
      { stream: 'a', ids: ['1-0'] },
      { stream: 'b', ids: ['7-0'] },
    ];
    sit(seats, planOf(['a', 'b'])).leave({ takeover });
    expect(sit(seats, planOf(['b', 'c'])).given).toEqual([{ ...NOTHING, takeover: [takeover[1]] }]);
    expect(sit(seats, planOf(['a'])).given).toEqual([{ ...NOTHING, takeover: [takeover[0]] }]);
  });

  test('of two that left before the next came is put together: the last anchor, the lowest floor, the longest wait, every id once', () => {
    const seats = new Seats(() => 0);
    const two = planOf(['a']);
    sit(seats, two).leave(owed);
    const between = seats.sit(two);
    // Left before it ever ran.
    seats.leave(between, two, {
      anchors: [['a', '10-0']],
      floors: [['a', '3-0']],
      wait: 50,
      takeover: [{ stream: 'a', ids: ['2-0', '3-0'] }],
    });
    expect(sit(seats, two).given).toEqual([
      { anchors: [['a', '10-0']], floors: [['a', '3-0']], wait: 100, takeover: [{ stream: 'a', ids: ['1-0', '2-0', '3-0'] }] },
    ]);
  });

  test('the wait for a server that may still deliver runs on while nobody is there', () => {
    let now = 1_000;
    const seats = new Seats(() => now);
    sit(seats, planOf(['a'])).leave(owed);
    now += 30;
    const second = sit(seats, planOf(['a']));
    expect(second.given).toMatchObject([{ wait: 70 }]);
    second.leave({ ...owed, wait: 70 });
    now += 5_000;
    expect(sit(seats, planOf(['a'])).given).toMatchObject([{ floors: [['a', '5-0']], wait: 0 }]);
  });

  test('is remembered of the thousand that left last', () => {
    const seats = new Seats(() => 0);
    const named = (i: number) => planOf(['a'], { ...GROUP, consumer: `c${i}` });
    for (let i = 0; i <= 1_000; i++) sit(seats, named(i)).leave(owed);
    expect(sit(seats, named(0)).given).toEqual([NOTHING]);
    expect(sit(seats, named(1)).given).toEqual([owed]);
    // Who comes back is the newest again.
    sit(seats, named(2)).leave(owed);
    for (let i = 1_001; i <= 1_002; i++) sit(seats, named(i)).leave(owed);
    expect(sit(seats, named(2)).given).toEqual([owed]);
  });

  test('under a generated name stays with its source', () => {
    const seats = new Seats(() => 0);
    const source = planOf(['a'], { ...GROUP, consumer: 'host-1', generated: true });
    sit(seats, source).leave(owed);
    const twin = planOf(['a'], { ...GROUP, consumer: 'host-2', generated: true });
    expect(sit(seats, twin).given).toEqual([NOTHING]);
    expect(sit(seats, source).given).toEqual([owed]);
  });

  test('without a group is nothing', () => {
    const seats = new Seats(() => 0);
    const alone: Plan = { ...planOf(['a']), group: undefined };
    sit(seats, alone).leave(owed);
    expect(sit(seats, alone).given).toEqual([undefined]);
  });
});

describe('whenIdle', () => {
  test('resolves at once where nothing is open', async () => {
    await whenIdle({});
  });

  test('resolves with the last that leaves, groups and readers alike', async () => {
    const client = {};
    const seats = seatsOf(client);
    expect(seatsOf(client)).toBe(seats);
    const [reader, consumer] = [sit(seats, { ...planOf(['a']), group: undefined }), sit(seats, planOf(['a']))];
    let idle = 0;
    void whenIdle(client).then(() => (idle += 1));
    void whenIdle(client).then(() => (idle += 1));
    reader.leave();
    await Promise.resolve();
    expect(idle).toBe(0);
    consumer.leave();
    await Promise.resolve();
    expect(idle).toBe(2);
  });

  test('one that waits for its seat is open too', async () => {
    const client = {};
    const seats = seatsOf(client);
    const first = sit(seats, planOf(['a']));
    first.close();
    const second = sit(seats, planOf(['a']));
    let idle = false;
    void whenIdle(client).then(() => (idle = true));
    first.leave();
    await Promise.resolve();
    expect(idle).toBe(false);
    second.leave();
    await Promise.resolve();
    expect(idle).toBe(true);
  });
});
