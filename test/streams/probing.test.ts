import { describe, expect, test } from 'vitest';
import type { Plan } from '../../src/plan.js';
import type { Event } from '../../src/streams/events.js';
import { PLAN } from '../support/plans.js';
import { batch, IN_GROUP, replied, Script, streams } from './script.js';

const RANG: Event = { type: 'timer', name: 'backoff' };
const DRAINED: Plan = { ...PLAN, until: 'drained', timeout: 0 };
const PULL: Plan = { ...PLAN, demand: 'pull' };

/** The last ids of the streams; undefined: there is no such key. */
function probed(...at: [stream: string, last: string | undefined][]): Event {
  return { type: 'probed', at: at.map(([stream, last]) => ({ stream, last })) };
}

/** Where the next read begins. */
function from(script: Script): unknown {
  return script.find('read')?.read.from;
}

/** Read up to 6-0, and then nothing. */
function empty(plan: Plan = PLAN): Script {
  return new Script(plan)
    .play({ type: 'wanted' })
    .connected()
    .play(replied(batch('s', '6-0')))
    .window()
    .play({ type: 'wanted' }, replied());
}

describe('a read without a group that finds nothing', () => {
  test('asks where each stream ends, and has a watchdog for that', () => {
    const script = new Script({ ...PLAN, ...streams('a', 'b') }).connected().play(replied());
    expect(script.tag).toBe('probing');
    expect(script.effects).toEqual([
      { do: 'cancel', name: 'watchdog' },
      { do: 'timer', name: 'watchdog', ms: 10_000 },
      { do: 'probe', streams: ['a', 'b'] },
    ]);
  });

  test('and not in a group, which tells by itself when its stream goes', () => {
    expect(new Script(IN_GROUP).connected().play(replied()).tag).toBe('reading');
  });

  test.each([
    ['where we stand', '6-0'],
    ['further on: it was added meanwhile', '9-0'],
  ])('which ends %s: reading goes on', (_, last) => {
    const script = empty().play(probed(['s', last]));
    expect(script.did).toEqual(['cancel watchdog', 'timer watchdog', 'read']);
    expect(from(script)).toEqual([['s', '6-0']]);
  });

  test.each([
    ['lower: it was made anew', '2-0'],
    ['nowhere: it was deleted, and whatever comes is new', undefined],
  ])('which ends %s: reading goes on at the beginning, and that is told, once', (_, last) => {
    const script = empty().play(probed(['s', last]));
    expect(script.did).toEqual(['cancel watchdog', 'notice restarted', 'timer watchdog', 'read']);
    expect(script.find('notice')?.notice).toEqual({ type: 'restarted', stream: 's', read: '6-0', last });
    expect(from(script)).toEqual([['s', '0-0']]);
    script.play(replied(), probed(['s', last]));
    expect(script.did).toEqual(['cancel watchdog', 'timer watchdog', 'read']);
    // And again, the next time.
    script
      .play(replied(batch('s', '2-0')))
      .window()
      .play(replied(), probed(['s', '1-0']));
    expect(script.find('notice')?.notice).toEqual({ type: 'restarted', stream: 's', read: '2-0', last: '1-0' });
  });

  test('only the stream that was made anew is begun again', () => {
    const script = new Script({ ...PLAN, ...streams('a', 'b') }).connected().play(replied(), probed(['a', '5-0'], ['b', '1-0']));
    expect(from(script)).toEqual([
      ['a', '5-0'],
      ['b', '0-0'],
    ]);
  });

  test('made anew a second time, before anything of the first was read: nothing comes twice', () => {
    const script = empty()
      .play(probed(['s', '4-0']), replied(batch('s', '3-0')))
      .window();
    script.play(replied(), probed(['s', '3-0']));
    expect([script.find('notice'), from(script)]).toEqual([undefined, [['s', '3-0']]]);
  });

  test('that was further once is anew too, though we have read of it: rather twice than not at all', () => {
    const script = empty()
      .play(probed(['s', '9-0']), replied(batch('s', '7-0')))
      .window();
    script.play(replied(), probed(['s', '7-0']));
    expect(script.find('notice')?.notice).toMatchObject({ type: 'restarted', read: '7-0', last: '7-0' });
  });
});

