import { VirtualTimeScheduler } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { AckSession } from '../../src/acks/session.js';
import type { SessionEnv } from '../../src/acks/session-env.js';
import type { AckError } from '../../src/errors.js';
import type { Notice } from '../../src/notices.js';
import type { Plan, RedeliverPlan } from '../../src/plan.js';
import { isSettleable, SETTLEMENT } from '../../src/settlement.js';
import { StreamEntry } from '../../src/sources/delivery.js';
import { FakePort, replyError } from '../support/fake-port.js';
import { REDELIVER } from '../streams/script.js';
import { GROUP, PLAN } from '../support/plans.js';
import { nothingUnhandled } from '../support/nothing-unhandled.js';

function setUp(plan: Partial<Plan> = { group: GROUP }) {
  const port = new FakePort();
  const soon = new VirtualTimeScheduler();
  const told: Notice[] = [];
  const refused: AckError[] = [];
  const nacked: Parameters<SessionEnv['nacked']>[0][] = [];
  let changes = 0;
  const session = new AckSession(
    { ...PLAN, ...plan },
    {
      port,
      soon,
      scheduler: new VirtualTimeScheduler(),
      dice: () => 1,
      tell: (notice) => told.push(notice),
      changed: () => (changes += 1),
      refused: (error) => refused.push(error),
      nacked: (entry) => nacked.push(entry),
    },
  );
  return {
    port,
    session,
    told,
    refused,
    nacked,
    changes: () => changes,
    turn: () => {
      soon.flush();
    },
    entry: (id: string, attempt = 1) => new StreamEntry(session.open(session.bookFor('s'), { id, attempt }), ['a', '1'], 'fresh'),
    count: () => {
      const { held, taken, unconfirmed, settled } = session.ledger;
      return { held, taken, unconfirmed, settled };
    },
  };
}

nothingUnhandled();

describe('settling', () => {
  test('the first call wins', async () => {
    const { entry, count, turn, port } = setUp();
    const { ack, nack, reject } = entry('1-0');
    const acked = ack();
    nack();
    await reject();
    expect(count()).toEqual({ held: 0, taken: 0, unconfirmed: 1, settled: 1 });
    turn();
    port.last('ack').answer(1);
    await acked;
    await ack();
    expect(port.calls).toHaveLength(1);
  });

  test('an entry counts as taken from take() to its settlement, however often it is taken', () => {
    const { entry, count, session } = setUp();
    const hold = entry('1-0')[SETTLEMENT];
    hold.take();
    hold.take();
    expect(count()).toMatchObject({ held: 1, taken: 1 });
    hold.settle('nacked');
    hold.take();
    expect(count()).toEqual({ held: 0, taken: 0, unconfirmed: 0, settled: 1 });
    expect(session.ledger.books.get('s')?.left.size).toBe(0);
  });

  test('reject() without a dead-letter stream says so, and settles nothing', async () => {
    const { entry, count } = setUp();
    const cause = new Error('bad');
    await expect(entry('1-0').reject(cause)).rejects.toMatchObject({ code: 'NO_DEAD_LETTER', cause });
    expect(count()).toMatchObject({ held: 1, settled: 0 });
    void entry('2-0').reject();
  });

  test('every settlement tells that the window changed', () => {
    const { entry, changes } = setUp();
    entry('1-0').nack();
    expect(changes()).toBe(1);
  });

  test('settlements are found through mapped entries, and by whoever asks', () => {
    const { entry } = setUp();
    const first = entry('1-0');
    const mapped = first.mapValue(() => 5);
    expect(isSettleable(mapped)).toBe(true);
    expect(mapped[SETTLEMENT]).toBe(first[SETTLEMENT]);
  });
});

describe('where nobody owes an ack', () => {
  test.each<[string, Partial<Plan>]>([
    ['fromStreams', {}],
    ['autoAcknowledge', { group: { ...GROUP, noAck: true } }],
  ])('%s: an entry that no stage took leaves the window with its next; a taken one stays', (_, plan) => {
    const { session, count, port, turn } = setUp(plan);
    const [free, taken] = ['1-0', '2-0'].map((id) => session.open(session.bookFor('s'), { id }));
    taken?.take();
    if (free && taken) [free, taken].forEach((hold) => session.passed(hold));
    expect(count()).toMatchObject({ held: 1, taken: 1 });
    taken?.settle('acked');
    turn();
    expect(count()).toEqual({ held: 0, taken: 0, unconfirmed: 0, settled: 2 });
    expect(port.calls).toEqual([]);
  });

  test("settle: 'manual' keeps an entry until its ack, which resolves at once", async () => {
    const { session, count, port, turn } = setUp({ settle: 'manual' });
    const hold = session.open(session.bookFor('s'), { id: '1-0' });
    session.passed(hold);
    expect(count()).toMatchObject({ held: 1 });
    await new StreamEntry(hold, [], 'fresh').ack();
    turn();
    expect(count()).toMatchObject({ held: 0, unconfirmed: 0 });
    expect(port.calls).toEqual([]);
  });
});

