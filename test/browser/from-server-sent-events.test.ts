import { build } from 'esbuild';
import { gzipSync } from 'node:zlib';
import { retry, take, VirtualTimeScheduler } from 'rxjs';
import {
  fromServerSentEvents,
  type ConnectionState,
  type FromServerSentEventsOptions,
  type InvalidEvent,
} from 'rxjs-redis-streams/browser';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { POSITION } from '../../src/sse/server-sent-event.js';
import { FakeEventSource } from '../support/fake-event-source.js';

afterEach(() => void vi.unstubAllGlobals());

/** A page: what it was shown, how it was connected, and every connection it made. */
function open(options: FromServerSentEventsOptions = {}, url: string | URL = '/orders') {
  const clock = new VirtualTimeScheduler();
  const made: FakeEventSource[] = [];
  const eventSource = (at: string, init: { withCredentials: boolean }): FakeEventSource => {
    made.push(new FakeEventSource(at, init));
    return made.at(-1)!;
  };
  const feed = fromServerSentEvents(url, { delay: (attempt) => attempt * 100, scheduler: clock, eventSource, ...options });
  const [shown, states] = [[] as string[], [] as string[]];
  const say = (state: ConnectionState): string => Object.values(state).join(' ');
  feed.state.subscribe((state) => states.push(`${clock.frame} ${say(state)}`));
  const subscribe = () =>
    feed.subscribe({
      next: ({ id, type, value }) => shown.push(`${id} ${type} ${JSON.stringify(value)}`),
      error: (error: unknown) => shown.push(`error: ${(error as Error).message}`),
      complete: () => shown.push('complete'),
    });
  return { clock, made, feed, shown, states, subscribe, now: () => made.at(-1)! };
}

/** A storage that keeps, or throws. */
function storage(kept: Record<string, string> = {}) {
  return {
    kept,
    getItem: (key: string) => kept[key] ?? null,
    setItem: (key: string, value: string) => void (kept[key] = value),
  };
}

/** Fails as a schema does. */
const numbers = {
  '~standard': {
    version: 1 as const,
    vendor: 'test',
    validate: (value: unknown) => (typeof value === 'number' ? { value } : { issues: [{ message: 'no number' }] }),
  },
};

test('nothing happens before it is subscribed; then events come, with their ids', () => {
  const page = open();
  expect([page.made, page.states]).toEqual([[], ['0 closed']]);
  page.subscribe();
  page.now().open();
  page.now().event('1-0', { a: 1 });
  page.now().event('2-0', 'null');
  expect(page.shown).toEqual(['1-0 message {"a":1}', '2-0 message null']);
  expect(page.made.map(({ url, init }) => [url, init])).toEqual([['/orders', { withCredentials: false }]]);
  expect(page.states).toEqual(['0 closed', '0 connecting 0', '0 open']);
});

test('subscribed twice: two connections, and the state is that of the later one', () => {
  const page = open();
  const [one, two] = [page.subscribe(), page.subscribe()];
  expect(page.made).toHaveLength(2);
  page.made[1]!.open();
  page.made[0]!.open();
  one.unsubscribe();
  expect(page.states).toEqual(['0 closed', '0 connecting 0', '0 connecting 0', '0 open']);
  two.unsubscribe();
  expect(page.states.at(-1)).toBe('0 closed');
});

test('unsubscribed: it is closed, and neither a timer nor a listener is left', () => {
  const listeners = new Map<string, unknown>();
  vi.stubGlobal('addEventListener', (type: string, listener: unknown) => listeners.set(type, listener));
  vi.stubGlobal(
    'removeEventListener',
    (type: string, listener: unknown) => listeners.get(type) === listener && listeners.delete(type),
  );
  const page = open();
  const subscription = page.subscribe();
  expect([...listeners.keys()]).toEqual(['online', 'pageshow']);
  page.now().fail();
  subscription.unsubscribe();
  page.clock.flush();
  expect([page.made.length, page.now().readyState, listeners.size, page.clock.frame]).toEqual([1, 2, 0, 0]);
  expect(page.shown).toEqual([]);
});

