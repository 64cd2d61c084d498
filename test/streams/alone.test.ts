import { describe, expect, test } from 'vitest';
import type { Plan } from '../../src/plan.js';
import type { Event } from '../../src/streams/events.js';
import { batch, LIMITED, replied, Script } from './script.js';

/** Three deliveries are allowed; a page of the backlog is four entries. */
const plan: Plan = { ...LIMITED, stallAfter: 2_000 };
/** Pending entries with their deliveries so far: `2-0 2` has one left. */
const page = (...rows: string[]): Event => ({
  type: 'looked-back',
  pages: [{ stream: 's', rows: rows.map((row) => row.split(' ')).map(([id = '', count]) => ({ id, count: Number(count) })) }],
});
const tookOver = (...ids: string[]): Event => ({ type: 'took-over', found: batch('s', ...ids).entries });
const rang: Event = { type: 'timer', name: 'alone' };
const asked = (script: Script) => script.find('take-over')?.takeover.entries.map(({ id, count }) => `${id} ${count}`);
const looked = (...rows: string[]) => new Script(plan).connected().play(page(...rows));

describe('an entry with one delivery left', () => {
  test('comes behind all others of its page, when the window is empty', () => {
    const script = looked('1-0 1', '2-0 2', '3-0 1');
    expect(asked(script)).toEqual(['1-0 2', '3-0 2']);
    script.play(tookOver('1-0', '3-0')).window({ held: 2 });
    expect(script.effects).toEqual([{ do: 'timer', name: 'alone', ms: 2_000 }]);
    expect(script.window({ held: 1, settled: 1 }).did).toEqual(['timer alone']);
    expect(asked(script.window({ settled: 2 }))).toEqual(['2-0 3']);
  });

  test('has the window to itself: nothing is fetched or read before it is settled', () => {
    const script = looked('1-0 2').play(tookOver('1-0'));
    expect(script.find('emit')).toEqual({ do: 'emit', batch: batch('s', '1-0'), origin: 'backlog' });
    expect(script.window({ held: 1, taken: 1 }).did).toEqual(['timer alone']);
    expect(script.window({ settled: 1 }).did).toEqual(['timer watchdog', 'read']);
  });

  test('one after the other, in the order of the stream', () => {
    const script = looked('1-0 2', '2-0 2', '3-0 2');
    expect(asked(script)).toEqual(['1-0 3']);
    script.play(tookOver('1-0')).window({ held: 1 });
    expect(asked(script.window({ settled: 1 }))).toEqual(['2-0 3']);
    script.play(tookOver('2-0')).window({ held: 1, settled: 1 });
    expect(asked(script.window({ settled: 2 }))).toEqual(['3-0 3']);
  });

  test('that is somebody else’s by then lets the next have its turn', () => {
    const script = looked('1-0 2', '2-0 2').play(tookOver());
    expect(script.effects[0]).toEqual({ do: 'forget', stream: 's', ids: ['1-0'] });
    expect(asked(script)).toEqual(['2-0 3']);
  });

  test('waits for its acks as others do: where too many are unconfirmed nothing starts', () => {
    const script = looked('1-0 1', '2-0 2').play(tookOver('1-0')).window({ held: 1 });
    expect(script.window({ unconfirmed: 5, settled: 1 }).find('take-over')).toBeUndefined();
    expect(asked(script.window({ unconfirmed: 4, settled: 1 }))).toEqual(['2-0 3']);
  });

  test('where fetching it fails, it is fetched again, and still alone', () => {
    const script = looked('1-0 2', '2-0 2').fail('retry');
    expect(script.find('notice')?.notice).toMatchObject({ type: 'retrying', what: 'take-over' });
    expect(asked(script.play({ type: 'timer', name: 'backoff' }))).toEqual(['1-0 3']);
  });

  test('in a backlog that goes on: the next page is looked at when it is done', () => {
    const script = looked('1-0 1', '2-0 2', '3-0 1', '4-0 1');
    script.play(tookOver('1-0', '3-0', '4-0')).window({ held: 3 });
    expect(script.did).toEqual(['timer alone']);
    script.window({ settled: 3 }).play(tookOver('2-0')).window({ held: 1, settled: 3 });
    expect(script.did).toEqual(['timer alone']);
    expect(script.window({ settled: 4 }).find('look-back')).toMatchObject({ from: [['s', '4-0']] });
  });

  test('is registered with the rest where the group has vanished', () => {
    const script = looked('1-0 2', '2-0 2').fail('heal').play({ type: 'timer', name: 'backoff' });
    expect(script.find('heal')?.takeover.map(({ entries }) => entries)).toEqual([
      [{ id: '1-0', count: 3 }],
      [{ id: '2-0', count: 3 }],
    ]);
  });
});