describe('with a checkpoint', () => {
  const kept: Partial<Plan> = { checkpoint: 'reports', settle: 'manual' };
  const saved = (port: FakePort) =>
    port.args<{ positions: ReadonlyMap<string, { id: string }> }>('savePositions').map(({ positions }) => positions.get('s')?.id);

  test('an entry counts until it is settled, and the ack resolves once the position is saved', async () => {
    const { session, entry, count, turn, port } = setUp(kept);
    session.saving?.begin('s', { id: '0-0', added: undefined });
    const [one, two] = ['1-0', '2-0'].map((id) => entry(id));
    if (one && two) [one, two].forEach((each) => session.passed(each[SETTLEMENT]));
    expect(count()).toMatchObject({ held: 2 });
    await two?.ack();
    expect(count()).toMatchObject({ held: 1, unconfirmed: 0 });
    const acked = one?.ack();
    expect(count()).toMatchObject({ held: 0, unconfirmed: 2 });
    turn();
    expect(saved(port)).toEqual(['2-0']);
    port.last('savePositions').answer('saved');
    await acked;
    expect(count()).toMatchObject({ unconfirmed: 0 });
    expect(port.of('ack')).toEqual([]);
  });

  test('confirmed completes with the save, however it ends, and at once where nothing is to be saved', () => {
    const { session, entry, turn, port, refused } = setUp(kept);
    session.saving?.begin('s', { id: '0-0', added: undefined });
    const seen: string[] = [];
    const listen = (name: string) => session.confirmed.subscribe({ complete: () => seen.push(name) });
    const [one, two, three] = ['1-0', '2-0', '3-0'].map((id) => entry(id)[SETTLEMENT]);
    two?.settle('acked');
    listen('nothing to save');
    one?.settle('acked');
    listen('one');
    turn();
    three?.settle('acked');
    listen('three');
    expect(seen).toEqual(['nothing to save']);
    port.last('savePositions').answer('saved');
    expect(seen).toEqual(['nothing to save', 'one']);
    turn();
    port.last('savePositions').answer('taken');
    expect(seen).toEqual(['nothing to save', 'one', 'three']);
    expect(refused).toMatchObject([{ code: 'CHECKPOINT_TAKEN' }]);
  });

  test('what came too late to be handed on holds the position below it', () => {
    const { session, entry, turn, port } = setUp(kept);
    session.saving?.begin('s', { id: '0-0', added: undefined });
    const one = entry('1-0');
    session.release('s', [{ id: '2-0' }, { id: '3-0' }]);
    one[SETTLEMENT].settle('acked');
    turn();
    expect(saved(port)).toEqual(['1-0']);
  });

  test('an id that comes again in a stream made anew: the ack of the older entry says nothing of the newer', () => {
    const { session, entry, turn, port } = setUp({ ...kept });
    session.saving?.begin('s', { id: '0-0', added: undefined });
    const older = entry('1-0')[SETTLEMENT];
    session.saving?.restart('s');
    const newer = entry('1-0')[SETTLEMENT];
    older.settle('acked');
    turn();
    expect(saved(port)).toEqual(['0-0']);
    port.last('savePositions').answer('saved');
    newer.settle('acked');
    turn();
    expect(saved(port)).toEqual(['0-0', '1-0']);
  });

  test('giving up is one error, about positions and work', () => {
    const { session, entry, refused, told, count } = setUp(kept);
    session.saving?.begin('s', { id: '0-0', added: undefined });
    const [one, two] = ['1-0', '2-0'].map((id) => entry(id)[SETTLEMENT]);
    two?.take();
    one?.settle('acked');
    session.way.giveUp({ working: 1 });
    expect(refused).toMatchObject([{ code: 'DRAIN_TIMEOUT', unconfirmed: [{ stream: 's', ids: ['1-0'] }] }]);
    expect(refused[0]?.message).toContain('1 entries are still being worked on');
    expect(told.filter(({ type }) => type === 'ack-refused')).toHaveLength(1);
    expect(count().unconfirmed).toBe(0);
  });

  test('late, after closing: the ack is saved at once', async () => {
    const { session, entry, port } = setUp(kept);
    session.saving?.begin('s', { id: '0-0', added: undefined });
    const one = entry('1-0');
    session.close();
    const acked = one.ack();
    expect(saved(port)).toEqual(['1-0']);
    port.last('savePositions').answer('saved');
    await acked;
  });

  test('writes that fail make the window say so', () => {
    const { session, entry, turn, port } = setUp(kept);
    session.saving?.begin('s', { id: '0-0', added: undefined });
    entry('1-0')[SETTLEMENT].settle('acked');
    turn();
    port.last('savePositions').fail(new Error('Connection is closed.'));
    expect(session.way.failing).toBe(true);
  });
});

