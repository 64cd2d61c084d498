import { describe, expect, test } from 'vitest';
import type { Plan } from '../../src/plan.js';
import { PLAN } from '../support/plans.js';
import { batch, goneBatch, IN_GROUP, replied, Script, streams, WITH_BACKLOG } from './script.js';

const DRAINED: Partial<Plan> = { until: 'drained', timeout: 0 };

describe('fresh entries', () => {
  test('are emitted, stream by stream, and the window is counted before anything else', () => {
    const script = new Script({ ...IN_GROUP, ...streams('a', 'b') }).connected();
    script.play(replied(batch('b', '7-0'), batch('a', '6-0', '6-1')));
    expect(script.effects).toEqual([
      { do: 'cancel', name: 'watchdog' },
      { do: 'emit', batch: batch('b', '7-0'), origin: 'fresh', behind: 2 },
      { do: 'emit', batch: batch('a', '6-0', '6-1'), origin: 'fresh', behind: 0 },
      { do: 'count' },
    ]);
    expect(script.tag).toBe('resting');
    expect(script.state.tracks.map(({ read }) => read)).toEqual(['6-1', '7-0']);
    expect(script.window({ held: 3 }).tag).toBe('resting');
    expect(script.window({ held: 2 }).find('read')?.read).toMatchObject({ from: [['a', '>']], count: 2 });
  });

  test('without a group the last id is where the next read begins', () => {
    const script = new Script(PLAN).connected();
    expect(script.find('read')?.read).toMatchObject({ from: [['s', '5-0']], block: 1_000 });
    script.play(replied(batch('s', '6-0'))).window();
    expect(script.find('read')?.read).toMatchObject({ from: [['s', '6-0']] });
  });

  test('of a stream that was made anew have smaller ids: that is where we stand', () => {
    const script = new Script(IN_GROUP).connected().play(replied(batch('s', '1-0')));
    expect(script.state.tracks[0]?.read).toBe('1-0');
  });
});

describe('nothing (nil, or empty lists)', () => {
  test.each([[replied()], [replied(batch('s'))]])('live: read again', (event) => {
    const script = new Script().connected().play(event);
    expect(script.did).toEqual(['cancel watchdog', 'timer watchdog', 'read']);
  });

  test('drained: the end', () => {
    const script = new Script({ ...IN_GROUP, ...DRAINED }).connected().play(replied());
    expect(script.tag).toBe('closing settling');
    expect(script.find('end')).toEqual({ do: 'end', why: 'drained' });
  });

  test('on demand: says so, and waits for the next request', () => {
    const script = new Script({ ...IN_GROUP, demand: 'pull' }).play({ type: 'wanted' }).connected().play(replied());
    expect(script.did).toEqual(['cancel watchdog', 'nothing']);
    expect(script.tag).toBe('resting');
    expect(script.window().did).toEqual([]);
    expect(script.play({ type: 'wanted' }).did).toEqual(['timer watchdog', 'read']);
  });

  test('on demand: a stream that was added meanwhile is joined, and the request waits on', () => {
    const script = new Script({ ...IN_GROUP, demand: 'pull' }).play({ type: 'wanted' }).connected();
    script.play({ type: 'stream-added', stream: 't', start: undefined, owed: undefined }, replied());
    expect(script.did).toEqual(['cancel watchdog', 'join']);
    script.play({ type: 'joined', at: [{ stream: 't', from: '5-0', created: false }] });
    expect(script.find('read')?.read.from).toHaveLength(2);
  });

  test('drained, with a lost reply that a server may still deliver: not before that was looked for again', () => {
    const script = new Script({ ...IN_GROUP, until: 'drained', timeout: 500 }).connected();
    script.fail('lost').at(50).play({ type: 'timer', name: 'backoff' }, { type: 'connected', clientId: 8 });
    expect(script.tag).toBe('reconciling');
    script.play({ type: 'reconciled', found: [], more: false });
    expect(script.timer('recheck')).toBe(700);
    script.play(replied());
    expect([script.tag, script.did]).toEqual(['resting', ['cancel watchdog']]);
    script.at(750).play({ type: 'timer', name: 'recheck' });
    expect(script.tag).toBe('reconciling');
    script.play({ type: 'reconciled', found: [], more: false }, replied());
    expect(script.tag).toBe('closing settling');
  });

  test('drained, and the time to look again has come while the last read was out: it looks now', () => {
    const script = new Script({ ...IN_GROUP, until: 'drained', timeout: 500 }).connected();
    script.fail('lost').play({ type: 'timer', name: 'backoff' }, { type: 'connected', clientId: 8 });
    script.play({ type: 'reconciled', found: [], more: false });
    script.at(800).play({ type: 'timer', name: 'recheck' });
    expect(script.tag).toBe('reading');
    expect(script.play(replied()).tag).toBe('reconciling');
  });
});

