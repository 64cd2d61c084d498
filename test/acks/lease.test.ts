import { VirtualTimeScheduler } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { AckSession } from '../../src/acks/session.js';
import type { Notice } from '../../src/notices.js';
import type { GroupPlan } from '../../src/plan.js';
import { FakePort, LATER, replyError, socketError, type Answers } from '../support/fake-port.js';
import { GROUP, PLAN } from '../support/plans.js';
import { REDELIVER } from '../streams/script.js';

const EVERY = 100;
/** Every entry is still ours. */
const OURS: Answers = { renew: () => ({ lost: [], gone: [] }) };

/** A session whose leases are renewed every 100 ms, in virtual time. */
function setUp(answers: Answers = OURS, group: Partial<GroupPlan> = {}) {
  const port = new FakePort(answers);
  const clock = new VirtualTimeScheduler();
  clock.maxFrames = 0;
  const told: Notice[] = [];
  const session = new AckSession(
    { ...PLAN, bufferSize: 1_000, group: { ...GROUP, renewEvery: EVERY, ...group } },
    {
      port,
      scheduler: clock,
      soon: new VirtualTimeScheduler(),
      dice: () => 0,
      tell: (notice) => told.push(notice),
      changed: () => undefined,
      refused: () => undefined,
      nacked: () => undefined,
    },
  );
  return {
    port,
    session,
    /** Of leases; a nacked entry tells that it waits. */
    told: () => told.filter(({ type }) => type !== 'waiting'),
    /** Timers that are set. */
    timers: () => clock.actions.length,
    open: (id: string, stream = 's', attempt = 1) => session.open(session.bookFor(stream), { id, attempt }),
    /** Runs up to that moment. */
    until: (ms: number) => {
      clock.maxFrames = ms;
      clock.flush();
    },
    /** What was renewed, command by command: `s 1-0 2-0`. */
    renewals: () => port.args<{ stream: string; ids: string[] }>('renew').map(({ stream, ids }) => [stream, ...ids].join(' ')),
  };
}

describe('when leases are renewed', () => {
  test('not before they are held for renewEvery, and then with every tick', () => {
    const { open, until, renewals, port } = setUp();
    open('1-0');
    until(99);
    open('2-0');
    until(199);
    expect(renewals()).toEqual([]);
    until(200);
    expect(renewals()).toEqual(['s 1-0 2-0']);
    open('3-0');
    until(399);
    expect(renewals()).toEqual(['s 1-0 2-0', 's 1-0 2-0']);
    until(400);
    expect(renewals().at(-1)).toBe('s 1-0 2-0 3-0');
    expect(port.last('renew').args).toEqual({ stream: 's', group: 'g', consumer: 'me', ids: ['1-0', '2-0', '3-0'] });
  });

  test('one command for each stream and tick, however many are held', () => {
    const { open, until, port } = setUp();
    for (const stream of ['s', 't']) for (let i = 1; i <= 500; i++) open(`${i}-0`, stream);
    until(200);
    const sizes = () => port.args<{ stream: string; ids: string[] }>('renew').map(({ stream, ids }) => [stream, ids.length]);
    expect(sizes()).toEqual([
      ['s', 500],
      ['t', 500],
    ]);
    until(300);
    expect(sizes()).toHaveLength(4);
  });

  test('work that is going on and what waits in the window alike; what was settled is not', () => {
    const { open, until, renewals } = setUp();
    const [acked, working, nacked] = [open('1-0'), open('2-0'), open('3-0')];
    open('4-0');
    working.take();
    acked.settle('acked');
    until(200);
    nacked.settle('nacked');
    until(300);
    expect(renewals()).toEqual(['s 2-0 3-0 4-0', 's 2-0 4-0']);
  });

  test('and what waits to come again, from the first tick on: it was held before', () => {
    const { open, until, renewals, session } = setUp(OURS, { redeliver: REDELIVER });
    open('1-0').settle('nacked');
    until(100);
    open('2-0');
    until(200);
    session.forget('s', ['1-0']);
    until(300);
    expect(renewals()).toEqual(['s 1-0', 's 1-0', 's 2-0']);
  });

  test('the timer runs while something is held or waits', () => {
    const { open, until, timers } = setUp();
    expect(timers()).toBe(0);
    const hold = open('1-0');
    open('2-0').settle('acked');
    expect(timers()).toBe(1);
    until(250);
    hold.settle('acked');
    until(300);
    expect(timers()).toBe(0);
    open('3-0');
    expect(timers()).toBe(1);
  });

  test.each<[string, Partial<GroupPlan>]>([
    ['where nobody owes an ack', { renewEvery: undefined, noAck: true }],
    ['where none is asked for', { renewEvery: undefined }],
  ])('never %s', (_, group) => {
    const { open, timers } = setUp(OURS, group);
    open('1-0').take();
    expect(timers()).toBe(0);
  });

  test('the renewals of one stream are never out twice, and those of another go on', () => {
    const { open, until, renewals, port } = setUp({
      renew: ({ stream }: { stream: string }) => (stream === 's' ? LATER : { lost: [], gone: [] }),
    });
    open('1-0');
    open('1-0', 't');
    until(400);
    expect(renewals()).toEqual(['s 1-0', 't 1-0', 't 1-0', 't 1-0']);
    port.of('renew')[0]?.answer({ lost: [], gone: [] });
    until(500);
    expect(renewals().slice(-2)).toEqual(['s 1-0', 't 1-0']);
  });
});