describe('the promise of ack()', () => {
  test('resolves once Redis confirmed it, one promise for all of a batch', async () => {
    const { entry, turn, port } = setUp();
    const [one, two] = [entry('1-0').ack(), entry('2-0').ack()];
    expect(one).toBe(two);
    let done = false;
    void one.then(() => (done = true));
    turn();
    await Promise.resolve();
    expect(done).toBe(false);
    port.last('ack').answer(2);
    await two;
  });

  test('rejects with the AckError, which goes to refused and to notify too; unawaited it disturbs nobody', async () => {
    const { entry, turn, port, session, told, refused } = setUp();
    const seen: AckError[] = [];
    session.refused.subscribe((error) => seen.push(error));
    const acked = entry('1-0').ack();
    void entry('2-0').ack();
    turn();
    port.last('ack').fail(replyError('NOPERM no'));
    await expect(acked).rejects.toMatchObject({ code: 'ACK_REFUSED' });
    expect(seen).toEqual(refused);
    expect(told).toMatchObject([{ type: 'ack-refused', error: refused[0] }]);
  });

  test('survives a lost XACK: it resolves with the one that arrives', async () => {
    const { entry, turn, port, session } = setUp();
    const acked = entry('1-0').ack();
    turn();
    port.last('ack').fail(new Error('Connection is closed.'));
    expect(session.flush.failing).toBe(true);
    void entry('2-0').ack();
    session.flush.finish();
    port.last('ack').answer(2);
    await acked;
  });

  test('late, after closing: it resolves or rejects all the same', async () => {
    const { entry, port, session } = setUp();
    const [one, two] = [entry('1-0'), entry('2-0')];
    session.close();
    const acked = one.ack();
    port.last('ack').answer(1);
    await acked;
    const lost = two.ack();
    port.last('ack').fail(new Error('Connection is closed.'));
    await expect(lost).rejects.toMatchObject({ code: 'ACK_REFUSED' });
  });

  test('rejects when everything is given up', async () => {
    const { entry, session } = setUp();
    const acked = entry('1-0').ack();
    session.flush.giveUp({ working: 0 });
    await expect(acked).rejects.toMatchObject({ code: 'DRAIN_TIMEOUT' });
  });
});

describe('ack() of what is settled already', () => {
  test.each([
    ['nacked', 'it was nacked before'],
    ['released', 'it was given back before, because reading ended'],
    ['left', 'its work failed or was cancelled before'],
  ] as const)('%s: does nothing, and rejects', async (as, why) => {
    const { entry, turn, port, count } = setUp();
    const one = entry('1-0');
    one[SETTLEMENT].settle(as);
    const before = count();
    turn();
    await expect(one.ack()).rejects.toMatchObject({ code: 'NOT_ACKED', message: expect.stringContaining(why) });
    await expect(one.mapValue(() => 1).ack()).rejects.toMatchObject({ code: 'NOT_ACKED' });
    void one.ack(); // disturbs nobody
    expect(count()).toEqual(before);
    expect(port.of('ack')).toEqual([]);
  });

  test('refused: rejects again with the same error; where a stage had acked it, with one that says so', async () => {
    const { entry, turn, port, refused } = setUp();
    const [first, byStage, later] = [entry('1-0'), entry('2-0'), entry('3-0')];
    const acked = first.ack();
    byStage[SETTLEMENT].settle('acked');
    turn();
    port.last('ack').fail(replyError('NOPERM no'));
    for (const promise of [acked, first.ack()]) await expect(promise).rejects.toBe(refused[0]);
    await expect(byStage.ack()).rejects.toMatchObject({ code: 'NOT_ACKED', message: expect.stringContaining('refused its ack') });
    // The next one is another ack.
    const next = later.ack();
    turn();
    port.last('ack').answer(1);
    await next;
    await later.ack();
  });

  test('given up: the same', async () => {
    const { entry, session, refused } = setUp();
    const one = entry('1-0');
    void one.ack();
    session.flush.giveUp({ working: 0 });
    await expect(one.ack()).rejects.toBe(refused[0]);
    expect(refused[0]).toMatchObject({ code: 'DRAIN_TIMEOUT' });
  });

  test('where nobody owes an ack there is none to confirm: resolves', async () => {
    const { session } = setUp({ group: { ...GROUP, noAck: true } });
    const hold = session.open(session.bookFor('s'), { id: '1-0' });
    session.passed(hold);
    await expect(new StreamEntry(hold, [], 'fresh').ack()).resolves.toBeUndefined();
  });
});

