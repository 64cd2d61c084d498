import { describe, expect, test } from 'vitest';
import type { Plan } from '../../src/plan.js';
import type { Event } from '../../src/streams/events.js';
import { GROUP } from '../support/plans.js';
import { batch, CLAIMING, IN_GROUP, REDELIVER, replied, Script, streams } from './script.js';

/** The rows of a page, each delivered once so far. */
const found = (stream: string, ids: readonly string[], next?: string, gone: readonly string[] = []): Event => ({
  type: 'claimed',
  found: { stream, rows: ids.map((id) => ({ id, count: 1 })) },
  gone,
  next,
});
const nothing = (stream = 's'): Event => found(stream, []);
const rang = (name: 'claim' | 'unblock' | 'watchdog'): Event => ({ type: 'timer', name });
const tookOver = (...ids: string[]): Event => ({ type: 'took-over', found: batch('s', ...ids).entries });
/** The first round is over, and a read that waits is out. */
const blocked = (plan: Plan = CLAIMING) => new Script(plan).connected().play(nothing());

describe('a round', () => {
  test('begins at the start, before the first read, at the beginning of the pending list', () => {
    const script = new Script(CLAIMING).connected();
    expect(script.effects).toEqual([{ do: 'claim', stream: 's', after: '0-0', minIdle: 3_000, most: 4 }]);
    script.play(nothing());
    expect(script.did).toEqual(['timer claim', 'timer watchdog', 'read']);
    expect(script.timer('claim')).toBe(1_000);
  });

  test('goes through every stream, one after the other; the next begins after the last of them', () => {
    const script = new Script({ ...CLAIMING, ...streams('a', 'b') }).connected();
    expect(script.find('claim')).toMatchObject({ stream: 'a', after: '0-0' });
    script.play(nothing('a'));
    expect([script.find('claim'), script.timer('claim')]).toEqual([
      { do: 'claim', stream: 'b', after: '0-0', minIdle: 3_000, most: 4 },
      undefined,
    ]);
    script.play(nothing('b'));
    expect(script.timer('claim')).toBe(1_000);
  });

  test('is made of pages: each begins behind the one before, also one of which nothing was ours to take', () => {
    const script = new Script(CLAIMING).connected().play(found('s', [], '4-0'));
    expect(script.effects).toEqual([{ do: 'claim', stream: 's', after: '4-0', minIdle: 3_000, most: 4 }]);
    expect(script.play(found('s', [], '8-0')).find('claim')?.after).toBe('8-0');
    expect(script.play(nothing()).did).toEqual(['timer claim', 'timer watchdog', 'read']);
  });

  test('asks for what the window has room for, at most 500 at once', () => {
    const most = (plan: Partial<Plan>, held = 0) =>
      new Script({ ...CLAIMING, ...plan }).window({ held }).connected().find('claim')?.most;
    expect([most({ bufferSize: 1 }), most({ bufferSize: 10 }, 7), most({ bufferSize: 2_000 })]).toEqual([1, 3, 500]);
  });

  test('waits for room, and keeps its place until there is some', () => {
    const script = new Script(CLAIMING).connected().play(found('s', ['1-0', '2-0', '3-0', '4-0'], '4-0'));
    script.play(tookOver('1-0', '2-0', '3-0', '4-0')).window({ held: 4 });
    expect(script.did).toEqual(['timer stall']);
    script.window({ held: 3, settled: 1 });
    expect(script.find('claim')).toMatchObject({ after: '4-0', most: 1 });
  });

  test('ends while the next is not due: a timer that rings amid a round begins it anew and asks for nothing twice', () => {
    const script = new Script(CLAIMING).connected().play(found('s', [], '4-0'));
    expect(script.play(rang('claim')).did).toEqual([]);
    // The page that was out was the last of its round; the stream is looked through from its beginning all the same.
    expect(script.play(found('s', [], '8-0')).find('claim')?.after).toBe('8-0');
  });

  test('there is none without claimIdle()', () => {
    const script = new Script(IN_GROUP).connected();
    expect(script.did).toEqual(['timer watchdog', 'read']);
    expect(script.play(rang('claim')).did).toEqual([]);
  });
});

