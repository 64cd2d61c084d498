import { describe, expect, test } from 'vitest';
import type { Owed } from '../../src/streams/effects.js';
import type { Event } from '../../src/streams/events.js';
import { GROUP, PLAN } from '../support/plans.js';
import { batch, IN_GROUP, replied, Script, streams, WITH_BACKLOG, takeover } from './script.js';

const RANG: Event = { type: 'timer', name: 'backoff' };

describe('refused for now, or lost', () => {
  test('is tried again after a backoff that grows, each told, and starts anew after a success', () => {
    const script = new Script().connected();
    const delays: (number | undefined)[] = [];
    for (let i = 0; i < 4; i++) {
      delays.push(script.fail('retry').timer('backoff'));
      script.play(RANG, { type: 'connected', clientId: 8 + i });
    }
    expect(delays).toEqual([50, 100, 200, 400]);
    expect(script.tag).toBe('reading');
    script.play(replied(batch('s', '6-0'))).window({ held: 1 });
    expect(script.fail('retry').timer('backoff')).toBe(50);
    expect(script.find('notice')?.notice).toMatchObject({ type: 'retrying', what: 'read', attempt: 1, delay: 50 });
  });

  test('a read that the server refused for now lost nothing, and goes on with a new connection: the server may be a replica now', () => {
    const script = new Script().connected().fail('retry');
    expect(script.find('disconnect')).toBeDefined();
    expect(script.state.loss).toBeUndefined();
    expect(script.play(RANG).tag).toBe('connecting');
  });

  test.each<[string, Event[], string]>([
    ['join', [{ type: 'start' }], 'joining'],
    ['connect', [{ type: 'start' }, { type: 'joined', at: [{ stream: 's', from: '5-0', created: false }] }], 'connecting'],
  ])('%s is resumed where it was', (what, events, tag) => {
    const script = new Script().play(...events).fail('lost');
    expect(script.tag).toBe('waiting');
    expect(script.effects.find((effect) => effect.do === 'notice')).toMatchObject({ notice: { what } });
    expect(script.play(RANG).tag).toBe(tag);
  });

  test('a failure while nothing is out is somebody else’s', () => {
    const script = new Script().connected().play(replied(batch('s', '6-0')));
    expect(script.fail('fatal').did).toEqual([]);
    expect(script.tag).toBe('resting');
  });
});

describe('refused for good', () => {
  test('ends at once, and says during what', () => {
    const script = new Script().play({ type: 'start' }).fail('fatal');
    expect(script.tag).toBe('closing settling');
    expect(script.find('end')).toMatchObject({ why: 'error', failure: { kind: 'fatal' }, during: 'join' });
  });

  test('an ack that is refused for good ends reading too', () => {
    const failure = { kind: 'fatal', word: 'NOPERM', error: new Error('no') } as const;
    const script = new Script().connected().play({ type: 'ack-refused', failure });
    expect(script.tag).toBe('closing reading');
    expect(script.find('end')?.failure).toBe(failure);
  });
});