test('unsubscribed inside an event: what comes later is nobody’s', () => {
  const page = open();
  const seen: string[] = [];
  page.feed.pipe(take(1)).subscribe(({ id }) => seen.push(id));
  const source = page.now();
  source.event('1-0', 1);
  source.event('2-0', 2);
  source.fail();
  expect([seen, source.readyState, page.made.length]).toEqual([['1-0'], 2, 1]);
});

test('unsubscribed by what is told of the state', () => {
  const page = open();
  const subscription = page.subscribe();
  page.feed.state.subscribe(({ is }) => is === 'waiting' && subscription.unsubscribe());
  page.now().fail();
  page.clock.flush();
  expect(page.made).toHaveLength(1);
});

describe('a connection that is lost', () => {
  test('is made anew by the browser, as long as it does so', () => {
    const page = open();
    page.subscribe();
    page.now().open();
    page.now().lose();
    page.now().lose();
    page.now().open();
    page.now().event('1-0', 1);
    expect(page.states.slice(2)).toEqual(['0 open', '0 connecting 1', '0 connecting 2', '0 open']);
    expect([page.made.length, page.shown]).toEqual([1, ['1-0 message 1']]);
  });

  test('is made anew by us where the browser gives it up: later each time, behind the last event', () => {
    const page = open();
    page.subscribe();
    page.now().open();
    page.now().event('5-0', 1);
    page.now().fail();
    page.clock.maxFrames = 100;
    page.clock.flush();
    page.now().fail();
    page.clock.maxFrames = 1_000;
    page.clock.flush();
    page.now().open();
    page.now().fail();
    expect(page.made.map(({ url }) => url)).toEqual(['/orders', '/orders?lastEventId=5-0', '/orders?lastEventId=5-0']);
    expect(page.states.slice(2)).toEqual([
      ...['0 open', '0 waiting 1 100', '100 connecting 1', '100 waiting 2 200', '300 connecting 2', '300 open'],
      '300 waiting 1 100', // open once, so it counts anew
    ]);
  });

  test('before the first event: the place that the server told at the beginning counts', () => {
    const page = open();
    page.subscribe();
    page.now().event('a=1-0,b=2-0', '', POSITION);
    page.now().fail();
    page.clock.flush();
    expect(page.now().url).toBe('/orders?lastEventId=a%3D1-0%2Cb%3D2-0');
    expect(page.shown).toEqual([]);
  });

  test('what the old one still says is nobody’s', () => {
    const page = open();
    page.subscribe();
    const old = page.now();
    old.fail();
    page.clock.flush();
    old.event('9-0', 1);
    old.fail();
    expect([page.made.length, page.shown]).toEqual([2, []]);
  });

  test('an event that the server names error is none', () => {
    const page = open();
    page.subscribe();
    page.now().open();
    page.now().event('1-0', 'no', 'error');
    expect([page.states.at(-1), page.made.length]).toEqual(['0 open', 1]);
  });

  test('without a delay of its own: 1 s, doubled up to 30 s, and half of it is chance', () => {
    const page = open({ delay: undefined });
    page.subscribe();
    const delays: number[] = [];
    page.feed.state.subscribe((state) => state.is === 'waiting' && delays.push(state.delay));
    for (let i = 0; i < 8; i++) {
      page.now().fail();
      page.clock.maxFrames = Infinity;
      page.clock.flush();
    }
    [1, 2, 4, 8, 16, 30, 30, 30].forEach((most, i) => {
      expect(delays[i]).toBeGreaterThanOrEqual(most * 500);
      expect(delays[i]).toBeLessThanOrEqual(most * 1_000);
    });
  });
});