describe('the backlog', () => {
  const plan: Plan = { ...WITH_BACKLOG, ...streams('a', 'b'), bufferSize: 4, refillAt: 4 };
  const read = (script: Script) => script.find('read')?.read;

  test('is read from its beginning, without waiting', () => {
    const script = new Script(plan).connected();
    expect(read(script)).toEqual({
      kind: 'backlog',
      from: [
        ['a', '0-0'],
        ['b', '0-0'],
      ],
      count: 2,
      block: undefined,
    });
    expect(script.timer('watchdog')).toBe(10_000);
  });

  test('a page shorter than asked for ends it; a full one goes on behind its last; none goes live before all are empty', () => {
    const script = new Script(plan).connected();
    script.play(replied(batch('a', '1-0'), batch('b', '1-0', '2-0')));
    expect(script.find('notice')?.notice).toEqual({ type: 'backlog-done', stream: 'a', count: 1 });
    script.window();
    expect(read(script)).toMatchObject({ kind: 'backlog', from: [['b', '2-0']], count: 4 });
    script.play(replied(batch('b', '3-0'))).window();
    expect(read(script)).toMatchObject({
      kind: 'live',
      from: [
        ['a', '>'],
        ['b', '>'],
      ],
      block: 1_000,
    });
  });

  test('of a stream that is not in the reply is empty', () => {
    const script = new Script(plan).connected().play(replied());
    const done = script.effects.flatMap((effect) => (effect.do === 'notice' ? [effect.notice] : []));
    expect(done).toEqual([
      { type: 'backlog-done', stream: 'a', count: 0 },
      { type: 'backlog-done', stream: 'b', count: 0 },
    ]);
    expect(read(script)).toMatchObject({ kind: 'live' });
  });

  test('whose reply was lost is read again where it was, and nothing is looked for: it is pending anyway', () => {
    const script = new Script(plan)
      .connected()
      .play(replied(batch('a', '1-0', '2-0'), batch('b', '1-0', '2-0')))
      .window();
    const before = read(script);
    const { loss } = script.state; // what a dead block may bring
    script.fail('lost');
    expect(script.state.loss).toEqual(loss);
    script.play({ type: 'timer', name: 'backoff' }, { type: 'connected', clientId: 8 });
    expect(read(script)).toEqual(before);
  });

  test('does not move what was read: a lost reply holds what is above the join', () => {
    const script = new Script(plan).connected().play(replied(batch('a', '1-0'), batch('b')));
    expect(script.state.tracks.map(({ read: at }) => at)).toEqual(['5-0', '5-0']);
  });
});

describe('entries that are gone from the stream', () => {
  test('are told, acked away, and never emitted', () => {
    const script = new Script({ ...WITH_BACKLOG, bufferSize: 10 }).connected();
    script.play(replied({ stream: 's', entries: [...goneBatch('s', '1-0').entries, ...batch('s', '2-0').entries] }));
    expect(script.effects.slice(1, 4)).toEqual([
      { do: 'notice', notice: { type: 'gone', stream: 's', ids: ['1-0'] } },
      { do: 'ack-away', stream: 's', ids: ['1-0'] },
      { do: 'emit', batch: batch('s', '2-0'), origin: 'backlog' },
    ]);
  });

  test('answer no request', () => {
    const script = new Script({ ...WITH_BACKLOG, demand: 'pull' }).play({ type: 'wanted' }).connected();
    script.play(replied(goneBatch('s', '1-0'))).window();
    expect(script.tag).toBe('reading');
  });
});
