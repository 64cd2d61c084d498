import { describe, expect, test } from 'vitest';
import type { Event, TimerName } from '../../src/streams/events.js';
import { step } from '../../src/streams/machine.js';
import type { State } from '../../src/streams/state.js';
import { PLAN } from '../support/plans.js';
import { batch, CLAIMING, EMPTY, IN_GROUP, LIMITED, replied, Script } from './script.js';

const RANG: Event = { type: 'timer', name: 'backoff' };
const STOP: Event = { type: 'stop', why: 'signal' };
const failure = { kind: 'fatal', word: '', error: new Error('no') } as const;
const owed = { anchors: [], floors: [], wait: 0, takeover: [{ stream: 's', ids: ['1-0'] }] };

/** A machine in every phase there is. */
const PHASES: Record<string, () => Script> = {
  new: () => new Script(),
  joining: () => new Script().play({ type: 'start' }),
  connecting: () => new Script().play({ type: 'start' }, { type: 'joined', at: [{ stream: 's', from: '5-0', created: false }] }),
  reading: () => new Script().connected(),
  resting: () =>
    new Script()
      .connected()
      .play(replied(batch('s', '6-0')))
      .window({ held: 4 }),
  waiting: () => new Script().connected().fail('retry'),
  healing: () => new Script().connected().fail('heal').play(RANG),
  probing: () => new Script(PLAN).connected().play(replied()),
  reconciling: () => new Script().connected().fail('lost').play(RANG, { type: 'connected', clientId: 8 }),
  'taking-over': () => new Script(IN_GROUP, owed).connected(),
  'looking-back': () => new Script(LIMITED).connected(),
  claiming: () => new Script(CLAIMING).connected(),
  'closing reading': () => new Script().connected().play(STOP),
  'closing taking-over': () => new Script(IN_GROUP, owed).connected().play(STOP),
  'closing claiming': () => new Script(CLAIMING).connected().play(STOP),
  'closing reconciling': () => new Script().connected().play(STOP, { type: 'unblock-refused' }),
  'closing settling': () => new Script().connected().play(STOP, replied()),
  'closing parting': () => new Script().connected().play(STOP, replied()).window(),
  closed: () => new Script().connected().play(STOP, replied()).window().play({ type: 'parted' }),
};

const timers: TimerName[] = [
  'backoff',
  'quiet',
  'stall',
  'watchdog',
  'recheck',
  'claim',
  'redeliver',
  'alone',
  'unblock',
  'grace',
  'drain',
];
const EVENTS: Event[] = [
  { type: 'start' },
  { type: 'joined', at: [{ stream: 's', from: '5-0', created: true }] },
  { type: 'joined', at: [{ stream: 'unknown', from: '5-0', created: true }] },
  { type: 'connected', clientId: 9 },
  replied(),
  replied(batch('s', '6-0')),
  replied(batch('unknown', '6-0')),
  { type: 'reconciled', found: [batch('s', '6-0')], more: true },
  { type: 'reconciled', found: [], more: false },
  { type: 'took-over', found: batch('s', '1-0').entries },
  { type: 'looked-back', pages: [{ stream: 's', rows: [{ id: '1-0', count: 1 }] }] },
  { type: 'claimed', found: { stream: 's', rows: [{ id: '1-0', count: 1 }] }, gone: ['2-0'], next: '1-0' },
  { type: 'nacked', stream: 's', id: '1-0', attempt: 1, delay: 100 },
  { type: 'healed', at: [{ stream: 's', from: '0-0' }] },
  { type: 'probed', at: [{ stream: 's', last: '1-0' }] },
  { type: 'probed', at: [{ stream: 'unknown', last: undefined }] },
  { type: 'failed', failure },
  ...(['lost', 'retry', 'heal'] as const).map((kind): Event => ({ type: 'failed', failure: { ...failure, kind } })),
  { type: 'undecodable', failure },
  { type: 'ack-refused', failure },
  { type: 'ended', failure },
  { type: 'window', window: EMPTY },
  { type: 'window', window: { ...EMPTY, held: 100, unconfirmed: 100, failing: true } },
  ...timers.map((name): Event => ({ type: 'timer', name })),
  { type: 'wanted' },
  { type: 'stream-added', stream: 'new', start: undefined, owed: undefined },
  STOP,
  { type: 'stop', why: 'drained' },
  { type: 'stop', why: 'unsubscribed' },
  { type: 'unblocked', was: true },
  { type: 'unblocked', was: false },
  { type: 'unblock-refused' },
  { type: 'parted' },
];

const WORK = new Set(['join', 'connect', 'read', 'probe', 'reconcile', 'heal', 'take-over']);
const WORKING = new Set<State['phase']['tag']>([
  'joining',
  'connecting',
  'reading',
  'probing',
  'healing',
  'reconciling',
  'taking-over',
]);

function works({ phase }: State): boolean {
  return (
    WORKING.has(phase.tag) || (phase.tag === 'closing' && (phase.step.tag === 'reading' || phase.step.tag === 'reconciling'))
  );
}

describe.each(Object.entries(PHASES))('in phase %s', (tag, make) => {
  test('is where the test says', () => {
    expect(make().tag).toBe(tag);
  });

  test.each(EVENTS.map((event) => [name(event), event] as const))('%s is taken, and the state makes sense', (_, event) => {
    const { state, plan } = make();
    const before = JSON.stringify(state);
    const [after, effects] = step(state, event, { now: 5_000, dice: 0 });
    // Pure: what was handed in is as it was.
    expect(JSON.stringify(state)).toBe(before);
    expect(after.plan).toBe(plan);
    const started = effects.filter((effect) => WORK.has(effect.do));
    expect(started.length).toBeLessThanOrEqual(1);
    // Whoever starts work waits for it; whoever does not, has what was out before, or nothing.
    if (started.length === 1) expect(works(after)).toBe(true);
    if (!works(state) && started.length === 0) expect(works(after)).toBe(false);
    if (tag.startsWith('closing')) expect(['closing', 'closed']).toContain(after.phase.tag);
    if (tag === 'closed') expect([after, effects]).toEqual([state, []]);
    expect(effects.filter((effect) => effect.do === 'close')).toHaveLength(
      after.phase.tag === 'closed' && tag !== 'closed' ? 1 : 0,
    );
  });
});

function name(event: Event): string {
  const { type, ...rest } = event;
  return `${type} ${JSON.stringify(rest).slice(0, 70)}`;
}

test('every phase that there is was tried', () => {
  const tags = new Set(Object.values(PHASES).map((make) => make().phase.tag));
  const all: Record<State['phase']['tag'], true> = {
    new: true,
    joining: true,
    connecting: true,
    probing: true,
    healing: true,
    reconciling: true,
    'taking-over': true,
    'looking-back': true,
    claiming: true,
    reading: true,
    resting: true,
    waiting: true,
    closing: true,
    closed: true,
  };
  expect([...tags].sort()).toEqual(Object.keys(all).sort());
});

test('the join names what it joined, and whether it made it', () => {
  const script = new Script().play({ type: 'start' }, { type: 'joined', at: [{ stream: 's', from: '5-0', created: true }] });
  expect(script.find('notice')?.notice).toEqual({
    type: 'joined',
    stream: 's',
    group: 'g',
    consumer: 'me',
    generated: false,
    created: true,
    from: '5-0',
  });
});

test('an entry that cannot be decoded ends reading with its error', () => {
  const script = new Script().connected().play(replied(batch('s', '6-0')), { type: 'undecodable', failure });
  expect(script.find('end')).toEqual({ do: 'end', why: 'error', failure });
});