describe('back from sleep', () => {
  test.each([
    ['online again', 'online', {}, 2],
    ['from the page cache', 'pageshow', { persisted: true }, 2],
    ['shown for the first time: nothing to do', 'pageshow', { persisted: false }, 1],
  ])('%s', (_, type, event, connections) => {
    const listeners = new Map<string, (event: object) => void>();
    vi.stubGlobal('addEventListener', (name: string, listener: (event: object) => void) => listeners.set(name, listener));
    vi.stubGlobal('removeEventListener', (name: string) => listeners.delete(name));
    const page = open();
    const subscription = page.subscribe();
    page.now().open();
    page.now().event('3-0', 1);
    listeners.get(type)!(event);
    expect(page.made).toHaveLength(connections);
    expect(page.made.map(({ readyState }) => readyState)).toEqual([connections === 1 ? 1 : 2, 0].slice(0, connections));
    expect(page.now().url).toBe(connections === 1 ? '/orders' : '/orders?lastEventId=3-0');
    subscription.unsubscribe();
  });
});

describe('reload', () => {
  test('with a storage it goes on behind the last event', () => {
    const kept = storage();
    const before = open({ storage: kept });
    before.subscribe();
    before.now().event('3-0', 1);
    before.now().event('4-0', 1);
    expect(kept.kept).toEqual({ 'rxjs-redis-streams:/orders': '4-0' });
    const after = open({ storage: kept, lastEventId: '1-0' });
    after.subscribe();
    expect(after.now().url).toBe('/orders?lastEventId=4-0');
  });

  test('an id counts only once its event was shown', () => {
    const kept = storage();
    const page = open({ storage: kept });
    const seen: unknown[] = [];
    page.feed.subscribe(() => seen.push(kept.kept['rxjs-redis-streams:/orders']));
    page.now().event('1-0', 1);
    page.now().event('2-0', 1);
    expect(seen).toEqual([undefined, '1-0']);
  });

  test('under a key of its own', () => {
    const kept = storage({ mine: '8-0' });
    const page = open({ storage: kept, key: 'mine' });
    page.subscribe();
    expect(page.now().url).toBe('/orders?lastEventId=8-0');
  });

  test('retry() goes on there too', () => {
    const page = open({ storage: storage(), schema: numbers });
    const seen: unknown[] = [];
    page.feed.pipe(retry(1)).subscribe(({ value }) => seen.push(value));
    page.now().event('1-0', 1);
    page.now().event('2-0', 'null'); // refused: one error, for one event
    page.now().event('3-0', 3);
    expect(page.made.map(({ url }) => url)).toEqual(['/orders', '/orders?lastEventId=2-0']);
    expect(seen).toEqual([1, 3]);
  });

  test('a storage that is full or forbidden is an uncaught error, once, and keeps nobody from reading', () => {
    const full = (): never => {
      throw new Error('QuotaExceeded');
    };
    const page = open({ storage: { getItem: () => null, setItem: full } });
    page.subscribe();
    page.now().event('1-0', 1);
    page.now().event('2-0', 2);
    expect(() => page.clock.flush()).toThrow('QuotaExceeded');
    page.now().fail();
    page.clock.flush();
    expect([page.shown.length, page.now().url]).toEqual([2, '/orders?lastEventId=2-0']);
    const forbidden = open({ storage: { getItem: full, setItem: full } });
    forbidden.subscribe();
    expect(() => forbidden.clock.flush()).toThrow('QuotaExceeded');
    expect(forbidden.made).toHaveLength(1);
  });
});

test.each([
  ['/orders?a=1', '/orders?a=1&lastEventId=1-0'],
  ['/orders#top', '/orders?lastEventId=1-0'],
  [new URL('https://api.example/orders'), 'https://api.example/orders?lastEventId=1-0'],
])('the last id goes into the query of %s', (url, expected) => {
  const page = open({ lastEventId: '1-0', withCredentials: true }, url);
  page.subscribe();
  expect([page.now().url, page.now().init]).toEqual([expected, { withCredentials: true }]);
});

test('types of events, each once', () => {
  const page = open({ events: ['order', 'refund', 'order'] });
  page.subscribe();
  page.now().event('1-0', 1, 'order');
  page.now().event('2-0', 2, 'refund');
  page.now().event('3-0', 3);
  expect(page.shown).toEqual(['1-0 order 1', '2-0 refund 2']);
});