describe('nacked, where nacked entries come again', () => {
  const redelivering = (redeliver: object = {}) => setUp({ group: { ...GROUP, redeliver: { ...REDELIVER, ...redeliver } } });
  /** For the first two deliveries, as three are allowed: there is none after the last. */
  const table: RedeliverPlan['delay'] = (attempt) => [10, 20][attempt - 1] ?? NaN;

  test('it leaves the window, waits, and both are told', () => {
    const { entry, count, nacked, told, session } = redelivering();
    const { nack, [SETTLEMENT]: hold } = entry('1-0', 2);
    nack();
    expect(count()).toEqual({ held: 0, taken: 0, unconfirmed: 0, settled: 1 });
    expect(hold.waits).toBe(true);
    expect(nacked).toEqual([{ stream: 's', id: '1-0', attempt: 2, delay: 100 }]);
    expect(told).toEqual([{ type: 'waiting', stream: 's', id: '1-0', attempt: 2, delay: 100 }]);
    expect([...(session.ledger.books.get('s')?.waiting ?? [])]).toEqual([['1-0', 2]]);
    nack();
    expect(nacked).toHaveLength(1);
  });

  test('nack({ delay }) says when', () => {
    const { entry, nacked } = redelivering();
    entry('1-0').nack({ delay: 7 });
    entry('2-0').nack({ delay: undefined });
    expect(nacked.map(({ delay }) => delay)).toEqual([7, 100]);
  });

  test.each([
    ['of nack()', {}, { delay: -1 }, 'delay is -1'],
    ['of the plan', { delay: () => NaN }, {}, 'redeliver.delay(2) is NaN'],
  ])('a wrong delay %s is thrown there, and settles nothing', (_, plan, how, message) => {
    const { entry, count, nacked } = redelivering(plan);
    const { nack, ack } = entry('1-0', 2);
    expect(() => nack(how)).toThrow(RangeError);
    expect(() => nack(how)).toThrow(message);
    expect([count(), nacked]).toEqual([{ held: 1, taken: 0, unconfirmed: 0, settled: 0 }, []]);
    void ack();
    expect(count()).toMatchObject({ held: 0, unconfirmed: 1, settled: 1 });
  });

  test('what a delay function throws is thrown there too', () => {
    const cause = new Error('no such attempt');
    const throwing = (): never => {
      throw cause;
    };
    const { entry, count } = redelivering({ delay: throwing });
    expect(() => entry('1-0').nack()).toThrow(cause);
    expect(count()).toMatchObject({ held: 1, settled: 0 });
  });

  test('after its last delivery it is a dead letter with the reason; no delay is asked for', () => {
    const { entry, turn, port, nacked } = redelivering({ delay: table });
    entry('1-0', 1).nack();
    entry('2-0', 2).nack();
    entry('3-0', 3).nack();
    entry('4-0', 3)[SETTLEMENT].settle('nacked', new RangeError('no'));
    expect(nacked.map(({ delay }) => delay)).toEqual([10, 20]);
    turn();
    expect(port.of('ack')).toEqual([]);
    expect(port.last('deadLetter').args).toEqual({
      ...{ stream: 's', group: 'g', consumer: 'me', to: 'dead' },
      entries: [
        { id: '3-0', name: 'MaxDeliveries', message: 'Entry 3-0 of s was delivered maxDeliveries times and never acknowledged.' },
        { id: '4-0', name: 'RangeError', message: 'no' },
      ],
    });
  });

  test('a wrong delay that is asked for is an error after the last delivery too', () => {
    const { entry, count } = redelivering();
    expect(() => entry('1-0', 3).nack({ delay: NaN })).toThrow('delay is NaN');
    expect(count()).toMatchObject({ held: 1 });
  });

  test('what waited and will not come is forgotten, and so told to the stages', () => {
    const { entry, session } = redelivering();
    const forgotten: unknown[] = [];
    session.forgotten.subscribe({ next: (each) => forgotten.push(each), complete: () => forgotten.push('complete') });
    const { nack, [SETTLEMENT]: hold } = entry('1-0');
    nack();
    session.forget('s', ['1-0']);
    expect(hold.waits).toBe(false);
    session.close();
    expect(forgotten).toEqual([{ stream: 's', id: '1-0' }, 'complete']);
  });
});

