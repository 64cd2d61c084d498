import { VirtualTimeScheduler } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { Saving, type SavingEnv } from '../../src/acks/saving.js';
import type { Position } from '../../src/checkpoint.js';
import type { AckError } from '../../src/errors.js';
import type { Notice } from '../../src/notices.js';
import { FakePort, replyError, socketError, type Answers } from '../support/fake-port.js';
import { nothingUnhandled } from '../support/nothing-unhandled.js';

interface SaveArgs {
  checkpoint: string;
  positions: ReadonlyMap<string, Position>;
  rewind: boolean;
}

/** Positions of the streams `s` and `t`, with a port that is answered by hand; `turn()` ends the turn, `wait(ms)` lets time go by. */
function setUp({ answers = {}, ...options }: Partial<SavingEnv> & { answers?: Answers } = {}) {
  const port = new FakePort(answers);
  const counts = { unconfirmed: 0 };
  const soon = new VirtualTimeScheduler();
  const clock = new VirtualTimeScheduler();
  const told: Notice[] = [];
  const refused: AckError[] = [];
  let changes = 0;
  const saving = new Saving('reports', counts, {
    port,
    scheduler: clock,
    soon,
    dice: () => 1,
    tell: (notice) => told.push(notice),
    changed: () => (changes += 1),
    refused: (error) => refused.push(error),
    ...options,
  });
  for (const stream of ['s', 't']) saving.begin(stream, { id: '0-0', added: 10 });
  return {
    port,
    counts,
    clock,
    told,
    refused,
    saving,
    changes: () => changes,
    turn: () => {
      soon.flush();
    },
    wait: (ms: number) => {
      clock.maxFrames = clock.frame + ms;
      clock.flush();
      clock.frame = clock.maxFrames;
    },
    emit: (...ids: string[]) => {
      for (const id of ids) saving.opened('s', id);
    },
    ack: (...ids: string[]) => {
      for (const id of ids) saving.settled('s', id, 'acked');
    },
    /** Emitted and acked at once. */
    done: (stream: string, ...ids: string[]) => {
      for (const id of ids) saving.opened(stream, id);
      for (const id of ids) saving.settled(stream, id, 'acked');
    },
    sent: () =>
      port
        .args<SaveArgs>('savePositions')
        .map(({ positions }) => [...positions].map(([stream, { id }]) => `${stream} ${id}`).join(', ')),
  };
}

nothingUnhandled();