describe('an event that is not valid', () => {
  test('is an error, by default', () => {
    const page = open({ schema: numbers });
    page.subscribe();
    page.now().event('1-0', 1);
    page.now().event('2-0', '"x"');
    expect(page.shown).toEqual(['1-0 message 1', expect.stringContaining('error: Event 2-0 (message) is not valid: no number')]);
    expect(page.now().readyState).toBe(2);
  });

  test.each<[string, FromServerSentEventsOptions, string]>([
    ['no JSON', {}, '{'],
    ['a parse that throws', { parse: (data) => JSON.parse(data === '1' ? '1' : '{') as unknown }, '2'],
    ['refused', { schema: numbers }, '"x"'],
    [
      'an asynchronous schema',
      {
        schema: {
          '~standard': {
            version: 1,
            vendor: 'test',
            validate: (value) => (value === 1 ? { value } : Promise.resolve({ value })),
          },
        },
      },
      '2',
    ],
  ])('%s: with onInvalid it is told, and the rest goes on', (_, options, data) => {
    const told: InvalidEvent[] = [];
    const page = open({ ...options, onInvalid: (invalid) => told.push(invalid) });
    page.subscribe();
    page.now().event('1-0', 1);
    page.now().event('2-0', data);
    page.now().event('3-0', 1);
    expect(page.shown).toEqual(['1-0 message 1', '3-0 message 1']);
    expect(told).toMatchObject([{ name: 'InvalidEvent', event: { id: '2-0', type: 'message', data } }]);
  });

  test('an onInvalid that throws ends it', () => {
    const page = open({
      onInvalid: () => {
        throw new Error('mine');
      },
    });
    page.subscribe();
    page.now().event('1-0', '{');
    expect(page.shown).toEqual(['error: mine']);
  });
});

test('without an EventSource it is an error that says so; with that of the browser it is taken', () => {
  const page = open({ eventSource: undefined });
  page.subscribe();
  expect(page.shown).toEqual([expect.stringContaining('There is no EventSource here')]);
  expect(page.states.at(-1)).toBe('0 closed');
  const made: FakeEventSource[] = [];
  vi.stubGlobal(
    'EventSource',
    class extends FakeEventSource {
      constructor(url: string) {
        super(url);
        made.push(this);
      }
    },
  );
  page.subscribe();
  expect(made.map(({ url }) => url)).toEqual(['/orders']);
});

test.each<[string, unknown, object, string]>([
  ['url', '', {}, 'url must be a URL'],
  ['url', undefined, {}, 'url must be a URL'],
  ['schema', '/', { schema: {} }, 'schema must be a Standard Schema'],
  ['parse', '/', { parse: 1 }, 'parse must be a function'],
  ['onInvalid', '/', { onInvalid: 'skip' }, "onInvalid must be 'error' or a function"],
  ['events', '/', { events: [] }, 'events must be a list of types'],
  ['events', '/', { events: 'order' }, 'events must be a list of types'],
  ['storage', '/', { storage: {} }, 'storage must be such as sessionStorage'],
  ['key', '/', { key: 1 }, 'key must be a text'],
  ['delay', '/', { delay: 5 }, 'delay must be a function'],
  ['eventSource', '/', { eventSource: {} }, 'eventSource must be a function'],
])('a wrong %s is refused at the call: %j %j', (_, url, options, message) => {
  expect(() => fromServerSentEvents(url as string, options)).toThrow(`fromServerSentEvents: ${message}`);
});

test('a page loads less than 2 kB of it, and nothing of Node', async () => {
  const { outputFiles } = await build({
    entryPoints: ['src/browser/index.ts'],
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    external: ['rxjs'],
    write: false,
  });
  const [{ contents, text }] = outputFiles as [(typeof outputFiles)[0]];
  expect(text).toContain('lastEventId');
  expect(new Set(text.match(/from"[^"]+"/g))).toEqual(new Set(['from"rxjs"']));
  expect(gzipSync(contents).length).toBeLessThan(2_000);
});
