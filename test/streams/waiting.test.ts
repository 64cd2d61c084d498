import { describe, expect, test } from 'vitest';
import type { Plan } from '../../src/plan.js';
import type { Event } from '../../src/streams/events.js';
import { toComeAgain } from '../../src/streams/waiting.js';
import { GROUP } from '../support/plans.js';
import { batch, REDELIVER, REDELIVERING, replied, Script, streams } from './script.js';

/** For ever, so that no entry is near its last delivery. */
const plan: Plan = {
  ...REDELIVERING,
  bufferSize: 10,
  refillAt: 9,
  group: { ...GROUP, redeliver: { ...REDELIVER, maxDeliveries: undefined, maxWaiting: 3 } },
};
const nacked = (id: string, delay = 100, { attempt = 1, stream = 's' } = {}): Event => ({
  type: 'nacked',
  stream,
  id,
  attempt,
  delay,
});
const due: Event = { type: 'timer', name: 'redeliver' };
const tookOver = (...ids: string[]): Event => ({ type: 'took-over', found: batch('s', ...ids).entries });
/** A read that waits for fresh entries is out. */
const blocked = (more: Partial<Plan> = {}) => new Script({ ...plan, ...more }).connected();
/** That read is answered; nothing is out before the window is counted. */
const idle = () => blocked().play(replied(batch('s', '6-0')));
const fetched = (script: Script) => script.find('take-over')?.takeover.entries;

describe('when an entry is due', () => {
  test('one timer, for the first of them', () => {
    const script = blocked().at(1_000).play(nacked('1-0', 100));
    expect(script.effects).toEqual([{ do: 'timer', name: 'redeliver', ms: 100 }]);
    expect(script.play(nacked('2-0', 300)).effects).toEqual([]);
    expect(script.at(1_050).play(nacked('3-0', 20)).effects).toEqual([{ do: 'timer', name: 'redeliver', ms: 20 }]);
    expect(script.state.waiting.map(({ id, at }) => [id, at])).toEqual([
      ['3-0', 1_070],
      ['1-0', 1_100],
      ['2-0', 1_300],
    ]);
  });

  test('at once is in a millisecond at least: never a timer of 0, and none of a fraction', () => {
    expect(blocked().play(nacked('1-0', 0)).timer('redeliver')).toBe(1);
    const script = blocked().at(0.25).play(nacked('1-0', 10), nacked('2-0', 20)).at(10.5);
    expect(script.play(due).timer('redeliver')).toBe(10);
  });

  test('in the order in which they are due, not in which they were nacked; those of one moment as they came', () => {
    const script = idle().play(nacked('3-0', 50), nacked('2-0', 50), nacked('1-0', 20));
    script.at(50).play(due);
    expect(fetched(script)?.map(({ id }) => id)).toEqual(['1-0', '3-0', '2-0']);
  });

  test('as the next delivery, by its id', () => {
    const script = idle()
      .play(nacked('1-0', 50, { attempt: 4 }))
      .at(50)
      .play(due);
    expect(script.effects).toEqual([
      { do: 'take-over', takeover: { stream: 's', origin: 'redelivered', entries: [{ id: '1-0', count: 5 }] } },
    ]);
    script.play(tookOver('1-0'));
    expect(script.effects).toEqual([{ do: 'emit', batch: batch('s', '1-0'), origin: 'redelivered' }, { do: 'count' }]);
    expect(script.state).toMatchObject({ waiting: [], takeover: [] });
  });

  test('those that are later stay, with a timer of their own', () => {
    const script = idle().play(nacked('1-0', 50), nacked('2-0', 80)).at(60).play(due);
    expect(fetched(script)?.map(({ id }) => id)).toEqual(['1-0']);
    expect(script.timer('redeliver')).toBe(20);
  });

  test('the timer is set again where it rang too early, as those of JavaScript may', () => {
    const script = idle().play(nacked('1-0', 50)).at(49.5).play(due);
    expect(script.timer('redeliver')).toBe(1);
    expect(script.find('take-over')).toBeUndefined();
  });

  test('stream by stream', () => {
    const script = blocked(streams('s', 't')).play(replied(batch('s', '6-0')));
    script
      .play(nacked('1-0', 10), nacked('1-0', 20, { stream: 't' }), nacked('2-0', 30))
      .at(30)
      .play(due);
    expect(script.find('take-over')?.takeover).toMatchObject({ stream: 's', entries: [{ id: '1-0' }, { id: '2-0' }] });
    script.play(tookOver('1-0', '2-0')).window({ held: 2 });
    expect(script.find('take-over')?.takeover).toMatchObject({ stream: 't', entries: [{ id: '1-0' }] });
  });

  test('what is somebody else’s by then is forgotten', () => {
    const script = idle().play(nacked('1-0', 10), nacked('2-0', 10)).at(10).play(due, tookOver('2-0'));
    expect(script.effects[0]).toEqual({ do: 'forget', stream: 's', ids: ['1-0'] });
    expect(script.find('emit')?.batch).toEqual(batch('s', '2-0'));
  });

  test('beyond the one by which it may pass the window it comes with the first room, before anything fresh', () => {
    const script = idle().window({ held: 11 }).play(nacked('1-0', 10), nacked('2-0', 10)).at(10).play(due);
    expect(script.find('take-over')).toBeUndefined();
    expect(fetched(script.window({ held: 9 }))).toEqual([{ id: '1-0', count: 2 }]);
    expect(fetched(script.play(tookOver('1-0')).window({ held: 9 }))).toEqual([{ id: '2-0', count: 2 }]);
  });
});