describe('a lease that is lost', () => {
  test('is told once, aborts the signal once, and is renewed no more', () => {
    const { open, until, renewals, told } = setUp({
      renew: ({ ids }: { ids: string[] }) => ({ lost: ids.slice(0, 1), gone: [] }),
    });
    const [lost, kept] = [open('1-0'), open('2-0')];
    let aborts = 0;
    lost.signal.addEventListener('abort', () => (aborts += 1));
    until(200);
    expect(told()).toEqual([{ type: 'lease-lost', stream: 's', ids: ['1-0'] }]);
    expect([lost.signal.aborted, kept.signal.aborted, aborts]).toEqual([true, false, 1]);
    expect(lost.signal.reason).toMatchObject({ code: 'LEASE_LOST', message: expect.stringContaining('1-0 of s') });
    kept.settle('acked');
    until(500);
    expect(renewals()).toEqual(['s 1-0 2-0']);
    expect(aborts).toBe(1);
    expect(told()).toHaveLength(1);
  });

  test('a signal that somebody asks for later is aborted already', () => {
    const { open, until } = setUp({ renew: () => ({ lost: ['1-0'], gone: [] }) });
    const hold = open('1-0');
    until(200);
    expect(hold.signal.aborted).toBe(true);
    expect(hold.signal.reason).toMatchObject({ code: 'LEASE_LOST' });
  });

  test('keeps its place in the window until it is settled: the work goes on', () => {
    const { open, until, session } = setUp({ renew: () => ({ lost: ['1-0'], gone: [] }) });
    const hold = open('1-0');
    hold.take();
    until(200);
    expect(session.ledger).toMatchObject({ held: 1, taken: 1 });
    hold.settle('nacked');
    expect(session.ledger).toMatchObject({ held: 0, taken: 0, settled: 1 });
  });

  test('is no loss where it was settled while the renewal was out', () => {
    const { open, until, port, told } = setUp({ renew: () => LATER });
    const [acked, nacked] = [open('1-0'), open('2-0')];
    until(200);
    acked.settle('acked');
    nacked.settle('nacked');
    port.last('renew').answer({ lost: ['1-0', '2-0'], gone: [] });
    expect(told()).toEqual([]);
    expect([acked.signal.aborted, acked.lease]).toEqual([false, 'held']);
  });

  test('of an entry that waits to come again: it waits no more', () => {
    const { open, until, told, session } = setUp({ renew: () => ({ lost: ['1-0'], gone: [] }) }, { redeliver: REDELIVER });
    const hold = open('1-0');
    hold.settle('nacked');
    until(100);
    expect(told()).toEqual([{ type: 'lease-lost', stream: 's', ids: ['1-0'] }]);
    expect([hold.waits, session.ledger.books.get('s')?.waiting.size]).toEqual([false, 0]);
  });

  test('an entry that was trimmed away can be nobody else’s: renewed no more, and its work may end', () => {
    const { open, until, renewals, told, port, session } = setUp({ renew: () => ({ lost: [], gone: ['1-0'] }) });
    const [gone] = [open('1-0'), open('2-0')];
    until(300);
    expect(renewals()).toEqual(['s 1-0 2-0', 's 2-0']);
    expect([told(), gone.signal.aborted]).toEqual([[], false]);
    gone.settle('acked');
    session.flush.finish();
    // A plain XACK: there is no owner to look for.
    expect([port.args('ack'), port.of('ackOwned')]).toMatchObject([[{ ids: ['1-0'] }], []]);
  });
});

describe('a renewal that fails', () => {
  test.each([
    ['the connection', socketError()],
    ['the server, for now', replyError('OOM command not allowed')],
    ['a group that is made again', replyError('NOGROUP No such consumer group')],
  ])('by %s: the next tick tries again, and counts', (_, error) => {
    let failing = true;
    const { open, until, renewals, told } = setUp({
      renew: () => {
        if (failing) throw error;
        return { lost: [], gone: [] };
      },
    });
    open('1-0');
    until(300);
    expect(told()).toEqual([1, 2].map((attempt) => ({ type: 'retrying', what: 'renew', attempt, delay: EVERY, error })));
    failing = false;
    until(400);
    failing = true;
    until(500);
    expect(told().slice(2)).toMatchObject([{ attempt: 1 }]);
    expect(renewals()).toEqual(Array.from({ length: 4 }, () => 's 1-0'));
  });

  test('for good, with that of another stream out: told once', () => {
    const { open, until, told, port, timers } = setUp({ renew: () => LATER });
    open('1-0');
    open('1-0', 't');
    until(200);
    port.of('renew')[0]?.fail(replyError('NOPERM no scripts'));
    expect(port.of('renew').map(({ done, dropped }) => [done, dropped])).toEqual([
      [true, false],
      [false, true],
    ]);
    expect([told().map(({ type }) => type), timers()]).toEqual([['not-renewed'], 0]);
  });

  test('for good is told once, for all streams, and nothing is renewed from then on', () => {
    const error = replyError("NOPERM this user has no permissions to run the 'evalsha' command");
    const { open, until, renewals, told, timers } = setUp({
      renew: () => {
        throw error;
      },
    });
    open('1-0');
    open('1-0', 't');
    until(200);
    expect(told()).toEqual([{ type: 'not-renewed', error }]);
    open('2-0');
    until(1_000);
    expect(told()).toHaveLength(1);
    expect([renewals(), timers()]).toEqual([['s 1-0'], 0]);
  });
});

describe('the end', () => {
  test('no timer outlives closing, and nothing is renewed', () => {
    const { open, until, session, renewals, timers } = setUp();
    open('1-0');
    until(150);
    session.close();
    open('2-0');
    expect(timers()).toBe(0);
    until(1_000);
    expect(renewals()).toEqual([]);
  });

  test('nobody listens to a renewal that is out', () => {
    const { open, until, session, port, told } = setUp({ renew: () => LATER });
    open('1-0');
    until(200);
    session.close();
    expect(port.last('renew').dropped).toBe(true);
    expect(told()).toEqual([]);
  });
});
