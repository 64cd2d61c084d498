import { describe, expect, test } from 'vitest';
import type { Plan } from '../../src/plan.js';
import type { Owed, Read } from '../../src/streams/effects.js';
import type { Event } from '../../src/streams/events.js';
import { watchdog } from '../../src/streams/next.js';
import { GROUP, PLAN } from '../support/plans.js';
import { batch, IN_GROUP, replied, Script, streams, WITH_BACKLOG, takeover } from './script.js';

const OWED = {
  anchors: [],
  floors: [['s', '5-0']] as const,
  wait: 300,
  takeover: [{ stream: 's', ids: ['1-0', '2-0', '3-0', '4-0', '4-1'] }],
};

describe('first things first', () => {
  test('join, connect, take over, reconcile, read', () => {
    const script = new Script(IN_GROUP, OWED);
    expect(script.play({ type: 'start' }).did).toEqual(['watch-nacks', 'join']);
    script.play({ type: 'joined', at: [{ stream: 's', from: '9-0', created: false }] });
    expect(script.did).toEqual(['notice joined', 'connect']);
    script.play({ type: 'connected', clientId: 7 });
    expect(script.find('take-over')).toEqual({ do: 'take-over', takeover: takeover('s', '1-0', '2-0', '3-0', '4-0') });
    script.play({ type: 'took-over', found: batch('s', '1-0', '3-0').entries });
    expect(script.window({ held: 2 }).find('take-over')?.takeover).toEqual(takeover('s', '4-1'));
    script.at(300).play({ type: 'took-over', found: [] });
    expect(script.effects).toEqual([
      { do: 'forget', stream: 's', ids: ['4-1'] },
      { do: 'reconcile', floors: [['s', '5-0']], most: 2 },
    ]);
    script.at(300).play({ type: 'reconciled', found: [], more: false });
    expect(script.did).toEqual(['watch-nacks', 'timer watchdog', 'read']);
  });

  test('the backlog brings what was left, so nothing is taken over; and a lost reply is told from it when it is held', () => {
    const script = new Script({ ...WITH_BACKLOG, bufferSize: 10 }, OWED).connected();
    expect(script.find('read')?.read.kind).toBe('backlog');
    script.play(replied(batch('s', '1-0', '6-0'))).window({ held: 2 });
    expect(script.find('reconcile')).toMatchObject({ floors: [['s', '5-0']], most: 8 });
  });

  test('a standalone $ is an id from the join on', () => {
    const script = new Script(PLAN).play({ type: 'start' });
    expect(script.effects).toEqual([{ do: 'join', streams: PLAN.streams }]);
    script.play({ type: 'joined', at: [{ stream: 's', from: '42-0', created: false }] });
    expect(script.find('notice')?.notice).toEqual({ type: 'joined', stream: 's', from: '42-0' });
    expect(script.play({ type: 'connected', clientId: 1 }).find('read')?.read.from).toEqual([['s', '42-0']]);
  });
});

describe('waiting for room', () => {
  const plan: Plan = { ...IN_GROUP, bufferSize: 10, refillAt: 5, stallAfter: 2_000 };
  const full = () => new Script(plan).connected().play(replied(batch('s', '6-0')));

  test('between refillAt and full: 10 ms without settling, then it is used', () => {
    const script = full().window({ held: 8 });
    expect(script.effects).toEqual([{ do: 'timer', name: 'quiet', ms: 10 }]);
    // Something was settled: not quiet yet. The timer is not set twice.
    expect(script.window({ held: 7, settled: 1 }).did).toEqual([]);
    expect(script.play({ type: 'timer', name: 'quiet' }).did).toEqual(['timer quiet']);
    expect(script.play({ type: 'timer', name: 'quiet' }).find('read')?.read.count).toBe(3);
  });

  test('full: nothing is read, however quiet', () => {
    const script = full().window({ held: 10 });
    expect(script.did).toEqual(['timer stall']);
    expect(script.play({ type: 'timer', name: 'quiet' }).did).toEqual([]);
    expect(script.window({ held: 5, settled: 5 }).did).toEqual(['timer watchdog', 'read']);
  });

  test('full of entries that nobody works on, with nothing settled: a stall, told each time', () => {
    const script = full().window({ held: 10 });
    expect(script.timer('stall')).toBe(2_000);
    expect(script.play({ type: 'timer', name: 'stall' }).effects).toEqual([
      { do: 'stalled', since: 2_000 },
      { do: 'timer', name: 'stall', ms: 2_000 },
    ]);
    expect(script.play({ type: 'timer', name: 'stall' }).did).toEqual(['stalled', 'timer stall']);
  });

  test.each([
    ['a stage is at work', { held: 10, taken: 1 }],
    ['something was settled', { held: 10, settled: 1 }],
    ['acks are what fills it', { held: 9, unconfirmed: 11 }],
  ])('no stall where %s', (_, window) => {
    const script = full().window({ held: 10 }).window(window);
    expect(script.play({ type: 'timer', name: 'stall' }).did).toEqual(['timer stall']);
  });

  test.each<[string, Partial<Plan>]>([
    ['a reader without a group', { group: undefined }],
    ['on demand', { demand: 'pull' }],
  ])('%s cannot stall: nobody has to settle', (_, more) => {
    const script = new Script({ ...plan, ...more })
      .connected()
      .play(replied(batch('s', '6-0')))
      .window({ held: 10 });
    expect(script.did).toEqual([]);
  });

  test('no room, no reconciling and no taking over', () => {
    const script = new Script(IN_GROUP, OWED).play({ type: 'start' }).window({ held: 4 });
    script.play({ type: 'joined', at: [{ stream: 's', from: '9-0', created: false }] });
    expect(script.play({ type: 'connected', clientId: 7 }).did).toEqual(['timer stall']);
    expect(script.window({ held: 3 }).find('take-over')?.takeover).toEqual(takeover('s', '1-0'));
  });
});

