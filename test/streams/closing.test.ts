import { describe, expect, test } from 'vitest';
import type { Batch, Event } from '../../src/streams/events.js';
import type { Plan } from '../../src/plan.js';
import { GROUP } from '../support/plans.js';
import { batch, goneBatch, IN_GROUP, replied, Script, streams, WITH_BACKLOG } from './script.js';

const lookedFor = (...found: Batch[]): Event => ({ type: 'reconciled', found, more: false });
const STOP: Event = { type: 'stop', why: 'unsubscribed' };
const blocked = () => new Script().connected();
/** Nothing is out: the window is full. */
const resting = () =>
  new Script()
    .connected()
    .play(replied(batch('s', '6-0', '7-0', '8-0', '9-0')))
    .window({ held: 4 });
const named = (event: Event) => (event.type === 'stop' ? `${event.type} ${event.why}` : event.type);

test('a look for what a lost reply had shows what was there when it was asked for: what came later is owed, however late it answers', () => {
  const script = blocked().play(STOP, { type: 'unblock-refused' });
  expect(script.tag).toBe('closing reconciling');
  script.at(900).play(lookedFor());
  script.window();
  script.play({ type: 'parted' });
  expect(script.find('close')?.owed.floors).toEqual([['s', '5-0']]);
});

describe('stopped while blocked', () => {
  test('the timers of reading go, the read is unblocked, and closing has its time', () => {
    const script = blocked().play(STOP);
    expect(script.did).toEqual([
      'cancel backoff',
      'cancel quiet',
      'cancel stall',
      'cancel watchdog',
      'cancel recheck',
      'cancel claim',
      'cancel redeliver',
      'cancel alone',
      'cancel unblock',
      'notice closing',
      'timer drain',
      'timer grace',
      'unblock',
    ]);
    expect([script.timer('drain'), script.timer('grace')]).toEqual([3_000, 1_000]);
    expect(script.tag).toBe('closing reading');
  });

  test('what the read still brings goes back; what is gone is acked away', () => {
    const script = blocked().play(STOP, replied(batch('s', '6-0'), goneBatch('t', '7-0')));
    expect(script.effects.filter(({ do: name }) => name === 'release')[0]).toEqual({ do: 'release', batch: batch('s', '6-0') });
    expect(script.find('ack-away')).toEqual({ do: 'ack-away', stream: 't', ids: ['7-0'] });
    expect(script.find('emit')).toBeUndefined();
    expect(script.did.slice(-5)).toEqual(['cancel grace', 'cancel unblock', 'disconnect', 'cancel grace', 'count']);
  });

  test('an unblock that came before the block is sent again after 20 ms; one that hit is enough', () => {
    const script = blocked().play(STOP, { type: 'unblocked', was: false });
    expect(script.effects).toEqual([{ do: 'timer', name: 'unblock', ms: 20 }]);
    expect(script.play({ type: 'timer', name: 'unblock' }).effects).toEqual([{ do: 'unblock', clientId: 7 }]);
    expect(script.play({ type: 'unblocked', was: true }).did).toEqual([]);
  });

  test.each<[string, Event]>([
    ['the grace is over', { type: 'timer', name: 'grace' }],
    ['CLIENT UNBLOCK is refused', { type: 'unblock-refused' }],
    ['the connection breaks', { type: 'failed', failure: { kind: 'lost', word: '', error: new Error() } }],
  ])('%s: the connection is cut, and its reply looked for', (_, event) => {
    const script = blocked().play(STOP, event);
    expect(script.tag).toBe('closing reconciling');
    expect(script.did).toContain('disconnect');
    expect(script.find('reconcile')).toMatchObject({ floors: [['s', '5-0']] });
    script.play({ type: 'reconciled', found: [batch('s', '6-0')], more: false });
    expect(script.find('release')?.batch).toEqual(batch('s', '6-0'));
    expect(script.tag).toBe('closing settling');
  });

  test.each<[string, Event]>([
    ['fails', { type: 'failed', failure: { kind: 'retry', word: '', error: new Error() } }],
    ['takes too long', { type: 'timer', name: 'grace' }],
  ])('the last look %s: it is owed to the next', (_, event) => {
    const script = blocked().play(STOP, { type: 'unblock-refused' }, event);
    expect(script.tag).toBe('closing settling');
    expect(script.window().play({ type: 'parted' }).find('close')?.owed.floors).toEqual([['s', '5-0']]);
  });

  test('a server that may still deliver is owed to the next too, with how long', () => {
    const script = blocked().at(100).play(STOP, { type: 'unblock-refused' });
    script.at(400).play({ type: 'reconciled', found: [], more: false }).window().play({ type: 'parted' });
    expect(script.find('close')?.owed).toEqual({ anchors: [['s', '5-0']], floors: [['s', '5-0']], wait: 950, takeover: [] });
  });

  test.each<[string, Event, string]>([
    ['a server that was not reached', { type: 'unblocked', was: false }, 'kept'],
    ['one that has answered', { type: 'unblocked', was: true, clientId: 7 }, 'removed'],
    ['one where that connection is not blocked', { type: 'unblocked', was: false, clientId: 7 }, 'removed'],
  ])('a generated consumer of a lost read, and %s', (_, event, becomes) => {
    const script = new Script({ ...IN_GROUP, group: { ...GROUP, generated: true } }).connected().fail('lost');
    script.play({ type: 'stop', why: 'unsubscribed' }, event, { type: 'reconciled', found: [], more: false }).window();
    expect(script.did).toContain(becomes === 'kept' ? 'notice consumer-kept' : 'part');
    expect(script.tag).toBe(becomes === 'kept' ? 'closed' : 'closing parting');
  });

  test.each([
    ['the last read', IN_GROUP, [replied(batch('s', '6-0'))], '6-0'],
    ['the last look for a lost reply', IN_GROUP, [{ type: 'unblock-refused' }, lookedFor(batch('s', '6-0'))], '5-0'],
    ['the last page of a backlog', WITH_BACKLOG, [replied(batch('s', '2-0'))], '2-0'],
  ] as [string, Plan, Event[], string][])('what %s brought is given back, and we stand behind it', (_, plan, events, anchor) => {
    const script = new Script(plan).connected().play(STOP, ...events);
    expect(script.window().play({ type: 'parted' }).find('close')?.owed.anchors).toEqual([['s', anchor]]);
  });

  test('with more pending than a lost reply held, nothing is given back by mistake', () => {
    const backlog = new Script(
      { ...WITH_BACKLOG, ...streams('s') },
      { anchors: [], floors: [['s', '5-0']], wait: 0, takeover: [] },
    ).connected();
    expect(backlog.play(STOP, replied(), { type: 'parted' }).find('reconcile')).toBeUndefined();
    expect(backlog.window().play({ type: 'parted' }).find('close')?.owed.floors).toEqual([['s', '5-0']]);
  });

  test('a read that is refused is over', () => {
    expect(blocked().play(STOP).fail('retry').tag).toBe('closing settling');
  });
});