describe('a start that was asked for', () => {
  const asked = (start: string): Script =>
    new Script({ ...PLAN, streams: [{ stream: 's', start }] })
      .play({ type: 'start' }, { type: 'joined', at: [{ stream: 's', from: start, created: false }] })
      .play({ type: 'connected', clientId: 7 });

  test('may lie beyond the end: what is below was not asked for', () => {
    const script = asked('100-0').play(replied(), probed(['s', '50-0']));
    expect(from(script)).toEqual([['s', '100-0']]);
    // Not even when the stream is made anew meanwhile.
    script.play(replied(), probed(['s', '1-0']));
    expect([from(script), script.find('notice')]).toEqual([[['s', '100-0']], undefined]);
  });

  test('that the stream has reached is a position like any other', () => {
    const script = asked('100-0').play(replied(), probed(['s', '100-0']), replied(), probed(['s', '1-0']));
    expect(from(script)).toEqual([['s', '0-0']]);
  });
});

describe('before the end', () => {
  test('drained: only when every stream ends where we stand', () => {
    const script = empty(DRAINED).play(probed(['s', '2-0']));
    expect([script.tag, from(script)]).toEqual(['reading', [['s', '0-0']]]);
    script
      .play(replied(batch('s', '2-0')))
      .window()
      .play(replied(), probed(['s', '2-0']));
    expect(script.find('end')).toEqual({ do: 'end', why: 'drained' });
  });

  test('on demand: the request goes on in the stream that was made anew, and only then there is nothing', () => {
    const script = empty(PULL).play(probed(['s', '2-0']));
    expect(script.did).toEqual(['cancel watchdog', 'notice restarted', 'timer watchdog', 'read']);
    script.play(replied(), probed(['s', '2-0']));
    expect([script.tag, script.did]).toEqual(['resting', ['cancel watchdog', 'nothing']]);
  });

  test('on demand: a stream that was added meanwhile is joined, and the request waits on', () => {
    const script = empty(PULL).play(
      { type: 'stream-added', stream: 't', start: undefined, owed: undefined },
      probed(['s', '6-0']),
    );
    expect(script.did).toEqual(['cancel watchdog', 'join']);
    script.play({ type: 'joined', at: [{ stream: 't', from: '5-0', created: false }] });
    expect(script.find('read')?.read.from).toHaveLength(2);
  });
});

describe('a probe that fails', () => {
  test.each(['lost', 'retry'] as const)(
    '%s: on a new connection the read comes first; the backoff grows until both are answered',
    (kind) => {
      const script = empty();
      const told: unknown[] = [];
      for (let round = 0; round < 3; round++) {
        script.fail(kind);
        const notice = script.find('notice')?.notice;
        told.push(notice?.type === 'retrying' && [notice.what, notice.attempt, notice.delay]);
        expect(script.find('disconnect')).toBeDefined();
        script.play(RANG, { type: 'connected', clientId: 10 + round });
        expect(from(script)).toEqual([['s', '6-0']]);
        script.play(replied());
      }
      expect(told).toEqual([
        ['probe', 1, 50],
        ['probe', 2, 100],
        ['probe', 3, 200],
      ]);
      script.play(probed(['s', '6-0'])).fail(kind);
      expect(script.find('notice')?.notice).toMatchObject({ what: 'read', attempt: 1 });
    },
  );

  test('that is refused for good ends the source', () => {
    const script = empty().fail('fatal');
    expect(script.find('end')).toMatchObject({ why: 'error', during: 'probe' });
    expect(script.did).toContain('cancel watchdog');
  });

  test('that is not answered is given up with its connection', () => {
    const script = empty().play({ type: 'timer', name: 'watchdog' });
    expect(script.did).toEqual(['abandon', 'cancel watchdog', 'disconnect', 'notice retrying', 'timer backoff']);
    expect(script.find('notice')?.notice).toMatchObject({
      what: 'probe',
      error: { message: expect.stringContaining('did not come back') },
    });
  });

  test('stopped meanwhile: its answer is not waited for', () => {
    const script = empty().play({ type: 'stop', why: 'signal' });
    expect(script.tag).toBe('closing settling');
    expect(script.did).toContain('abandon');
  });
});