describe('a read that waits for fresh entries', () => {
  test('is ended for what is due, which comes first', () => {
    const script = blocked().play(nacked('1-0', 10)).at(10).play(due);
    expect(script.effects).toEqual([{ do: 'unblock', clientId: 7 }]);
    script.play({ type: 'unblocked', was: true, clientId: 7 }, replied());
    expect(script.did).toEqual(['cancel watchdog', 'take-over']);
  });

  test('is left alone before that, and asked again after 20 ms where it had not blocked yet', () => {
    const script = blocked().play(nacked('1-0', 10));
    expect(script.find('unblock')).toBeUndefined();
    script.at(10).play(due, { type: 'unblocked', was: false, clientId: 7 });
    expect(script.effects).toEqual([{ do: 'timer', name: 'unblock', ms: 20 }]);
    expect(script.play({ type: 'timer', name: 'unblock' }).effects).toEqual([{ do: 'unblock', clientId: 7 }]);
  });
});

describe('maxWaiting', () => {
  const three = () => idle().play(nacked('1-0', 10), nacked('2-0', 50), nacked('3-0', 50));

  test('so many wait: reading pauses, which is told once', () => {
    const script = three().window({ held: 1, settled: 3 });
    expect(script.effects).toEqual([{ do: 'notice', notice: { type: 'paused', why: 'redelivery', unconfirmed: 0, waiting: 3 } }]);
    expect(script.window({ held: 0, settled: 4 }).did).toEqual([]);
    expect(script.tag).toBe('resting');
  });

  test('one less does not', () => {
    expect(idle().play(nacked('1-0', 10), nacked('2-0', 50)).window({ held: 1 }).did).toEqual(['timer watchdog', 'read']);
  });

  test('what is due and not fetched yet counts too', () => {
    const script = three().window({ held: 11 }).at(10).play(due);
    expect([toComeAgain(script.state), script.state.waiting.length]).toEqual([3, 2]);
  });

  test('when one of them has come, reading goes on, which is told', () => {
    const script = three().window({ held: 1 }).at(10).play(due, tookOver('1-0')).window({ held: 2 });
    expect(script.did).toEqual(['notice resumed', 'timer watchdog', 'read']);
  });

  test('a pause of acks is told as that, and both end before reading goes on', () => {
    const script = three().window({ held: 0, unconfirmed: 11, failing: true });
    expect(script.find('notice')?.notice).toMatchObject({ type: 'paused', why: 'acks', waiting: 3 });
    expect(
      script.window({ held: 0, failing: false }).effects.map((effect) => (effect.do === 'notice' ? effect.notice : effect.do)),
    ).toEqual([{ type: 'resumed' }, { type: 'paused', why: 'redelivery', unconfirmed: 0, waiting: 3 }]);
  });

  test('what was left by an earlier subscription, or claimed, is none of it', () => {
    const owed = { anchors: [], floors: [], wait: 0, takeover: [{ stream: 's', ids: ['1-0', '2-0', '3-0', '4-0'] }] };
    const script = new Script(plan, owed).connected();
    expect([script.tag, toComeAgain(script.state)]).toEqual(['taking-over', 0]);
  });
});

describe('a drained source', () => {
  const drained = { until: 'drained', timeout: 0 } as const;

  test('waits for what waits, and for what is held and may be nacked', () => {
    const script = blocked(drained)
      .play(replied(batch('s', '6-0')))
      .window({ held: 1 })
      .play(replied());
    expect([script.find('end'), script.tag]).toEqual([undefined, 'resting']);
    script.play(nacked('6-0', 50)).window({ settled: 1 });
    expect([script.find('end'), script.find('read')]).toEqual([undefined, undefined]);
    script.at(50).play(due, tookOver('6-0')).window({ held: 1, settled: 1 });
    expect(script.find('read')).toBeUndefined();
    script.window({ settled: 2 });
    expect(script.did).toEqual(['timer watchdog', 'read']);
    expect(script.play(replied()).find('end')).toEqual({ do: 'end', why: 'drained' });
  });

  test('reads on in between where more may have come', () => {
    const script = blocked(drained)
      .play(replied(batch('s', '6-0')))
      .window({ held: 1 });
    expect(script.did).toEqual(['timer watchdog', 'read']);
    script.play(replied(batch('s', '7-0'))).window({ held: 2 });
    expect(script.did).toEqual(['timer watchdog', 'read']);
  });
});

describe('closing', () => {
  test('nothing comes again; those that were due go to the next subscription', () => {
    const script = idle().window({ held: 11 }).play(nacked('1-0', 10)).at(10).play(due, { type: 'stop', why: 'unsubscribed' });
    expect(script.did).toContain('cancel redeliver');
    expect(script.play(due).did).toEqual([]);
    expect(script.window({}).play({ type: 'parted' }).find('close')?.owed.takeover).toEqual([{ stream: 's', ids: ['1-0'] }]);
  });

  test('what is nacked by then sets no timer', () => {
    const script = idle().play({ type: 'stop', why: 'signal' }, nacked('1-0', 10));
    expect(script.did).toEqual([]);
  });
});
