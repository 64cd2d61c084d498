import { describe, expect, test } from 'vitest';
import type { Plan } from '../../src/plan.js';
import type { Read } from '../../src/streams/effects.js';
import { watchdog } from '../../src/streams/next.js';
import { PLAN } from '../support/plans.js';
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

  test('is joined at once, even with no request out, and read with the next', () => {
    const script = new Script(plan)
      .play({ type: 'start' })
      .play({ type: 'joined', at: [{ stream: 'a', from: '1-0', created: false }] });
    script.play({ type: 'stream-added', stream: 'b', start: '3-0' });
    expect(script.effects).toEqual([{ do: 'join', streams: [{ stream: 'b', start: '3-0' }] }]);
    script.play(
      { type: 'joined', at: [{ stream: 'b', from: '3-0', created: false }] },
      { type: 'wanted' },
      { type: 'connected', clientId: 1 },
    );
    expect(script.find('read')?.read.from).toEqual([
      ['a', '>'],
      ['b', '>'],
    ]);
  });

  test('while work is out waits for it, and is not lost', () => {
    const script = new Script(plan).play({ type: 'start' }).play({ type: 'stream-added', stream: 'b', start: undefined });
    expect(script.did).toEqual([]);
    script.play({ type: 'joined', at: [{ stream: 'a', from: '1-0', created: false }] });
    expect(script.find('join')?.streams).toEqual([{ stream: 'b', start: undefined }]);
  });
});