describe('what was found', () => {
  test('is told, then fetched by id as the next delivery, and emitted as claimed', () => {
    const script = new Script(CLAIMING).connected();
    script.play({
      type: 'claimed',
      found: { stream: 's', rows: [{ id: '1-0', count: 1 }, { id: '3-0', count: 7 }] }, // prettier-ignore
      gone: [],
      next: undefined,
    });
    expect(script.effects).toEqual([
      { do: 'timer', name: 'claim', ms: 1_000 },
      { do: 'notice', notice: { type: 'claimed', stream: 's', ids: ['1-0', '3-0'] } },
      {
        do: 'take-over',
        takeover: { stream: 's', origin: 'claimed', entries: [{ id: '1-0', count: 2 }, { id: '3-0', count: 8 }] }, // prettier-ignore
      },
    ]);
    script.play(tookOver('1-0', '3-0'));
    expect(script.effects).toEqual([{ do: 'emit', batch: batch('s', '1-0', '3-0'), origin: 'claimed' }, { do: 'count' }]);
  });

  test('and is somebody else’s by the time it is fetched, is forgotten', () => {
    const script = new Script(CLAIMING).connected().play(found('s', ['1-0', '3-0']), tookOver('3-0'));
    expect(script.effects[0]).toEqual({ do: 'forget', stream: 's', ids: ['1-0'] });
    expect(script.find('emit')?.batch).toEqual(batch('s', '3-0'));
  });

  test('and is gone from the stream, is acked away and told', () => {
    const script = new Script(CLAIMING).connected().play(found('s', ['1-0']));
    script.play({ type: 'took-over', found: [{ id: '1-0', pairs: null }] });
    expect(script.find('ack-away')).toEqual({ do: 'ack-away', stream: 's', ids: ['1-0'] });
    expect(script.find('emit')).toBeUndefined();
  });

  test('without what was gone by then: that is told, and needs no ack', () => {
    const script = new Script(CLAIMING).connected().play(found('s', [], undefined, ['1-0', '2-0']));
    expect(script.effects.slice(0, 2)).toEqual([
      { do: 'timer', name: 'claim', ms: 1_000 },
      { do: 'notice', notice: { type: 'gone', stream: 's', ids: ['1-0', '2-0'] } },
    ]);
    expect(script.did).toEqual(['timer claim', 'notice gone', 'timer watchdog', 'read']);
    script.play(rang('claim'), replied());
    expect(script.play(found('s', ['3-0'], undefined, ['4-0'])).did).toEqual([
      'timer claim',
      'notice gone',
      'notice claimed',
      'take-over',
    ]);
  });

  test('says how far the group has read: it is made again there, should it vanish', () => {
    const script = new Script(CLAIMING)
      .connected()
      .play(found('s', ['9-0']), tookOver('9-0'))
      .window({ held: 1 });
    script.fail('heal').play({ type: 'timer', name: 'backoff' });
    expect(script.find('heal')?.anchors).toEqual([['s', '9-0']]);
  });
});

describe('a read that waits for fresh entries', () => {
  test('is ended when a round begins, and the round goes first', () => {
    const script = blocked();
    expect(script.play(rang('claim')).effects).toEqual([{ do: 'unblock', clientId: 7 }]);
    expect(script.tag).toBe('reading');
    expect(script.play({ type: 'unblocked', was: true, clientId: 7 }).did).toEqual([]);
    script.play(replied());
    expect(script.effects).toEqual([
      { do: 'cancel', name: 'watchdog' },
      { do: 'claim', stream: 's', after: '0-0', minIdle: 3_000, most: 4 },
    ]);
    expect(script.play(nothing()).did).toEqual(['timer claim', 'timer watchdog', 'read']);
  });

  test('and brought something just then: that is emitted, and the round comes with the count', () => {
    const script = blocked().play(rang('claim'), replied(batch('s', '6-0')));
    expect(script.did).toEqual(['emit', 'count', 'cancel watchdog']);
    expect(script.window({ held: 1 }).find('claim')).toMatchObject({ after: '0-0', most: 3 });
  });

  test('that had not blocked yet is unblocked again after 20 ms', () => {
    const script = blocked().play(rang('claim'), { type: 'unblocked', was: false, clientId: 7 });
    expect(script.effects).toEqual([{ do: 'timer', name: 'unblock', ms: 20 }]);
    expect(script.play(rang('unblock')).effects).toEqual([{ do: 'unblock', clientId: 7 }]);
  });

  test('is left alone where that answer comes when the read is over, and where nothing is due', () => {
    const over = blocked().play(rang('claim'), replied());
    expect(over.play({ type: 'unblocked', was: false, clientId: 7 }).did).toEqual([]);
    expect(blocked().play({ type: 'unblocked', was: false, clientId: 7 }).did).toEqual([]);
    expect(blocked().play(rang('unblock')).did).toEqual([]);
  });

  test('one that does not wait comes back soon by itself', () => {
    const script = blocked({ ...CLAIMING, timeout: 0 });
    expect(script.play(rang('claim')).did).toEqual([]);
    expect(script.play(replied()).find('claim')).toBeDefined();
  });
});

test('while something else is out or rests, a round begins as soon as that is over', () => {
  const resting = blocked()
    .play(replied(batch('s', '6-0', '7-0', '8-0')))
    .window({ held: 3 });
  expect(resting.did).toEqual(['timer quiet']);
  // Claims do not wait for `refillAt`: there is room.
  expect(resting.play(rang('claim')).find('claim')?.most).toBe(1);
  const backoff = blocked().fail('retry').play(rang('claim'));
  expect(backoff.did).toEqual([]);
  expect(backoff.play({ type: 'timer', name: 'backoff' }, { type: 'connected', clientId: 8 }).find('claim')).toBeDefined();
});