describe('a pipeline that wants several together', () => {
  const waiting = () => looked('1-0 1', '2-0 2', '3-0 2').play(tookOver('1-0')).window({ held: 1 });

  test('gets them after stallAfter without settling, which is told by name', () => {
    const script = waiting().play(rang);
    expect(script.effects.filter((effect) => effect.do === 'notice').map(({ notice }) => notice)).toEqual([
      { type: 'not-alone', stream: 's', ids: ['2-0'] },
      { type: 'not-alone', stream: 's', ids: ['3-0'] },
    ]);
    expect(asked(script)).toEqual(['2-0 3']);
    script.play(tookOver('2-0')).window({ held: 2 });
    expect(asked(script)).toEqual(['3-0 3']);
    expect(script.play(tookOver('3-0')).window({ held: 3 }).did).toEqual(['timer quiet']);
  });

  test('with the one that was out alone told too', () => {
    const script = looked('1-0 2', '2-0 2').play(tookOver('1-0')).window({ held: 1 }).play(rang);
    expect(script.effects.map((effect) => (effect.do === 'notice' ? effect.notice : effect.do))).toEqual([
      { type: 'not-alone', stream: 's', ids: ['1-0'] },
      { type: 'not-alone', stream: 's', ids: ['2-0'] },
      'take-over',
    ]);
  });

  test('not while a stage is at work, however long that takes', () => {
    const script = waiting().window({ held: 1, taken: 1 }).play(rang);
    expect(script.did).toEqual(['timer alone']);
    expect(script.play(rang).did).toEqual(['timer alone']);
  });

  test('not where it was settled in time: the timer that is left over changes nothing', () => {
    const script = looked('1-0 2').play(tookOver('1-0')).window({ held: 1 }).window({ settled: 1 });
    expect(script.tag).toBe('reading');
    expect(script.play(rang).did).toEqual([]);
  });
});

describe('closing', () => {
  test('those that have not come go to the next subscription', () => {
    const script = looked('1-0 1', '2-0 2').play(tookOver('1-0')).window({ held: 1 });
    script.play({ type: 'stop', why: 'signal' }).window().play({ type: 'parted' });
    expect(script.find('close')?.owed.takeover).toEqual([{ stream: 's', ids: ['2-0'] }]);
  });

  test('one that is fetched just then is given back, and the others are owed', () => {
    const script = looked('1-0 2', '2-0 2').play({ type: 'stop', why: 'signal' }, tookOver('1-0'));
    expect(script.find('release')?.batch).toEqual(batch('s', '1-0'));
    expect(script.find('emit')).toBeUndefined();
    expect(script.window().play({ type: 'parted' }).find('close')?.owed.takeover).toEqual([{ stream: 's', ids: ['2-0'] }]);
  });
});

test('fresh entries are nobody’s last delivery', () => {
  const script = looked()
    .play(replied(batch('s', '6-0', '7-0')))
    .window({ held: 2 });
  expect(script.did).toEqual(['timer watchdog', 'read']);
});
