import { asyncScheduler, concat, EMPTY, filter, NEVER, of, Subject, take, throwError } from 'rxjs';
import type { Entry, Notice } from 'rxjs-redis-streams';
import { toServerSentEvents, type ServerSentEvent, type ServerSentEventsOptions } from 'rxjs-redis-streams/sse';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { FakeSession } from '../support/fake-delivery.js';
import { marbles, notebook } from '../support/marbles.js';

afterEach(() => void vi.restoreAllMocks());

/** An event as text: `id type data (comment)`. */
function shown({ id, type, data, comment, retry }: ServerSentEvent): string {
  return [id ?? 'no id', type, data, comment === undefined ? undefined : 'comment', retry && `retry ${retry}`]
    .filter((part) => part !== undefined && part !== '')
    .join(' ');
}

/** What a line of entries becomes, and what is told. */
function run(values: readonly unknown[], options: ServerSentEventsOptions = {}) {
  const session = new FakeSession();
  const told: Notice[] = [];
  const entries = values.map((value, i) => session.delivery(`${i + 1}-0`).mapValue(() => value));
  const events: string[] = [];
  const notify = (notice: Notice): void => void told.push(notice);
  const line = toServerSentEvents({ notify, heartbeat: false, ...options })(of(...entries));
  line.subscribe({ next: (event) => events.push(shown(event)), complete: () => events.push('complete') });
  return { events, told, settled: session.settled };
}

describe('an event', () => {
  test('has the id of its entry, and its value as JSON', () => {
    const { events, settled } = run([{ a: 1 }, 'text', null, [1]]);
    expect(events).toEqual(['1-0 {"a":1}', '2-0 "text"', '3-0 null', '4-0 [1]', 'complete']);
    expect(settled).toEqual(['acked 1-0', 'acked 2-0', 'acked 3-0', 'acked 4-0']);
  });

  test('has what data makes of it: a text as it is, anything else as JSON', () => {
    expect(run(['a\nb', 2], { data: ({ value }) => value }).events).toEqual(['1-0 a\nb', '2-0 2', 'complete']);
  });

  test('is not made where data gives undefined, and the entry is done', () => {
    const { events, settled, told } = run([1, 2, 3], { data: ({ value }) => (value === 2 ? undefined : value) });
    expect(events).toEqual(['1-0 1', '3-0 3', 'complete']);
    expect(settled).toHaveLength(3);
    expect(told).toEqual([]);
  });

  test('has a type: one for all, or each its own', () => {
    expect(run([1], { event: 'order' }).events[0]).toBe('1-0 order 1');
    const own = run([1, 2], { event: ({ value }) => (value === 1 ? 'one' : undefined) });
    expect(own.events).toEqual(['1-0 one 1', '2-0 2', 'complete']);
  });

  test('has retry once, the first', () => {
    expect(run([1, 2], { retry: 500 }).events).toEqual(['1-0 1 retry 500', '2-0 2', 'complete']);
  });
});

describe('an entry that cannot be one is one error, for one entry', () => {
  const circle: Record<string, unknown> = { secret: 'hunter2' };
  circle['itself'] = circle;
  const boom = (): never => {
    throw new Error('hunter2');
  };
  test.each<[string, unknown, ServerSentEventsOptions]>([
    ['a BigInt', 5n, {}],
    ['a circle', circle, {}],
    ['a function', () => 1, {}],
    ['a toJSON that throws', { toJSON: boom }, {}],
    ['data that throws', 2, { data: ({ value }) => (value === 2 ? boom() : value) }],
    ['data that is asynchronous', 2, { data: ({ value }) => (value === 2 ? Promise.resolve(1) : value) }],
    ['a type that throws', 2, { event: ({ value }) => (value === 2 ? boom() : 'e') }],
    ['a type with a line break', 2, { event: ({ value }) => (value === 2 ? 'a\nid: 0-0' : 'e') }],
    ['a type that is no text', 2, { event: ({ value }) => (value === 2 ? (5 as never) : 'e') }],
  ])('%s', (_, value, options) => {
    const { events, told, settled } = run([1, value, 3], options);
    expect(events.map((event) => event.replace('e ', ''))).toEqual(['1-0 1', '3-0 3', 'complete']);
    expect(settled).toEqual(['acked 1-0', 'acked 2-0', 'acked 3-0']);
    expect(told).toMatchObject([{ type: 'not-sent', stream: 'deliveries', id: '2-0', error: { code: 'ENCODE_FAILED' } }]);
    const { error } = told[0] as Notice & { type: 'not-sent' };
    expect(error.message).toContain('Entry 2-0 of deliveries');
    expect(`${error.message} ${JSON.stringify(error)} ${String(error.cause)}`).not.toContain('hunter2');
    expect(error).toHaveProperty('reason');
  });

  test('without a notify the first is a process warning', () => {
    const warn = vi.spyOn(process, 'emitWarning').mockReturnValue();
    run([1n, 2n], { notify: undefined });
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn.mock.calls[0]).toEqual([
      expect.stringContaining('Entry 1-0 of deliveries'),
      expect.objectContaining({ code: 'RXJS_REDIS_STREAMS_NOT_SENT' }),
    ]);
  });
});