describe('saving', () => {
  test('what is settled in one turn travels together, all streams in one write, with the count', () => {
    const { done, turn, sent, port } = setUp();
    done('s', '1-0', '2-0');
    done('t', '7-0');
    expect(sent()).toEqual([]);
    turn();
    expect(sent()).toEqual(['s 2-0, t 7-0']);
    expect(port.last('savePositions').args).toEqual({
      checkpoint: 'reports',
      rewind: false,
      positions: new Map([
        ['s', { id: '2-0', added: 12 }],
        ['t', { id: '7-0', added: 11 }],
      ]),
    });
  });

  test('one write in the air; what is settled meanwhile travels in the next', () => {
    const { done, turn, sent, port, counts, told } = setUp();
    done('s', '1-0');
    turn();
    done('s', '2-0');
    turn();
    done('s', '3-0');
    done('t', '1-0');
    turn();
    expect(sent()).toEqual(['s 1-0']);
    expect(counts.unconfirmed).toBe(4);
    port.last('savePositions').answer('saved');
    expect(counts.unconfirmed).toBe(3);
    expect(told).toEqual([{ type: 'saved', stream: 's', id: '1-0' }]);
    turn();
    expect(sent()).toEqual(['s 1-0', 's 3-0, t 1-0']);
    port.last('savePositions').answer('saved');
    turn();
    expect(sent()).toHaveLength(2);
    expect(counts.unconfirmed).toBe(0);
  });

  test('out of order: nothing above the lowest open entry is saved, and nothing is sent for it', () => {
    const { emit, ack, turn, sent, counts, port } = setUp();
    emit('1-0', '2-0', '3-0', '4-0');
    ack('4-0', '2-0');
    turn();
    expect(sent()).toEqual([]);
    expect(counts.unconfirmed).toBe(0);
    ack('1-0');
    turn();
    expect(sent()).toEqual(['s 2-0']);
    expect(counts.unconfirmed).toBe(2);
    ack('3-0');
    port.last('savePositions').answer('saved');
    turn();
    expect(sent()).toEqual(['s 2-0', 's 4-0']);
  });

  test.each(['nacked', 'left', 'released'] as const)('an entry that is %s holds the position below it for good', (as) => {
    const { emit, ack, saving, turn, sent, counts, told } = setUp();
    emit('1-0', '2-0', '3-0');
    saving.settled('s', '2-0', as);
    ack('3-0', '1-0');
    turn();
    expect(sent()).toEqual(['s 1-0']);
    expect(counts.unconfirmed).toBe(1);
    expect(told).toEqual(as === 'nacked' ? [{ type: 'held-back', stream: 's', id: '2-0' }] : []);
  });

  test('nacks above one that is held already are not told: they change nothing', () => {
    const { emit, saving, told } = setUp();
    emit('1-0', '2-0', '3-0');
    for (const id of ['2-0', '3-0', '1-0']) saving.settled('s', id, 'nacked');
    expect(told).toEqual(['2-0', '1-0'].map((id) => ({ type: 'held-back', stream: 's', id })));
  });

  test('a store that lost everything gets the positions of all streams with the next write', () => {
    const { done, turn, sent, port } = setUp();
    done('s', '1-0');
    turn();
    port.last('savePositions').answer('anew');
    turn();
    expect(sent()).toEqual(['s 1-0', 's 1-0, t 0-0']);
    port.last('savePositions').answer('saved');
    turn();
    expect(sent()).toHaveLength(2);
  });

  test('a port that answers in the same moment: every write lands', () => {
    const { done, turn, sent, counts } = setUp({ answers: { savePositions: () => 'saved' } });
    for (let i = 1; i <= 1_000; i++) {
      done('s', `${i}-0`);
      turn();
    }
    expect(sent()).toHaveLength(1_000);
    expect(counts.unconfirmed).toBe(0);
  });
});

describe('failures', () => {
  test('a lost write is sent again after a backoff, with what was settled meanwhile, until it is saved', () => {
    const { done, turn, wait, sent, port, told, saving, counts } = setUp();
    done('s', '1-0');
    turn();
    port.last('savePositions').fail(socketError());
    expect(saving.failing).toBe(true);
    done('s', '2-0');
    turn();
    expect(sent()).toHaveLength(1);
    wait(50);
    expect(sent()).toEqual(['s 1-0', 's 2-0']);
    port.last('savePositions').fail(replyError('OOM command not allowed'));
    wait(99);
    expect(sent()).toHaveLength(2);
    wait(1);
    expect(sent()).toEqual(['s 1-0', 's 2-0', 's 2-0']);
    port.last('savePositions').answer('saved');
    expect(told).toMatchObject([
      { type: 'retrying', what: 'save', attempt: 1, delay: 50 },
      { type: 'retrying', what: 'save', attempt: 2, delay: 100 },
      { type: 'saved', id: '2-0' },
    ]);
    expect(saving.failing).toBe(false);
    expect(counts.unconfirmed).toBe(0);
  });

  test('after a success the backoff begins anew', () => {
    const { done, turn, wait, port, told } = setUp();
    for (const id of ['1-0', '2-0']) {
      done('s', id);
      turn();
      port.last('savePositions').fail(socketError());
      wait(50);
      port.last('savePositions').answer('saved');
    }
    expect(told.filter(({ type }) => type === 'retrying')).toMatchObject([{ delay: 50 }, { delay: 50 }]);
  });

  test('refused for good: one error with the positions, nothing is sent any more, and nothing is waited for', () => {
    const { done, turn, sent, port, refused, counts, clock } = setUp();
    done('s', '1-0');
    turn();
    done('t', '2-0');
    const cause = replyError("NOPERM this user has no permissions to access the 'reports' key");
    port.last('savePositions').fail(cause);
    turn();
    done('s', '3-0');
    turn();
    expect(sent()).toEqual(['s 1-0']);
    expect(refused).toHaveLength(1);
    expect(refused[0]).toMatchObject({ code: 'CHECKPOINT_REFUSED', cause, unconfirmed: [{ stream: 's', ids: ['1-0'] }] });
    expect(refused[0]?.message).toContain('Checkpoint reports cannot be read or saved (NOPERM');
    expect(counts.unconfirmed).toBe(0);
    expect(clock.actions).toHaveLength(0);
  });

  test('taken over: CHECKPOINT_TAKEN, and the checkpoint is left alone', async () => {
    const { done, turn, sent, port, refused, saving, counts } = setUp();
    done('s', '1-0');
    turn();
    port.last('savePositions').answer('taken');
    done('s', '2-0');
    turn();
    saving.finish();
    expect(sent()).toEqual(['s 1-0']);
    expect(refused).toMatchObject([{ code: 'CHECKPOINT_TAKEN', unconfirmed: [{ stream: 's', ids: ['1-0'] }] }]);
    expect(refused[0]?.message).toContain('Checkpoint reports has a newer owner');
    expect(counts.unconfirmed).toBe(0);
    expect(saving.waiting).toEqual([]);
    await expect(saving.whenSaved('s')).rejects.toBe(refused[0]);
  });

  test('the error is told before whoever waits hears that it ended', () => {
    const order: string[] = [];
    const { done, turn, port, saving } = setUp({ refused: () => order.push('refused') });
    done('s', '1-0');
    turn();
    done('s', '2-0');
    done('t', '2-0');
    for (const batch of saving.waiting) batch.listeners.push((error) => order.push(error === undefined ? 'saved' : 'failed'));
    const [air] = saving.waiting;
    expect(air).toBeDefined();
    port.last('savePositions').answer('taken');
    expect(order[0]).toBe('refused');
    expect(order.slice(1)).toEqual(['failed']);
  });

  test('a client that has ended fails at once', () => {
    const { done, turn, port, refused } = setUp();
    done('s', '1-0');
    turn();
    port.ended = true;
    port.last('savePositions').fail(new Error('Connection is closed.'));
    expect(refused).toMatchObject([{ code: 'CLIENT_ENDED', unconfirmed: [{ ids: ['1-0'] }] }]);
  });
});