describe('who is told', () => {
  test.each([
    ['signal', { do: 'end', why: 'signal' }],
    ['unsubscribed', undefined],
  ] as const)('%s', (why, end) => {
    expect(resting().play({ type: 'stop', why }).find('end')).toEqual(end);
  });

  test('once', () => {
    const script = resting().play({ type: 'stop', why: 'signal' });
    const events: Event[] = [
      { type: 'stop', why: 'unsubscribed' },
      { type: 'stop', why: 'signal' },
      { type: 'undecodable', failure: { kind: 'fatal', word: '', error: new Error() } },
    ];
    for (const event of events) expect(script.play(event).did, named(event)).toEqual([]);
  });
});

describe('closing ends', () => {
  test('when the stages are done and the acks confirmed, in this order: part, close', () => {
    const script = resting().play(STOP);
    expect(script.tag).toBe('closing settling');
    expect(script.window({ held: 4, taken: 2 }).did).toEqual([]);
    expect(script.window({ held: 2, unconfirmed: 2 }).did).toEqual([]);
    // Entries that nobody works on do not keep it.
    expect(script.window({ held: 2 }).effects).toEqual([{ do: 'part', streams: ['s'] }]);
    expect(script.window({ held: 1 }).did).toEqual([]);
    script.play({ type: 'parted' });
    expect(script.effects).toEqual([
      { do: 'abandon' },
      { do: 'disconnect' },
      { do: 'close', owed: { anchors: [['s', '9-0']], floors: [], wait: 0, takeover: [] } },
    ]);
    expect(script.tag).toBe('closed');
  });

  test.each(['reading', 'reconciling', 'settling', 'parting'])('when drainTimeout is over, in step %s', (step) => {
    const script =
      step === 'reading' || step === 'reconciling' ? blocked().play(STOP) : resting().play(STOP).window({ taken: 1, held: 1 });
    if (step === 'reconciling') script.play({ type: 'unblock-refused' });
    if (step === 'parting') script.window();
    expect(script.tag).toBe(`closing ${step}`);
    script.play({ type: 'timer', name: 'drain' });
    expect(script.did).toEqual(['expire', 'abandon', 'disconnect', 'close']);
    expect(script.tag).toBe('closed');
  });

  describe('drainTimeout of a drained source is one of silence', () => {
    const drained = () =>
      new Script({ ...IN_GROUP, until: 'drained', timeout: 0 })
        .connected()
        .play(replied(batch('s', '6-0', '7-0')))
        .window({ held: 2, taken: 2 })
        .play(replied());

    test.each([
      ['an entry is settled', { taken: 1, held: 1, settled: 1, unconfirmed: 1 }],
      ['an ack is confirmed', { taken: 2, held: 2, settled: 0, unconfirmed: 0 }],
      ['an entry is handed on', { taken: 1, held: 2, settled: 0, unconfirmed: 1 }],
    ])('%s: it begins anew', (_, window) => {
      const script = drained();
      expect([script.tag, script.timer('drain')]).toEqual(['closing settling', 3_000]);
      script.window({ held: 2, taken: 2, unconfirmed: 1 });
      expect(script.window(window).effects).toEqual([{ do: 'timer', name: 'drain', ms: 3_000 }]);
    });

    test('an ack that fails again and again, or nothing new, is no movement', () => {
      const script = drained().window({ held: 1, taken: 1, settled: 1, unconfirmed: 1 });
      expect(script.window({ held: 1, taken: 1, settled: 1, unconfirmed: 1, failing: true }).did).toEqual([]);
      expect(script.window({ held: 1, taken: 1, settled: 1, unconfirmed: 1 }).did).toEqual([]);
      expect(script.play({ type: 'timer', name: 'drain' }).did).toEqual(['expire', 'abandon', 'disconnect', 'close']);
    });

    test.each(['signal', 'unsubscribed'] as const)('%s: it bounds all of closing', (why) => {
      const script = resting().play({ type: 'stop', why }).window({ taken: 2, held: 2 });
      expect(script.window({ taken: 1, held: 1, settled: 1 }).did).toEqual([]);
    });
  });

  test('at once when the client has ended, in every phase', () => {
    const failure = { kind: 'fatal', word: '', error: new Error('ended') } as const;
    const alive = blocked().play({ type: 'ended', failure });
    expect(alive.did).toEqual(['expire', 'notice closing', 'end', 'abandon', 'disconnect', 'close']);
    const closing = resting().play(STOP, { type: 'ended', failure });
    expect(closing.did).toEqual(['expire', 'abandon', 'disconnect', 'close']);
  });
});

test.each<[string, Script]>([
  ['new', new Script()],
  ['joining', new Script().play({ type: 'start' })],
  ['waiting', blocked().fail('retry')],
  ['reconciling', blocked().fail('lost').play({ type: 'timer', name: 'backoff' }, { type: 'connected', clientId: 8 })],
])('in phase %s the work that is out is abandoned', (tag, script) => {
  expect(script.tag).toBe(tag);
  script.play(STOP);
  expect(script.did).toContain('abandon');
  expect(['closing settling', 'closing reconciling']).toContain(script.tag);
});

test('a generated consumer parts from every stream it joined', () => {
  const plan = { ...IN_GROUP, ...streams('a', 'b'), group: { ...GROUP, generated: true } };
  const script = new Script(plan).connected().play(STOP, replied()).window();
  expect(script.find('part')).toEqual({ do: 'part', streams: ['a', 'b'] });
});
