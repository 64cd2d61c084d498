/** One reader of several: what the others have of the window comes with every event. */
import { describe, expect, test } from 'vitest';
import type { Event, Others } from '../../src/streams/events.js';
import { step } from '../../src/streams/machine.js';
import { initial, type State } from '../../src/streams/state.js';
import { reserved } from '../../src/streams/reserved.js';
import { batch, EMPTY, IN_GROUP, replied, Script } from './script.js';

const NONE: Others = { held: 0, taken: 0, unconfirmed: 0, settled: 0, reserved: 0, waiting: 0, comingAgain: 0, goFirst: false };

/** A reader that is connected, with a window of 10 that is filled again at 5. */
function reader(others: Partial<Others> = {}, plan = {}) {
  let state: State = initial({ ...IN_GROUP, bufferSize: 10, refillAt: 5, ...plan }, undefined);
  let beside = { ...NONE, ...others };
  const play = (event: Event) => {
    const [after, effects] = step(state, event, { now: 0, dice: 1, others: beside });
    state = after;
    return effects;
  };
  play({ type: 'start' });
  play({ type: 'joined', at: [{ stream: 's', from: '5-0', created: false }] });
  const first = play({ type: 'connected', clientId: 7 });
  return {
    play,
    first,
    state: () => state,
    beside: (more: Partial<Others>) => (beside = { ...beside, ...more }),
  };
}

function read(effects: readonly { do: string }[]) {
  const found = effects.find(
    (effect): effect is { do: 'read'; read: { count: number; block: number | undefined } } => effect.do === 'read',
  );
  return found && { count: found.read.count, block: found.read.block };
}

describe('how much it asks for', () => {
  test.each<[string, Partial<Others>, { count: number; block: number | undefined } | undefined]>([
    ['all of it, without waiting, when nobody else holds anything', {}, { count: 10, block: undefined }],
    ['what the others leave', { held: 4 }, { count: 6, block: undefined }],
    ['and what their commands may not bring', { held: 2, reserved: 5 }, { count: 3, block: undefined }],
    ['its share, where others wait for room', { waiting: 1 }, { count: 5, block: undefined }],
    ['one at least', { held: 5, waiting: 9 }, { count: 1, block: undefined }],
    ['nothing while they have it all', { held: 10 }, undefined],
    ['nothing while one of them goes first', { goFirst: true }, undefined],
    ['nothing above refillAt before it is quiet', { held: 6 }, undefined],
    ['nothing while too many acks of theirs are out', { unconfirmed: 11 }, undefined],
  ])('%s', (_, others, asked) => {
    expect(read(reader(others).first)).toEqual(asked);
  });

  test('when that finds nothing it waits, with a place for one', () => {
    const { play } = reader();
    expect(read(play(replied()))).toEqual({ count: 1, block: 1_000 });
    play(replied(batch('s', '6-0')));
    expect(read(play({ type: 'window', window: { ...EMPTY, held: 1 } }))).toEqual({ count: 9, block: undefined });
  });

  test('a drained source ends only after a read that waited as long as it should', () => {
    const { play, state } = reader({}, { until: 'drained' });
    expect(read(play(replied()))).toEqual({ count: 1, block: 1_000 });
    expect(state().phase.tag).toBe('reading');
    play(replied());
    expect(state().phase).toMatchObject({ tag: 'closing', why: 'drained' });
  });
});

test('what it may still get is told to the others: nothing while it waits', () => {
  const { play, state } = reader();
  expect(reserved(state())).toBe(9);
  play(replied());
  expect(reserved(state())).toBe(0);
});

test('drained, with work that is behind that of another reader: drainTimeout begins anew while that one settles', () => {
  const { play, state, beside } = reader({}, { until: 'drained', timeout: 0 });
  play(replied(batch('s', '6-0')));
  play({ type: 'window', window: { ...EMPTY, held: 1, taken: 1 } });
  play(replied());
  expect(state().phase.tag).toBe('closing');
  beside({ settled: 1 });
  expect(play({ type: 'timer', name: 'drain' })).toEqual([{ do: 'timer', name: 'drain', ms: 3_000 }]);
  expect(play({ type: 'timer', name: 'drain' }).map((effect) => effect.do)).toContain('expire');
});

describe('a request that another reader has answered (pull)', () => {
  const pulled = () => {
    const script = new Script({ ...IN_GROUP, demand: 'pull', bufferSize: 0 }).connected();
    return script.play({ type: 'wanted' }, { type: 'connected', clientId: 7 });
  };

  test('ends the read that waits, which then says nothing', () => {
    const script = pulled().play({ type: 'unwanted' });
    expect(script.did).toEqual(['unblock']);
    script.play({ type: 'unblocked', was: true, clientId: 7 }, replied());
    expect([script.tag, script.find('nothing')]).toEqual(['resting', undefined]);
  });

  test('sent too early it is sent again', () => {
    const script = pulled().play({ type: 'unwanted' }, { type: 'unblocked', was: false, clientId: 7 });
    expect(script.timer('unblock')).toBe(20);
    expect(script.play({ type: 'timer', name: 'unblock' }).did).toEqual(['unblock']);
  });

  test('where CLIENT UNBLOCK is not to be had the read runs out, and the next one speaks again', () => {
    const script = pulled().play({ type: 'unwanted' }, { type: 'unblock-refused' }, replied());
    expect([script.tag, script.find('nothing')]).toEqual(['resting', undefined]);
    script.play({ type: 'wanted' }, replied());
    expect(script.find('nothing')).toEqual({ do: 'nothing' });
  });

  test('an entry that came all the same is emitted', () => {
    const script = pulled().play({ type: 'unwanted' }, replied(batch('s', '6-0')));
    expect(script.find('emit')).toMatchObject({ batch: { stream: 's' } });
  });

  test('nothing is ended where nothing waits', () => {
    const script = new Script({ ...IN_GROUP, demand: 'pull' }).connected().play({ type: 'unwanted' });
    expect(script.effects).toEqual([]);
  });
});