describe('waiting', () => {
  test('whenSaved resolves with the write that takes all along, one promise for all of it; at once where nothing is to be saved', async () => {
    const { emit, ack, turn, port, saving } = setUp();
    await saving.whenSaved('s');
    await saving.whenSaved('unheard of');
    emit('1-0', '2-0', '3-0');
    ack('1-0');
    const one = saving.whenSaved('s');
    turn();
    expect(saving.whenSaved('s')).toBe(one);
    ack('2-0');
    const two = saving.whenSaved('s');
    const seen: string[] = [];
    void one.then(() => seen.push('one'));
    void two.then(() => seen.push('two'));
    port.last('savePositions').answer('saved');
    await one;
    expect(seen).toEqual(['one']);
    turn();
    port.last('savePositions').answer('saved');
    await two;
  });

  test('an ack above an open entry has nothing to wait for: it may come again', async () => {
    const { emit, ack, saving, sent, turn } = setUp();
    emit('1-0', '2-0');
    ack('2-0');
    await saving.whenSaved('s');
    turn();
    expect(sent()).toEqual([]);
  });

  test('it survives a lost write, and rejects when it is refused', async () => {
    const { done, turn, wait, port, saving } = setUp();
    done('s', '1-0');
    const saved = saving.whenSaved('s');
    turn();
    port.last('savePositions').fail(socketError());
    wait(50);
    port.last('savePositions').fail(replyError('NOPERM no'));
    await expect(saved).rejects.toMatchObject({ code: 'CHECKPOINT_REFUSED' });
  });
});