describe('directly behind a source', () => {
  test('the first event says where reading begins, and silence is broken by comments that have an id', () => {
    marbles.run(({ streams, expectObservable }) => {
      const source = streams({ history: 'a', live: '----b----------c---' });
      expectObservable(source.pipe(toServerSentEvents({ heartbeat: 5, retry: 100 }))).toBe('p---b----h----hc----i', {
        p: { id: '1-0', type: 'stream-position', data: '', retry: 100 },
        b: { id: '2-0', data: '"b"' },
        c: { id: '3-0', data: '"c"' },
        h: { id: '2-0', comment: '' },
        i: { id: '3-0', comment: '' },
      });
    });
  });

  test('several streams: each id says where the response stands in all of them', () => {
    marbles.run(({ streams, expectObservable }) => {
      const source = streams({ history: { a: 'x' }, live: { a: '--y', 'b,=': '---z' } });
      const ids = source.pipe(toServerSentEvents({ heartbeat: false }));
      expectObservable(ids).toBe('p-yz', {
        p: { id: 'a=1-0,b%2C%3D=0-0', type: 'stream-position', data: '' },
        y: { id: 'a=2-0,b%2C%3D=0-0', data: '"y"' },
        z: { id: 'a=2-0,b%2C%3D=3-0', data: '"z"' },
      });
    });
  });

  test('what it tells reaches the notify of the source as well', () => {
    marbles.run(({ streams, now, expectObservable, flush }) => {
      const { notify, told } = notebook(now);
      const source = streams({ live: '--a', values: { a: 1n }, options: { notify } });
      expectObservable(source.pipe(toServerSentEvents({ heartbeat: false }))).toBe('p--', { p: expect.anything() });
      flush();
      expect(told.slice(0, 2).map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual(['0 joined', '2 not-sent']);
    });
  });

  test('the end of reading by its signal ends the response at once, whatever waits', () => {
    marbles.run(({ streams, signal, expectObservable }) => {
      const source = streams({ live: '-(abc)', options: { signal: signal('----|') } });
      const full = { writableNeedDrain: true, on: () => undefined, off: () => undefined };
      expectObservable(source.pipe(toServerSentEvents({ heartbeat: false, response: full }))).toBe('pa--|', {
        p: expect.objectContaining({ type: 'stream-position' }),
        a: expect.objectContaining({ data: '"a"' }),
      });
    });
  });

  test('its error ends the response, and is told', () => {
    marbles.run(({ streams, now, expectObservable, flush }) => {
      const { notify, told } = notebook(now);
      const decode = (): never => {
        throw new Error('no');
      };
      const source = streams({ live: '--a', options: { notify, decode } });
      expectObservable(source.pipe(toServerSentEvents({ heartbeat: 1_000 }))).toBe('p-|', { p: expect.anything() });
      flush();
      expect(told.some((line) => line.startsWith('2 response-ended'))).toBe(true);
    });
  });
});

describe('behind other operators', () => {
  test('ids are those of the entries, and a heartbeat before the first has none', () => {
    marbles.run(({ streams, expectObservable }) => {
      const source = streams({ live: '----a--b' }).pipe(filter(({ value }) => value !== 'a'));
      expectObservable(source.pipe(toServerSentEvents({ heartbeat: 3 }))).toBe('---h--hb--i', {
        h: { comment: '' },
        i: { id: '2-0', comment: '' },
        b: { id: '2-0', data: '"b"' },
      });
    });
  });

  test('a second stream is an error that says what to do', () => {
    const session = new FakeSession();
    const told: Notice[] = [];
    const [one, two] = [session.delivery('1-0'), session.delivery('2-0')];
    Object.defineProperty(two, 'stream', { value: 'other' });
    const seen: string[] = [];
    of(one, two)
      .pipe(toServerSentEvents({ notify: (notice) => told.push(notice) }))
      .subscribe({ next: (event) => seen.push(shown(event)), complete: () => seen.push('complete') });
    expect(seen).toEqual(['1-0 {}', 'complete']);
    expect(told).toMatchObject([{ type: 'response-ended', error: { name: 'TypeError' } }]);
    expect((told[0] as { error: Error }).error.message).toContain('put it directly behind the source');
  });

  test('what is no entry is an error that says so', () => {
    const warn = vi.spyOn(process, 'emitWarning').mockReturnValue();
    let completed = false;
    of({ id: '1-0', value: 1 } as Entry<number>)
      .pipe(toServerSentEvents())
      .subscribe({ complete: () => (completed = true) });
    expect(completed).toBe(true);
    expect(warn.mock.calls[0]?.[0]).toContain('toServerSentEvents works on entries of this library');
  });

  test('a group: ids are those of entries, of whichever stream, and each is acked', () => {
    marbles.run(({ group, expectObservable, expectSettled }) => {
      const source = group({ live: { a: '-x', b: '--y' } });
      expectObservable(source.pipe(toServerSentEvents({ heartbeat: false }))).toBe('-xy', {
        x: { id: '1-0', data: '"x"' },
        y: { id: '2-0', data: '"y"' },
      });
      expectSettled(source).toBe('-xy');
    });
  });
});

describe('as every operator', () => {
  test('never, empty, error', () => {
    marbles.run(({ expectObservable }) => {
      const line = toServerSentEvents({ heartbeat: false, notify: () => undefined });
      expectObservable(NEVER.pipe(line)).toBe('---');
      expectObservable(EMPTY.pipe(line)).toBe('|');
      expectObservable(throwError(() => new Error('no')).pipe(line)).toBe('|');
    });
  });

  test('subscribed twice: two responses, each with a reader of its own', () => {
    marbles.run(({ streams, expectObservable }) => {
      const line = streams({ live: '---a---b' }).pipe(toServerSentEvents({ heartbeat: false }));
      const values = { p: expect.anything(), a: { id: '1-0', data: '"a"' }, b: { id: '2-0', data: '"b"' } };
      expectObservable(line).toBe('p--a---b', values);
      expectObservable(line, '-----^').toBe('-----p-b', { ...values, p: { id: '1-0', type: 'stream-position', data: '' } });
    });
  });

  test('unsubscribed inside the first event: nothing is left', () => {
    const session = new FakeSession();
    const source = new Subject<never>();
    const ids: unknown[] = [];
    concat(of(session.delivery('1-0'), session.delivery('2-0')), source)
      .pipe(toServerSentEvents({ heartbeat: 10 }), take(1))
      .subscribe(({ id }) => ids.push(id));
    expect(ids).toEqual(['1-0']);
    expect(source.observed).toBe(false);
    expect(session.settled[0]).toBe('acked 1-0');
  });

  test('unsubscribed: neither the source nor a timer is left', () => {
    const source = new Subject<never>();
    const schedule = vi.spyOn(asyncScheduler, 'schedule');
    const subscription = source.pipe(toServerSentEvents({ heartbeat: 10 })).subscribe();
    expect(schedule).toHaveBeenCalledTimes(1);
    subscription.unsubscribe();
    expect(source.observed).toBe(false);
    expect(asyncScheduler.actions).toEqual([]);
  });

  test.each<[string, object, string]>([
    ['heartbeat', { heartbeat: 0 }, 'heartbeat is 0, but must be a whole number from 1'],
    ['heartbeat', { heartbeat: true }, 'heartbeat is true'],
    ['retry', { retry: -1 }, 'retry is -1'],
    ['event', { event: 'a\rb' }, 'event is "a\\rb", but must be a name without line breaks'],
    ['event', { event: 5 }, 'event is 5'],
    ['data', { data: 'x' }, 'data is "x", but must be a function'],
    ['notify', { notify: {} }, 'notify is an object'],
    ['scheduler', { scheduler: {} }, 'scheduler is an object'],
    ['response', { response: {} }, 'response is an object (Object), but must be the response of node:http'],
  ])('a wrong %s is refused at the call: %j', (_, options, message) => {
    expect(() => toServerSentEvents(options)).toThrow(message);
  });
});