describe('the group is gone', () => {
  test('without autoCreate: the end', () => {
    const script = new Script({ ...IN_GROUP, group: { ...GROUP, createFrom: undefined } }).connected().fail('heal');
    expect(script.find('end')).toMatchObject({ why: 'error', failure: { kind: 'heal' } });
  });

  test('it is made again at what was read, and reading goes on there, on the same connection', () => {
    const script = new Script({ ...IN_GROUP, ...streams('a', 'b') })
      .connected()
      .play(replied(batch('a', '8-0')))
      .window();
    script.fail('heal').play(RANG);
    expect(script.effects).toEqual([
      {
        do: 'heal',
        anchors: [
          ['a', '8-0'],
          ['b', '5-0'],
        ],
        takeover: [],
      },
    ]);
    script.play({ type: 'healed', at: [{ stream: 'b', from: '0-0' }] });
    expect(script.did).toEqual(['timer watchdog', 'read']);
    expect(script.state.tracks.map(({ read }) => read)).toEqual(['8-0', '0-0']);
  });

  test('with a lost reply on top: it is made again first, and what the reply held comes fresh', () => {
    const script = new Script().connected().fail('lost').play(RANG, { type: 'connected', clientId: 8 }).fail('heal').play(RANG);
    expect(script.tag).toBe('healing');
    script.play({ type: 'healed', at: [{ stream: 's', from: '0-0' }] });
    expect(script.find('reconcile')?.floors).toEqual([['s', '0-0']]);
  });

  test('in the middle of the backlog it is made again at the cursor, and what is left of the backlog comes fresh', () => {
    const script = new Script(WITH_BACKLOG).connected().play(replied(batch('s', '1-0', '2-0', '3-0', '4-0')));
    script.window().fail('heal').play(RANG);
    expect(script.find('heal')?.anchors).toEqual([['s', '4-0']]);
    script.play({ type: 'healed', at: [{ stream: 's', from: '4-0' }] });
    expect(script.find('read')?.read).toMatchObject({ kind: 'backlog', from: [['s', '4-0']] });
    script.play(replied());
    expect(script.did).toContain('notice backlog-done');
    expect(script.find('read')?.read).toMatchObject({ kind: 'live', from: [['s', '>']] });
    expect(script.state.tracks.map(({ read }) => read)).toEqual(['4-0']);
  });

  test('with a lost reply that is not looked for yet it is made again below that, and what it held comes fresh', () => {
    const script = new Script().connected().fail('lost').play(RANG, { type: 'connected', clientId: 8 });
    script
      .play({ type: 'reconciled', found: [], more: false }, replied(batch('s', '9-0')))
      .window()
      .fail('heal')
      .play(RANG);
    expect(script.find('heal')?.anchors).toEqual([['s', '5-0']]);
  });

  test('where another consumer has made it again and read on, we stand where we stood', () => {
    const script = new Script()
      .connected()
      .fail('heal')
      .play(RANG, { type: 'healed', at: [{ stream: 's', from: '9-0' }] });
    expect(script.state.tracks.map(({ read }) => read)).toEqual(['5-0']);
  });

  test('where another consumer has made it anew, and a reply of that is lost already, all of it is looked through', () => {
    const script = new Script().connected().fail('lost').play(RANG, { type: 'connected', clientId: 8 }).fail('heal').play(RANG);
    script.play({ type: 'healed', at: [{ stream: 's', from: '2-0' }] });
    expect(script.find('reconcile')?.floors).toEqual([['s', '0-0']]);
    expect(script.state.tracks.map(({ read }) => read)).toEqual(['2-0']);
  });

  test('healing that fails is tried again', () => {
    const script = new Script().connected().fail('heal').play(RANG).fail('lost').play(RANG);
    expect(script.tag).toBe('healing');
  });

  test('means nothing to a reader without a group: it tries again', () => {
    expect(new Script(PLAN).connected().fail('heal').play(RANG).tag).toBe('reading');
  });
});

describe('the group has gone between two subscriptions', () => {
  const owed = { anchors: [['s', '4-0']] as const, floors: [], wait: 0, takeover: [{ stream: 's', ids: ['2-0', '3-0'] }] };
  const missing: Event = { type: 'joined', at: [{ stream: 's', from: '4-0', created: false, missing: true }] };

  test.each([
    ['what was left is registered, and taken over', IN_GROUP],
    ['also where the backlog would have brought it', WITH_BACKLOG],
  ])('it is made again where the earlier one stood: %s', (_, plan) => {
    const script = new Script(plan, owed).play({ type: 'start' });
    expect(script.find('join')?.streams).toEqual([{ stream: 's', start: undefined, anchor: '4-0' }]);
    script.play(missing);
    expect(script.effects.at(-1)).toEqual({ do: 'heal', anchors: [['s', '4-0']], takeover: [takeover('s', '2-0', '3-0')] });
    script.play({ type: 'healed', at: [{ stream: 's', from: '4-0' }] }, { type: 'connected', clientId: 1 });
    expect(script.find('take-over')?.takeover).toEqual(takeover('s', '2-0', '3-0'));
  });

  test('where it stands the backlog brings what was left', () => {
    const script = new Script(WITH_BACKLOG, owed).play({ type: 'start' });
    script.play({ type: 'joined', at: [{ stream: 's', from: '4-0', created: false }] });
    expect(script.state.takeover).toEqual([]);
  });

  test('who ends before it could join hands on where the one before stood', () => {
    const script = new Script(IN_GROUP, owed).play({ type: 'start' }, { type: 'stop', why: 'unsubscribed' });
    const end = script.window().play({ type: 'parted' }).find('close');
    expect(end?.owed).toEqual(owed);
  });
});