describe('a stream that is made anew while it is read', () => {
  test('its position moves back, beside others that move up; then it moves up again', () => {
    const { done, turn, saving, port, counts, ack, emit } = setUp();
    const sent = () =>
      port
        .args<SaveArgs>('savePositions')
        .map(({ positions, rewind }) => [rewind, ...[...positions].map(([s, { id }]) => `${s} ${id}`)]);
    done('s', '7-0', '8-0');
    emit('9-0');
    turn();
    port.last('savePositions').answer('saved');
    done('t', '1-0');
    saving.restart('s');
    ack('9-0');
    emit('1-0', '2-0');
    ack('1-0');
    turn();
    port.last('savePositions').answer('saved');
    port.last('savePositions').answer('saved');
    expect(sent()).toEqual([
      [false, 's 8-0'],
      [true, 's 1-0'],
      [false, 't 1-0'],
    ]);
    ack('2-0');
    turn();
    port.last('savePositions').answer('saved');
    expect(sent().slice(3)).toEqual([[false, 's 2-0']]);
    expect(counts.unconfirmed).toBe(0);
  });

  test('with nothing in it: back to the beginning; and what was on its way counts no longer', async () => {
    const { done, turn, saving, port, counts, sent, wait } = setUp();
    done('s', '7-0');
    turn();
    done('s', '8-0');
    expect(counts.unconfirmed).toBe(2);
    saving.restart('s');
    expect(counts.unconfirmed).toBe(0);
    port.last('savePositions').answer('saved');
    turn();
    const saved = saving.whenSaved('s');
    port.last('savePositions').fail(socketError());
    wait(5_000);
    expect(port.args<SaveArgs>('savePositions').map(({ rewind }) => rewind)).toEqual([false, true, true]);
    port.last('savePositions').answer('saved');
    await saved;
    expect(sent()).toEqual(['s 7-0', 's 0-0', 's 0-0']);
    expect(counts.unconfirmed).toBe(0);
  });

  test('taken over meanwhile: told once', () => {
    const { done, turn, saving, port, refused } = setUp({ answers: { savePositions: () => 'taken' } });
    saving.restart('s');
    done('t', '1-0');
    turn();
    expect(refused.map(({ code }) => code)).toEqual(['CHECKPOINT_TAKEN']);
    saving.restart('t');
    turn();
    expect(port.of('savePositions')).toHaveLength(2);
  });
});

describe('the end', () => {
  test('giving up: one error with what is not saved, in the air or not, and no timer is left', () => {
    const { done, turn, wait, port, saving, refused, counts, sent } = setUp();
    done('s', '1-0');
    turn();
    done('s', '2-0');
    done('t', '3-0');
    saving.giveUp({ working: 2 });
    expect(refused).toMatchObject([
      {
        code: 'DRAIN_TIMEOUT',
        unconfirmed: [
          { stream: 's', ids: ['2-0'] },
          { stream: 't', ids: ['3-0'] },
        ],
      },
    ]);
    expect(refused[0]?.message).toContain('2 entries are still being worked on');
    expect(counts.unconfirmed).toBe(0);
    expect(port.of('savePositions')[0]?.dropped).toBe(true);
    saving.finish();
    turn();
    wait(60_000);
    expect(sent()).toHaveLength(1);
  });

  test('giving up with nothing left is no error; with work going on it is one', () => {
    const { saving, refused } = setUp();
    saving.giveUp({ working: 0 });
    expect(refused).toEqual([]);
    saving.giveUp({ working: 1 });
    expect(refused).toMatchObject([{ code: 'DRAIN_TIMEOUT', unconfirmed: [] }]);
  });

  test('late: saved at once, and tried once', async () => {
    const { emit, ack, saving, sent, port, refused, clock, wait } = setUp();
    emit('1-0', '2-0', '3-0');
    saving.finish();
    ack('1-0');
    expect(sent()).toEqual(['s 1-0']);
    const first = saving.whenSaved('s');
    port.last('savePositions').fail(socketError());
    await expect(first).rejects.toMatchObject({ code: 'CHECKPOINT_REFUSED' });
    ack('2-0');
    const second = saving.whenSaved('s');
    port.last('savePositions').answer('saved');
    await second;
    expect(sent()).toEqual(['s 1-0', 's 2-0']);
    ack('3-0');
    port.last('savePositions').answer('taken');
    await expect(saving.whenSaved('s')).rejects.toMatchObject({ code: 'CHECKPOINT_TAKEN' });
    expect(refused.map(({ code }) => code)).toEqual(['CHECKPOINT_REFUSED', 'CHECKPOINT_TAKEN']);
    wait(60_000);
    expect(clock.actions).toHaveLength(0);
  });

  test('what was settled in the turn of closing is still saved, and what is in the air lands', () => {
    const { emit, ack, turn, saving, sent, port, counts } = setUp();
    emit('1-0', '2-0');
    ack('1-0');
    turn();
    ack('2-0');
    saving.finish();
    expect(sent()).toEqual(['s 1-0']);
    port.last('savePositions').answer('saved');
    expect(sent()).toEqual(['s 1-0', 's 2-0']);
    port.last('savePositions').answer('saved');
    expect(counts.unconfirmed).toBe(0);
  });
});