describe('what the stages see', () => {
  test('confirmed completes at once with nothing unconfirmed, else with the last ack, refused ones included', () => {
    const { entry, turn, port, session } = setUp();
    const seen: string[] = [];
    session.confirmed.subscribe({ complete: () => seen.push('none') });
    entry('1-0')[SETTLEMENT].settle('acked');
    turn();
    entry('2-0')[SETTLEMENT].settle('acked');
    session.confirmed.subscribe({ complete: () => seen.push('both') });
    port.last('ack').answer(1);
    expect(seen).toEqual(['none']);
    turn();
    port.last('ack').fail(replyError('NOPERM no'));
    expect(seen).toEqual(['none', 'both']);
  });

  test('refused completes when the session is closed', () => {
    const { session } = setUp();
    let completed = false;
    session.refused.subscribe({ complete: () => (completed = true) });
    session.close();
    expect(completed).toBe(true);
  });

  test.each(['left', 'released'] as const)('the signal of an entry aborts when it is %s, and not when it is acked', (as) => {
    const { entry } = setUp();
    const [lost, acked] = [entry('1-0'), entry('2-0')];
    const signals = [lost.signal, acked.signal];
    expect(lost.signal).toBe(signals[0]);
    lost[SETTLEMENT].settle(as, 'why');
    void acked.ack();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    expect(signals[0]?.reason).toBe('why');
  });
});

test('entries that came too late go back with the count they had before', () => {
  const { session, turn, port, count } = setUp();
  session.release('s', [{ id: '1-0' }, { id: '2-0', attempt: 3 }]);
  turn();
  expect(port.last('giveBack').args).toMatchObject({
    entries: [
      { id: '1-0', count: 0 },
      { id: '2-0', count: 2 },
    ],
  });
  expect(count()).toMatchObject({ held: 0, unconfirmed: 2 });
});

test('nacks are remembered only while they are watched, in streams that come later too', () => {
  const { session, entry } = setUp();
  entry('1-0').nack();
  session.watchNacks(true);
  entry('2-0').nack();
  session.open(session.bookFor('new'), { id: '3-0' }).settle('nacked');
  expect([...session.ledger.books.values()].map(({ nacked }) => [...(nacked ?? [])])).toEqual([['2-0'], ['3-0']]);
  session.watchNacks(false);
  expect(session.ledger.books.get('s')?.nacked).toBeUndefined();
});

describe('what was nacked and comes again', () => {
  const redeliver = { maxDeliveries: 3, delay: () => 10, deadLetter: 'dead', maxWaiting: 9 };
  function waiting() {
    const made = setUp({ group: { ...GROUP, redeliver } });
    const over: string[] = [];
    made.session.forgotten.subscribe({
      next: ({ stream, id }) => over.push(`${stream} ${id}`),
      complete: () => over.push('all'),
    });
    const first = made.session.open(made.session.bookFor('s'), { id: '1-0' });
    first.settle('nacked');
    return { ...made, first, over };
  }

  test.each(['acked', 'rejected', 'left', 'released'] as const)('it is over when it has come and was %s', (as) => {
    const { session, first, over } = waiting();
    expect([first.waits, over]).toEqual([true, []]);
    const again = session.open(session.bookFor('s'), { id: '1-0', attempt: 2 });
    expect([first.waits, over]).toEqual([false, []]);
    again.settle(as);
    expect(over).toEqual(['s 1-0']);
  });

  test('not when it is nacked once more, but when that was once too often', () => {
    const { session, over } = waiting();
    const again = session.open(session.bookFor('s'), { id: '1-0', attempt: 2 });
    again.settle('nacked');
    expect([again.waits, over]).toEqual([true, []]);
    session.open(session.bookFor('s'), { id: '1-0', attempt: 3 }).settle('nacked');
    expect(over).toEqual(['s 1-0']);
  });

  test('nobody waits once reading has ended, though it stays ours', () => {
    const { session, first, over } = waiting();
    session.readsNoMore();
    expect([first.waits, over]).toEqual([false, ['all']]);
    expect([...(session.ledger.books.get('s')?.waiting.keys() ?? [])]).toEqual(['1-0']);
    const late = session.open(session.bookFor('s'), { id: '2-0' });
    late.settle('nacked');
    expect(late.waits).toBe(false);
  });
});
