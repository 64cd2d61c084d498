import { Subject, VirtualTimeScheduler, type Observable } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { planStreams } from '../../src/check-options.js';
import type { Position, StreamInfo } from '../../src/checkpoint.js';
import type { HeldEntry } from '../../src/entry.js';
import type { Notice } from '../../src/notices.js';
import { ackAfter, isStreamsError, type AckAfterOptions } from '../../src/index.js';
import { makeSource } from '../../src/sources/source.js';
import type { ReadRequest } from '../../src/wire/port.js';
import { FakePort, LATER, replyError, socketError, type Answers } from '../support/fake-port.js';

const INFO: StreamInfo = { lastGenerated: '0-0', maxDeleted: '0-0', added: 0, length: 0, first: undefined };
const stream = (n: number, more: Partial<StreamInfo> = {}): StreamInfo => ({
  ...INFO,
  ...{ lastGenerated: `${n}-0`, added: n, length: n, first: '1-0' },
  ...more,
});

type SaveArgs = { positions: ReadonlyMap<string, Position>; rewind: boolean };

/** A stream of that many entries, and what is stored of it. */
function setUp({
  entries = 0,
  stored = {},
  info = stream(entries),
  options = {},
  answers = {},
}: {
  entries?: number;
  stored?: Record<string, Position>;
  info?: StreamInfo | undefined;
  options?: object;
  answers?: Answers;
} = {}) {
  const kept = new Map(Object.entries(stored));
  const port: FakePort = new FakePort({
    openCheckpoint: () => new Map(kept),
    streamInfo: () => info,
    savePositions: ({ positions }: SaveArgs) => {
      for (const [name, position] of positions) kept.set(name, position);
      return 'saved';
    },
    connect: () => 7,
    lastGenerated: () => info?.lastGenerated,
    unblock: () => {
      const { done, dropped } = port.last('read');
      if (!done && !dropped) port.last('read').answer([]);
      return !done;
    },
    read: ({ from, count }: ReadRequest) => {
      const after = Number(from[0]?.[1].split('-')[0]);
      const page = Math.max(0, Math.min(count, entries - after));
      if (page === 0) return LATER;
      return [
        { stream: 's', entries: Array.from({ length: page }, (_, i) => ({ id: `${after + i + 1}-0`, pairs: ['n', '1'] })) },
      ];
    },
    ...answers,
  });
  const scheduler = new VirtualTimeScheduler();
  scheduler.maxFrames = 0;
  const told: Notice[] = [];
  const seats = {};
  const source = makeSource({
    kind: 'standalone',
    place: { seats, port: () => port, dice: () => 1 },
    options: { streams: { s: '0' }, checkpoint: 'reports', scheduler, notify: (notice: Notice) => told.push(notice), ...options },
    plan: planStreams,
  }) as Observable<HeldEntry>;
  const seen: string[] = [];
  return {
    port,
    source,
    told,
    seen,
    kept,
    subscribe: (of: Observable<unknown> = source) =>
      of.subscribe({
        next: (value) => seen.push(typeof value === 'object' && value !== null ? (value as HeldEntry).id : String(value)),
        error: (error: unknown) => seen.push(`error ${isStreamsError(error) ? error.code : (error as Error).message}`),
        complete: () => seen.push('end'),
      }),
    wait: (ms = 0) => {
      scheduler.maxFrames = scheduler.frame + ms;
      scheduler.flush();
      scheduler.frame = scheduler.maxFrames;
    },
    timers: () => scheduler.actions.length,
    commands: () => port.calls.map(({ command }) => command),
    saves: () =>
      port
        .args<SaveArgs>('savePositions')
        .map(
          ({ positions, rewind }) =>
            `${rewind ? 'rewind ' : ''}${[...positions].map(([name, { id }]) => `${name} ${id}`).join(', ')}`,
        ),
    /** Work that ends when the test says so: `end('2-0')`. */
    work: (options?: AckAfterOptions<HeldEntry>) => {
      const running = new Map<string, Subject<string>>();
      const project = ({ id }: HeldEntry) => {
        const work = new Subject<string>();
        running.set(id, work);
        return work;
      };
      const end = (...ids: string[]) => ids.forEach((id) => running.get(id)?.complete());
      const fail = (id: string) => running.get(id)?.error(new Error(`${id} failed`));
      return { worked: source.pipe(ackAfter(project, options)), end, fail };
    },
  };
}