describe('a page that fails', () => {
  test('is asked for again after a backoff, where it was', () => {
    const script = new Script(CLAIMING)
      .connected()
      .play(found('s', [], '4-0'))
      .fail('lost');
    expect(script.find('notice')?.notice).toMatchObject({ type: 'retrying', what: 'claim', attempt: 1 });
    // It is not the connection for reading that failed.
    expect(script.did).toEqual(['notice retrying', 'timer backoff']);
    expect(script.play({ type: 'timer', name: 'backoff' }).find('claim')?.after).toBe('4-0');
    script.fail('lost');
    expect(script.find('notice')?.notice).toMatchObject({ attempt: 2 });
    script.play({ type: 'timer', name: 'backoff' }, found('s', [], '8-0')).fail('lost');
    expect(script.find('notice')?.notice).toMatchObject({ attempt: 1 });
  });

  test('for good ends the source with that error, during claim', () => {
    const script = new Script(CLAIMING).connected().fail('fatal');
    expect(script.find('end')).toMatchObject({ why: 'error', during: 'claim', failure: { kind: 'fatal' } });
    expect(script.tag).toBe('closing settling');
  });

  test('because the group is gone, has it made again', () => {
    const script = new Script(CLAIMING).connected().fail('heal').play({ type: 'timer', name: 'backoff' });
    expect(script.did).toEqual(['heal']);
  });
});

describe('a drained source', () => {
  const drained: Plan = { ...CLAIMING, until: 'drained', timeout: 0 };

  test('has one round, works off what that finds, and ends', () => {
    const script = new Script(drained).connected().play(found('s', ['1-0']));
    expect(script.timer('claim')).toBeUndefined();
    expect(script.did).toEqual(['notice claimed', 'take-over']);
    script.play(tookOver('1-0')).window({ held: 1 });
    expect(script.did).toEqual(['timer watchdog', 'read']);
    expect(script.play(replied()).find('end')).toEqual({ do: 'end', why: 'drained' });
  });

  test('ends not before that round is over', () => {
    const script = new Script({ ...drained, ...streams('a', 'b') }).connected().play(nothing('a'));
    expect(script.find('claim')?.stream).toBe('b');
    expect(script.play(nothing('b')).did).toEqual(['timer watchdog', 'read']);
  });
});

describe('closing', () => {
  const STOP: Event = { type: 'stop', why: 'signal' };

  test('no round begins', () => {
    const script = blocked().play(STOP, rang('claim'));
    expect([script.did, script.tag]).toEqual([[], 'closing reading']);
    expect(script.play(replied()).find('claim')).toBeUndefined();
  });

  test('while a page is out: what it brings goes back as never delivered, in the counts that they had', () => {
    const script = new Script(CLAIMING).connected().play(STOP);
    expect([script.tag, script.timer('grace')]).toEqual(['closing claiming', 1_000]);
    script.play(found('s', ['1-0', '2-0'], '2-0'));
    expect(script.effects[0]).toEqual({
      do: 'release',
      // Given back with one delivery less than this.
      batch: { stream: 's', entries: ['1-0', '2-0'].map((id) => ({ id, pairs: [], attempt: 2 })) },
    });
    expect(script.find('claim')).toBeUndefined();
    expect(script.tag).toBe('closing settling');
  });

  test.each<[string, Event]>([
    ['fails', { type: 'failed', failure: { kind: 'retry', word: '', error: new Error() } }],
    ['takes too long', { type: 'timer', name: 'grace' }],
  ])('and that page %s: nobody waits for it', (_, event) => {
    const script = new Script(CLAIMING).connected().play(STOP, event);
    expect(script.tag).toBe('closing settling');
    expect(script.did).toContain('disconnect');
    expect(script.did.includes('abandon')).toBe(event.type === 'timer');
  });

  test('what was claimed and not fetched yet goes back too, the last deliveries among them', () => {
    const plan: Plan = { ...CLAIMING, group: { ...GROUP, claim: { minIdle: 3_000, every: 1_000 }, redeliver: REDELIVER } };
    const rows = [{ id: '1-0', count: 1 }, { id: '2-0', count: 2 }]; // prettier-ignore
    const script = new Script(plan)
      .connected()
      .play({ type: 'claimed', found: { stream: 's', rows }, gone: [], next: undefined });
    // It is to run alone, and 1-0 is not settled yet.
    script.play(tookOver('1-0')).window({ held: 1 }).play(STOP);
    expect(script.effects.flatMap((effect) => (effect.do === 'release' ? effect.batch.entries : []))).toEqual([
      { id: '2-0', pairs: [], attempt: 3 },
    ]);
    expect(script.window().play({ type: 'parted' }).find('close')?.owed.takeover).toEqual([]);
  });
});