describe('acks that fail hold up reading', () => {
  test('which is told once, and again when they go on', () => {
    const script = new Script().connected().play(replied(batch('s', '6-0')));
    const stuck = { held: 3, unconfirmed: 5, failing: true };
    expect(script.window(stuck).did).toEqual(['notice paused', 'timer stall']);
    expect(script.window(stuck).did).toEqual([]);
    expect(script.window({ held: 2, failing: false }).did).toEqual(['notice resumed', 'timer watchdog', 'read']);
  });

  test('not while there is room', () => {
    const script = new Script().connected().play(replied(batch('s', '6-0')));
    expect(script.window({ unconfirmed: 1, failing: true }).did).toEqual(['timer watchdog', 'read']);
  });
});

test('the watchdog gives a block twice its time and 2 s, and a read that does not wait 10 s', () => {
  const read: Read = { kind: 'live', from: [], count: 1, block: 5_000 };
  expect([watchdog(read), watchdog({ ...read, block: undefined })]).toEqual([12_000, 10_000]);
});

describe('a stream that is added', () => {
  const plan: Plan = { ...IN_GROUP, demand: 'pull', ...streams('a') };
  const add = (stream: string, owed?: Owed): Event => ({ type: 'stream-added', stream, start: '3-0', owed });
  const joined = (stream: string, from = '1-0'): Event => ({ type: 'joined', at: [{ stream, from, created: false }] });
  const resting = (chosen: Plan = plan) => new Script(chosen).play({ type: 'start' }, joined('a'));
  const owed: Owed = { anchors: [['b', '6-0']], floors: [['b', '5-0']], wait: 100, takeover: [{ stream: 'b', ids: ['2-0'] }] };
  /** A request is out, and its read waits for an entry. */
  const waiting = (chosen: Plan = plan) => resting(chosen).play({ type: 'wanted' }, { type: 'connected', clientId: 7 });

  test('is joined at once, even with no request out, and read with the next', () => {
    const script = resting().play(add('b'));
    expect(script.effects).toEqual([{ do: 'join', streams: [{ stream: 'b', start: '3-0' }] }]);
    script.play(joined('b', '3-0'), { type: 'wanted' }, { type: 'connected', clientId: 1 });
    expect(script.find('read')?.read.from).toEqual([
      ['a', '>'],
      ['b', '>'],
    ]);
  });

  test('while work is out waits for it, and is not lost', () => {
    const script = new Script(plan).play({ type: 'start' }, add('b'));
    expect(script.did).toEqual([]);
    script.play(joined('a'));
    expect(script.find('join')?.streams).toEqual([{ stream: 'b', start: '3-0' }]);
  });

  test('while a read waits ends its block, is joined, and the request waits on with both', () => {
    const script = waiting().play(add('b'));
    expect(script.effects).toEqual([{ do: 'unblock', clientId: 7 }]);
    script.play({ type: 'unblocked', was: true, clientId: 7 }, replied());
    expect(script.did).toEqual(['cancel watchdog', 'join']);
    script.play(joined('b'));
    expect(script.did).toEqual(['notice joined', 'timer watchdog', 'read']);
    expect(script.find('read')?.read.from).toHaveLength(2);
    expect(script.play(replied()).did).toEqual(['cancel watchdog', 'nothing']);
  });

  test('before the read has blocked: it is unblocked once more, and no other read is', () => {
    const script = waiting().play(add('b'), { type: 'unblocked', was: false });
    expect(script.effects).toEqual([{ do: 'timer', name: 'unblock', ms: 20 }]);
    expect(script.play({ type: 'timer', name: 'unblock' }).effects).toEqual([{ do: 'unblock', clientId: 7 }]);
    script.play({ type: 'unblocked', was: false }, { type: 'timer', name: 'unblock' }, replied(), joined('b'));
    expect(script.tag).toBe('reading');
    expect(script.play({ type: 'timer', name: 'unblock' }).did).toEqual([]);
  });

  test('while a read that does not wait is out: it comes back by itself, with something or nothing', () => {
    const hasty: Plan = { ...plan, timeout: 0 };
    expect(waiting(hasty).play(add('b')).did).toEqual([]);
    const script = waiting(hasty)
      .play(add('b'), replied(batch('a', '2-0')))
      .window();
    expect(script.find('join')?.streams).toEqual([{ stream: 'b', start: '3-0' }]);
    expect(script.play(joined('b')).tag).toBe('resting');
  });

  test('and cannot be joined is told alone: its seat and what was left there go back, and reading goes on', () => {
    const script = waiting().play(add('b', owed), add('c'), replied()).fail('fatal');
    expect(script.did).toEqual(['not-added', 'join']);
    expect(script.find('not-added')).toMatchObject({ stream: 'b', owed, failure: { kind: 'fatal' } });
    expect(script.find('join')?.streams).toEqual([{ stream: 'c', start: '3-0' }]);
    script.fail('fatal');
    expect(script.did).toEqual(['not-added', 'timer watchdog', 'read']);
    expect(script.find('read')?.read.from).toEqual([['a', '>']]);
    expect(script.state.loss).toBeUndefined();
  });

  test('without a group where none may be made is told alone too; a failure that will mend is tried again', () => {
    const none: Plan = { ...plan, group: { ...GROUP, createFrom: undefined } };
    expect(resting(none).play(add('b')).fail('heal').did).toEqual(['not-added']);
    const script = resting().play(add('b')).fail('lost');
    expect(script.play({ type: 'timer', name: 'backoff' }).find('join')?.streams).toEqual([{ stream: 'b', start: '3-0' }]);
  });

  test('does not hide that the streams from before cannot be joined', () => {
    const script = new Script(plan).play({ type: 'start' }, add('b')).fail('fatal');
    expect(script.find('end')?.why).toBe('error');
  });

  test('brings what an earlier consumer of that name left in it: taken over, and looked for', () => {
    const script = resting().at(50).play(add('b', owed), joined('b', '6-0'));
    expect(script.did).toEqual(['watch-nacks', 'notice joined']);
    expect(script.state.loss).toEqual({ floors: [['b', '5-0']], until: 150, due: true, blocked: [undefined], certain: true });
    script.play({ type: 'wanted' }, { type: 'connected', clientId: 7 });
    expect(script.effects).toEqual([{ do: 'take-over', takeover: takeover('b', '2-0') }]);
    script.play({ type: 'took-over', found: [] });
    expect(script.find('reconcile')?.floors).toEqual([['b', '5-0']]);
  });

  test('leaves the takeover to its backlog, where that comes first', () => {
    const left: Owed = { ...owed, floors: [] };
    const script = resting({ ...plan, group: { ...GROUP, startFromBacklog: true } }).play(add('b', left), joined('b'));
    expect([script.did, script.state.takeover]).toEqual([['notice joined', 'timer recheck'], []]);
    expect(script.state.loss).toMatchObject({ due: false, blocked: [] }); // of whoever had the name before
  });

  test('and was not joined when reading ends: what was left in it goes on to the next', () => {
    const script = resting().play(add('b', owed), { type: 'stop', why: 'unsubscribed' }).window().play({ type: 'parted' });
    expect(script.find('close')?.owed).toEqual({ ...owed, anchors: [['a', '1-0'], ...owed.anchors] });
  });

  test('is looked for where an earlier consumer stood: a group that is missing there has vanished, and is healed', () => {
    const script = resting().play(add('b', owed));
    expect(script.find('join')?.streams).toEqual([{ stream: 'b', start: '3-0', anchor: '6-0' }]);
    script.play({ type: 'joined', at: [{ stream: 'b', from: '6-0', created: false, missing: true }] }, { type: 'wanted' });
    expect(script.effects).toEqual([
      {
        do: 'heal',
        anchors: [
          ['a', '1-0'],
          ['b', '5-0'],
        ],
        takeover: [takeover('b', '2-0')],
      },
    ]);
  });

  test('beside another that is awaited already ends no second block', () => {
    const script = waiting().play(add('b'), add('c'));
    expect(script.did).toEqual([]);
    script.play({ type: 'unblocked', was: true, clientId: 7 }, replied(), joined('b'));
    expect(script.find('join')?.streams).toEqual([{ stream: 'c', start: '3-0' }]);
  });
});
