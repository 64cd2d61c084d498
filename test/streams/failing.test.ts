import { describe, expect, test } from 'vitest';
import type { Event } from '../../src/streams/events.js';
import { GROUP, PLAN } from '../support/plans.js';
import { batch, IN_GROUP, replied, Script, streams } from './script.js';

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

  test('healing that fails is tried again', () => {
    const script = new Script().connected().fail('heal').play(RANG).fail('lost').play(RANG);
    expect(script.tag).toBe('healing');
  });

  test('means nothing to a reader without a group: it tries again', () => {
    expect(new Script(PLAN).connected().fail('heal').play(RANG).tag).toBe('reading');
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
    expect(script.state.loss).toEqual({ floors: [['s', '5-0']], until: 5_250, due: true });
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

  test('but whose entries are found each time goes on without delay', () => {
    const script = new Script().connected();
    for (let round = 1; round <= 3; round++) {
      script.at(round * 10_000).play(HANGS);
      expect(script.find('notice')?.notice).toMatchObject({ type: 'retrying', attempt: 1, delay: 50 });
      script.play(RANG, { type: 'connected', clientId: 10 + round });
      script.play({ type: 'reconciled', found: [batch('s', `${10 + round}-0`)], more: false }).window();
    }
  });

  test('and came back in time is none: the timer means nothing then', () => {
    const script = new Script().connected().play(replied(batch('s', '6-0')), { type: 'timer', name: 'watchdog' });
    expect(script.did).toEqual([]);
  });
});