describe('where it begins', () => {
  test('nothing stored: at the start of the stream, which is stored before the first read', () => {
    const { subscribe, commands, saves, told, seen } = setUp({ entries: 2 });
    subscribe();
    expect(commands().slice(0, 5)).toEqual(['openCheckpoint', 'streamInfo', 'savePositions', 'connect', 'read']);
    expect(saves()).toEqual(['s 0-0']);
    expect(told).toEqual([{ type: 'joined', stream: 's', from: '0-0' }]);
    expect(seen).toEqual(['1-0', '2-0']);
  });

  test('$ is resolved once, and stored', () => {
    const { subscribe, saves, kept } = setUp({ entries: 5, options: { streams: 's' } });
    subscribe();
    expect(saves()).toEqual(['s 5-0']);
    expect(kept.get('s')).toEqual({ id: '5-0', added: 5 });
  });

  test('what is stored wins over the start, and nothing is written', () => {
    const { subscribe, saves, told, seen } = setUp({ entries: 5, stored: { s: { id: '3-0', added: 3 } } });
    subscribe();
    expect(seen).toEqual(['4-0', '5-0']);
    expect(saves()).toEqual([]);
    expect(told).toEqual([{ type: 'joined', stream: 's', from: '3-0' }]);
  });

  test('trimmed away meanwhile: told with the gap, and reading goes on at the first entry there is', () => {
    const { subscribe, told, port } = setUp({
      entries: 9,
      info: stream(9, { first: '7-0', length: 3 }),
      stored: { s: { id: '3-0', added: 3 } },
    });
    subscribe();
    expect(told).toEqual([
      { type: 'gap', stream: 's', from: '3-0', to: '7-0', entries: 3 },
      { type: 'joined', stream: 's', from: '3-0' },
    ]);
    expect(port.args<ReadRequest>('read')[0]?.from).toEqual([['s', '3-0']]);
  });

  test('a stream that begins anew is read from its beginning, and the stored position goes back before the first read', () => {
    const { subscribe, told, saves, seen, commands } = setUp({ entries: 2, stored: { s: { id: '9-0', added: 9 } } });
    subscribe();
    expect(told[0]).toEqual({ type: 'rewound', stream: 's', from: '9-0', lastGenerated: '2-0' });
    expect(saves()).toEqual(['rewind s 0-0']);
    expect(commands().indexOf('savePositions')).toBeLessThan(commands().indexOf('read'));
    expect(seen).toEqual(['1-0', '2-0']);
  });

  test('one that is made anew while it is read, too: its position goes back before it goes up', () => {
    const pages = [
      [{ stream: 's', entries: [{ id: '8-0', pairs: [] }] }],
      [],
      [{ stream: 's', entries: [{ id: '1-0', pairs: [] }] }],
    ];
    const { work, subscribe, seen, saves, told, port, wait, kept } = setUp({
      info: stream(8),
      stored: { s: { id: '7-0', added: 7 } },
      answers: { read: () => pages.shift() ?? LATER, lastGenerated: () => '1-0' },
    });
    const { worked, end } = work();
    subscribe(worked);
    expect(port.args<ReadRequest>('read').map(({ from }) => from)).toEqual([
      [['s', '7-0']],
      [['s', '8-0']],
      [['s', '0-0']],
      [['s', '1-0']],
    ]);
    expect(told).toContainEqual({ type: 'restarted', stream: 's', read: '8-0', last: '1-0' });
    wait();
    end('8-0');
    wait();
    expect(saves()).toEqual(['rewind s 0-0']);
    end('1-0');
    wait();
    expect(saves()).toEqual(['rewind s 0-0', 's 1-0']);
    expect(kept.get('s')).toEqual({ id: '1-0', added: undefined });
    expect(seen).toEqual([]);
  });

  test('one that is made anew before anything is read: the stored position is none that was asked for', () => {
    const pages = [[], [{ stream: 's', entries: [{ id: '1-0', pairs: [] }] }]];
    const { subscribe, seen, told } = setUp({
      info: stream(8),
      stored: { s: { id: '7-0', added: 7 } },
      answers: { read: () => pages.shift() ?? LATER, lastGenerated: () => '1-0' },
    });
    subscribe();
    expect(told).toContainEqual({ type: 'restarted', stream: 's', read: '7-0', last: '1-0' });
    expect(seen).toEqual(['1-0']);
  });

  test('several streams: one write forward, one back', () => {
    const { subscribe, saves, port } = setUp({
      entries: 2,
      options: { streams: { s: '0', t: '0', u: '0' } },
      stored: { t: { id: '9-0', added: 9 } },
    });
    subscribe();
    expect(port.last('openCheckpoint').args).toEqual({ checkpoint: 'reports', streams: ['s', 't', 'u'] });
    expect(saves()).toEqual(['rewind t 0-0', 's 0-0, u 0-0']);
  });
});

