import { describe, expect, test } from 'vitest';
import type { Plan } from '../../src/plan.js';
import type { Arrival, Event } from '../../src/streams/events.js';
import { GROUP } from '../support/plans.js';
import { LIMITED, REDELIVER, replied, Script, WITH_BACKLOG } from './script.js';

const row = (text: string) => {
  const [id = '', count] = text.split(' ');
  return { id, count: Number(count) };
};
/** Our own pending entries, `id deliveries`. */
const lookedBack = (...rows: string[]): Event => ({ type: 'looked-back', pages: [{ stream: 's', rows: rows.map(row) }] });
/** Those of others. */
const claimed = (...rows: string[]): Event => ({
  type: 'claimed',
  found: { stream: 's', rows: rows.map(row) },
  gone: [],
  next: undefined,
});
const arrivals = (...rows: string[]): Arrival[] =>
  rows.map(row).map(({ id, count }) => ({ id, pairs: ['n', id], attempt: count }));

const CLAIMS: Plan = { ...LIMITED, group: { ...GROUP, claim: { minIdle: 3_000, every: 1_000 }, redeliver: REDELIVER } };
const backlog = () => new Script(LIMITED).connected();
const claims = () => new Script(CLAIMS).connected();

describe('before pending entries are delivered again, their deliveries are looked at', () => {
  test('the backlog is looked back at, not read: reading would count', () => {
    expect(backlog().effects).toEqual([{ do: 'look-back', from: [['s', '0-0']], count: 4 }]);
  });

  test('without a bound there is nothing to look for', () => {
    expect(new Script(WITH_BACKLOG).connected().find('read')?.read.kind).toBe('backlog');
    const plan: Plan = {
      ...LIMITED,
      group: { ...GROUP, startFromBacklog: true, redeliver: { ...REDELIVER, maxDeliveries: undefined } },
    };
    expect(new Script(plan).connected().find('read')?.read.kind).toBe('backlog');
  });

  test.each<[string, () => Script, typeof lookedBack]>([
    ['the backlog', backlog, lookedBack],
    ['claims', claims, claimed],
  ])('%s: one delivery left runs alone, none left is put away unrun, the rest is fetched together', (_, script, rows) => {
    const played = script().play(rows('1-0 0', '2-0 1', '3-0 2', '4-0 3', '5-0 9'));
    expect(played.find('dead-letter')).toEqual({ do: 'dead-letter', stream: 's', ids: ['4-0', '5-0'] });
    // What is put away has to be acked, which counts in the window.
    expect([played.did.at(-1), played.find('take-over')]).toEqual(['count', undefined]);
    played.window({ unconfirmed: 2 });
    expect(played.find('take-over')?.takeover.entries).toEqual([
      { id: '1-0', count: 1 },
      { id: '2-0', count: 2 },
    ]);
    played.play({ type: 'took-over', found: arrivals('1-0 1', '2-0 2') }).window({ settled: 2 });
    expect(played.find('take-over')?.takeover.entries).toEqual([{ id: '3-0', count: 3 }]);
  });

  test('a page of nothing but spent ones: the backlog goes on behind them', () => {
    const script = backlog().play(lookedBack('1-0 3', '2-0 3', '3-0 4', '4-0 3'));
    expect(script.did).toEqual(['dead-letter', 'count']);
    expect(script.window({ unconfirmed: 4 }).effects).toEqual([{ do: 'look-back', from: [['s', '4-0']], count: 4 }]);
  });

  test('the last page of a backlog is told when it was looked at', () => {
    const script = backlog().play(lookedBack('1-0 3', '2-0 1'));
    expect(script.find('notice')?.notice).toEqual({ type: 'backlog-done', stream: 's', count: 2 });
  });

  test('where looking fails it is tried again, and for good it is an error of look-back', () => {
    const script = backlog().fail('lost');
    expect(script.find('notice')?.notice).toMatchObject({ type: 'retrying', what: 'look-back' });
    expect(script.play({ type: 'timer', name: 'backoff' }).did).toEqual(['look-back']);
    expect(script.fail('fatal').find('end')).toMatchObject({ why: 'error', during: 'look-back' });
  });

  test('an answer that comes when nobody asked changes nothing', () => {
    const script = new Script(LIMITED).connected().play(lookedBack());
    expect(script.tag).toBe('reading');
    expect(script.play(lookedBack('1-0 3')).did).toEqual([]);
  });
});

describe('what has been delivered too often by the time it comes', () => {
  test('is put away unrun; what comes with it is emitted', () => {
    const script = backlog().play(lookedBack('1-0 1', '2-0 1'));
    script.play({ type: 'took-over', found: arrivals('1-0 4', '2-0 2') });
    expect(script.find('dead-letter')?.ids).toEqual(['1-0']);
    expect(script.find('emit')?.batch.entries.map(({ id }) => id)).toEqual(['2-0']);
  });

  test('its third of three deliveries is none too many', () => {
    const script = backlog().play(lookedBack('1-0 1'), { type: 'took-over', found: arrivals('1-0 3') });
    expect([script.find('dead-letter'), script.find('emit')?.batch.entries.length]).toEqual([undefined, 1]);
  });

  test('all of a batch: nothing is emitted, and it goes on', () => {
    const script = backlog().play(lookedBack('1-0 1'), { type: 'took-over', found: arrivals('1-0 4') });
    expect(script.did).toEqual(['dead-letter', 'count']);
    expect(script.window({ unconfirmed: 1 }).did).toEqual(['timer watchdog', 'read']);
  });

  test('and is gone from the stream, is acked away: there is nothing to keep', () => {
    const script = backlog().play(lookedBack('1-0 1'), { type: 'took-over', found: [{ id: '1-0', pairs: null, attempt: 4 }] });
    expect(script.find('ack-away')?.ids).toEqual(['1-0']);
    expect(script.find('dead-letter')).toBeUndefined();
  });

  test('fresh entries bring no count: theirs is the first', () => {
    const script = backlog().play(lookedBack(), replied({ stream: 's', entries: [{ id: '6-0', pairs: ['n', '1'] }] }));
    expect(script.did).toEqual(['emit', 'count', 'cancel watchdog']);
  });
});