describe('a read that does not come back', () => {
  test('is given up, its connection replaced, its reply looked for', () => {
    const script = new Script().connected();
    expect(script.timer('watchdog')).toBe(4_000);
    script.at(4_000).play({ type: 'timer', name: 'watchdog' });
    expect(script.did).toEqual([
      'abandon',
      'cancel watchdog',
      'disconnect',
      'unblock',
      'watch-nacks',
      'notice retrying',
      'timer backoff',
    ]);
    expect(script.state.loss).toEqual({ floors: [['s', '5-0']], until: 5_250, due: true, blocked: [7], certain: true });
  });

  const HANGS: Event = { type: 'timer', name: 'watchdog' };
  test.each([
    ['alone', PLAN],
    ['in a group, where the lost reply is looked for each time', IN_GROUP],
  ])('and never comes back on new connections either is given up each time (%s), until one answers', (_, plan) => {
    const script = new Script(plan).connected();
    const told: unknown[] = [];
    for (let round = 1; round <= 3; round++) {
      script.at(round * 10_000).play(HANGS);
      expect(script.find('disconnect')).toBeDefined();
      const notice = script.find('notice')?.notice;
      told.push(notice?.type === 'retrying' && [notice.what, notice.attempt, notice.delay]);
      script.play(RANG, { type: 'connected', clientId: 10 + round });
      if (plan.group) script.play({ type: 'reconciled', found: [], more: false });
      expect([script.tag, script.timer('watchdog')]).toEqual(['reading', 4_000]);
    }
    expect(told).toEqual([
      ['read', 1, 50],
      ['read', 2, 100],
      ['read', 3, 200],
    ]);
    // An empty reply is a success as well.
    script.play(replied());
    if (!plan.group) script.play({ type: 'probed', at: [{ stream: 's', last: '5-0' }] });
    script.play(HANGS);
    expect(script.find('notice')?.notice).toMatchObject({ type: 'retrying', attempt: 1, delay: 50 });
  });

  test('and came back in time is none: the timer means nothing then', () => {
    const script = new Script().connected().play(replied(batch('s', '6-0')), { type: 'timer', name: 'watchdog' });
    expect(script.did).toEqual([]);
  });
});

test('a group that was being made again when reading ended: the next one makes sure of it, and only then is it part of the backlog', () => {
  const script = new Script(WITH_BACKLOG).connected().play(replied()).fail('heal').play({ type: 'timer', name: 'backoff' });
  expect(script.tag).toBe('healing');
  script.play({ type: 'stop', why: 'signal' });
  script.play({ type: 'reconciled', found: [], more: false }).window();
  const owed = script.play({ type: 'parted' }).find('close')?.owed;
  expect(owed?.unhealed).toEqual(['s']);
  const left = { ...(owed as Owed), takeover: [{ stream: 's', ids: ['3-0'] }] };
  const next = new Script(WITH_BACKLOG, left).play({ type: 'start' });
  next.play({ type: 'joined', at: [{ stream: 's', from: '5-0', created: false }] });
  expect(next.find('heal')?.takeover.flatMap(({ entries }) => entries.map(({ id }) => id))).toEqual(['3-0']);
  next.play({ type: 'healed', at: [{ stream: 's', from: '5-0' }] }, { type: 'connected', clientId: 8 });
  expect([next.state.takeover, next.find('read')?.read.kind]).toEqual([[], 'backlog']);
});