describe('what does not work at the beginning', () => {
  test.each(['openCheckpoint', 'savePositions'] as const)('%s is refused: CHECKPOINT_REFUSED', (command) => {
    const { subscribe, seen, told, timers } = setUp({
      answers: {
        [command]: () => {
          throw replyError('WRONGTYPE Operation against a key holding the wrong kind of value');
        },
      },
    });
    subscribe();
    expect(seen).toEqual(['error CHECKPOINT_REFUSED']);
    expect(told.at(-1)).toMatchObject({
      type: 'closed',
      error: { message: expect.stringContaining('Checkpoint reports') as string },
    });
    expect(timers()).toBe(0);
  });

  test('the stream is none: that is about the stream', () => {
    const { subscribe, seen } = setUp({
      answers: {
        streamInfo: () => {
          throw replyError('WRONGTYPE Operation against a key holding the wrong kind of value');
        },
      },
    });
    subscribe();
    expect(seen).toEqual(['error WRONG_TYPE']);
  });

  test('a lost connection is tried again', () => {
    let tries = 0;
    const { subscribe, seen, told, wait } = setUp({
      entries: 1,
      answers: {
        openCheckpoint: () => {
          if (tries++ === 0) throw socketError();
          return new Map();
        },
      },
    });
    subscribe();
    expect(told).toMatchObject([{ type: 'retrying', what: 'join', attempt: 1, delay: 50 }]);
    wait(50);
    expect(seen).toEqual(['1-0']);
  });

  test('taken over before the first read: CHECKPOINT_TAKEN', () => {
    const { subscribe, seen, commands } = setUp({ answers: { savePositions: () => 'taken' } });
    subscribe();
    expect(seen).toEqual(['error CHECKPOINT_TAKEN']);
    expect(commands()).not.toContain('read');
  });
});

describe('while it runs', () => {
  test('out of order at concurrency 8: the position stands below the lowest that runs', () => {
    const { subscribe, work, saves, wait } = setUp({ entries: 8 });
    const { worked, end } = work({ concurrency: 8 });
    subscribe(worked);
    const settle = (...ids: string[]) => {
      end(...ids);
      wait();
    };
    settle('8-0', '3-0', '5-0');
    expect(saves()).toEqual(['s 0-0']);
    settle('1-0');
    settle('2-0');
    settle('7-0', '6-0');
    settle('4-0');
    expect(saves()).toEqual(['s 0-0', 's 1-0', 's 3-0', 's 8-0']);
  });

  test('a project that fails with onError: nack holds the position; the subscription goes on, and everything comes again later', () => {
    const { subscribe, work, saves, wait, told, seen } = setUp({ entries: 6, options: { bufferSize: 2, refillAt: 0 } });
    const { worked, end, fail } = work({ concurrency: 2, onError: 'nack' });
    const first = subscribe(worked);
    end('1-0');
    fail('2-0');
    for (const id of ['3-0', '4-0', '5-0', '6-0']) {
      wait(10);
      end(id);
    }
    wait();
    expect(saves()).toEqual(['s 0-0', 's 1-0']);
    expect(told.filter(({ type }) => type === 'held-back')).toEqual([{ type: 'held-back', stream: 's', id: '2-0' }]);
    first.unsubscribe();
    wait();
    subscribe();
    expect(seen).toEqual(['2-0', '3-0']);
  });

  test('a project that fails ends the source; the next subscription begins with it', () => {
    const { subscribe, work, saves, wait, seen } = setUp({ entries: 4 });
    const { worked, end, fail } = work({ concurrency: 4 });
    subscribe(worked);
    end('1-0', '3-0');
    fail('2-0');
    end('4-0');
    wait();
    expect(seen).toEqual(['error 2-0 failed']);
    expect(saves()).toEqual(['s 0-0', 's 1-0']);
    subscribe();
    expect(seen.slice(1)).toEqual(['2-0', '3-0', '4-0']);
  });

  test('another owner: CHECKPOINT_TAKEN with the next save, what runs may end, and nothing is saved any more', () => {
    let owned = true;
    const { subscribe, work, saves, wait, seen, told, timers } = setUp({
      entries: 3,
      answers: { savePositions: () => (owned ? 'saved' : 'taken') },
    });
    const { worked, end } = work({ concurrency: 3 });
    subscribe(worked);
    owned = false;
    end('1-0');
    wait();
    expect(seen).toEqual([]);
    end('2-0', '3-0');
    wait();
    expect(seen).toEqual(['error CHECKPOINT_TAKEN']);
    expect(saves()).toEqual(['s 0-0', 's 1-0']);
    expect(told.find(({ type }) => type === 'ack-refused')).toMatchObject({ error: { code: 'CHECKPOINT_TAKEN' } });
    expect(told.at(-1)?.type).toBe('closed');
    expect(timers()).toBe(0);
  });

  test('what is settled and cannot be saved is bounded: reading pauses, is told, and resumes', () => {
    let down = false;
    const { source, wait, told, seen, saves, subscribe } = setUp({
      entries: 100,
      options: { bufferSize: 4, refillAt: 2 },
      answers: {
        savePositions: () => {
          if (down) throw socketError();
          return 'saved';
        },
      },
    });
    subscribe(
      source.pipe(
        ackAfter(({ id }) => {
          down ||= id === '4-0';
          return id;
        }),
      ),
    );
    wait(40);
    expect(told.filter(({ type }) => type === 'paused')).toMatchObject([{ why: 'acks' }]);
    expect(seen.length).toBeLessThanOrEqual(4 + 2 * 4);
    down = false;
    wait(1_000);
    expect(told.filter(({ type }) => type === 'resumed')).toHaveLength(1);
    expect(seen).toHaveLength(100);
    expect(saves().at(-1)).toBe('s 100-0');
  });
});

describe('the end', () => {
  test('unsubscribed: what was settled is saved before it is closed, and no timer is left', () => {
    const answers: Answers = { savePositions: ({ positions }: SaveArgs) => (positions.get('s')?.id === '0-0' ? 'saved' : LATER) };
    const { subscribe, work, wait, told, timers, port } = setUp({ entries: 3, answers });
    const { worked, end } = work({ concurrency: 3 });
    const running = subscribe(worked);
    end('1-0');
    running.unsubscribe();
    wait();
    expect(told.at(-1)?.type).toBe('closing');
    port.last('savePositions').answer('saved');
    wait();
    expect(told.slice(-2)).toMatchObject([{ type: 'saved', stream: 's', id: '1-0' }, { type: 'closed' }]);
    expect(timers()).toBe(0);
  });

  test('drained: the stage completes when everything is saved', () => {
    const answers: Answers = {
      read: ({ from }: ReadRequest) => (from[0]?.[1] === '0-0' ? [{ stream: 's', entries: [{ id: '1-0', pairs: [] }] }] : []),
      savePositions: ({ positions }: SaveArgs) => (positions.get('s')?.id === '0-0' ? 'saved' : LATER),
    };
    const { subscribe, work, wait, seen, port } = setUp({ entries: 1, answers, options: { until: 'drained' } });
    const { worked, end } = work();
    subscribe(worked);
    end('1-0');
    wait();
    expect(seen).toEqual([]);
    port.last('savePositions').answer('saved');
    wait();
    expect(seen).toEqual(['end']);
  });

  test('drainTimeout: an error with the position that is not saved', () => {
    const stop = new AbortController();
    const answers: Answers = { savePositions: ({ positions }: SaveArgs) => (positions.get('s')?.id === '0-0' ? 'saved' : LATER) };
    const { subscribe, work, wait, seen, told, timers } = setUp({
      entries: 2,
      answers,
      options: { signal: stop.signal, drainTimeout: 500, bufferSize: 2 },
    });
    const { worked, end } = work({ concurrency: 2 });
    subscribe(worked);
    end('1-0', '2-0');
    wait();
    stop.abort();
    wait(499);
    expect(seen).toEqual([]);
    wait(1);
    expect(seen).toEqual(['error DRAIN_TIMEOUT']);
    expect(told.find(({ type }) => type === 'ack-refused')).toMatchObject({
      error: { unconfirmed: [{ stream: 's', ids: ['2-0'] }] },
    });
    expect(timers()).toBe(0);
  });

  test('the client ends: CLIENT_ENDED, at once', () => {
    const answers: Answers = { savePositions: ({ positions }: SaveArgs) => (positions.get('s')?.id === '0-0' ? 'saved' : LATER) };
    const { subscribe, work, wait, seen, port, timers } = setUp({ entries: 2, answers });
    const { worked, end } = work();
    subscribe(worked);
    end('1-0');
    wait();
    port.end();
    wait();
    expect(seen).toEqual(['error CLIENT_ENDED']);
    expect(timers()).toBe(0);
  });

  test('the same checkpoint on one client: refused while the first lives, and while it closes the second waits', () => {
    const answers: Answers = { savePositions: ({ positions }: SaveArgs) => (positions.get('s')?.id === '0-0' ? 'saved' : LATER) };
    const { subscribe, work, wait, seen, told, port } = setUp({ entries: 2, answers });
    const { worked, end } = work();
    const running = subscribe(worked);
    subscribe();
    expect(seen).toEqual(['error CONSUMER_IN_USE']);
    end('1-0');
    running.unsubscribe();
    subscribe();
    wait();
    expect(port.of('openCheckpoint')).toHaveLength(1);
    port.last('savePositions').answer('saved');
    wait();
    expect(told.filter(({ type }) => type === 'closed')).toHaveLength(1);
    expect(port.of('openCheckpoint')).toHaveLength(2);
    expect(seen.slice(1)).toEqual(['1-0', '2-0']);
  });
});
