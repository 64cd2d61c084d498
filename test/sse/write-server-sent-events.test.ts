import { NEVER, of, Subject, VirtualTimeScheduler, type Observable } from 'rxjs';
import type { Entry } from 'rxjs-redis-streams';
import { toServerSentEvents, writeServerSentEvents, type EventsOptions } from 'rxjs-redis-streams/sse';
import { describe, expect, test } from 'vitest';
import { frameOf } from '../../src/sse/frame.js';
import { FakeSession, type FakeDelivery } from '../support/fake-delivery.js';
import { FakeResponse } from '../support/fake-response.js';
import { marbles } from '../support/marbles.js';

function respond(response: FakeResponse, entries: Observable<Entry<unknown>>, options: EventsOptions = {}) {
  const seen: string[] = [];
  const subscription = writeServerSentEvents(response, entries, {
    heartbeat: false,
    notify: () => undefined,
    ...options,
  }).subscribe({
    next: () => seen.push('a value'),
    error: (error: unknown) => seen.push(`error: ${String(error)}`),
    complete: () => seen.push('complete'),
  });
  return { seen, subscription };
}

const entries = (session: FakeSession, count: number): FakeDelivery[] =>
  Array.from({ length: count }, (_, i) => session.delivery(`${i + 1}-0`, { n: String(i + 1) }));

test('a frame has a line for each field, and an empty line at its end', () => {
  expect(frameOf({ data: 'a' })).toBe('data: a\n\n');
  expect(frameOf({ comment: '' })).toBe(': \n\n');
  expect(frameOf({ id: '1-0', type: 'x', retry: 5, comment: 'c', data: 'a\nb\r\nc\rd' })).toBe(
    'event: x\nid: 1-0\nretry: 5\n: c\ndata: a\ndata: b\ndata: c\ndata: d\n\n',
  );
});

test('the head is sent at once, then events, and with the source the response ends', () => {
  const [response, session] = [new FakeResponse(), new FakeSession()];
  const { seen } = respond(response, of(...entries(session, 2)));
  expect(response.heads).toEqual([[200, expect.objectContaining({ 'Content-Type': 'text/event-stream' })]]);
  expect(response.flushed).toBe(1);
  expect(response.written).toEqual(['id: 1-0\ndata: {"n":"1"}\n\n', 'id: 2-0\ndata: {"n":"2"}\n\n']);
  expect(response.writableEnded).toBe(true);
  expect(seen).toEqual(['complete']);
  expect(response.listening).toBe(0);
});

test('a head that was sent already stays', () => {
  const response = Object.assign(new FakeResponse(), { headersSent: true });
  respond(response, NEVER);
  expect(response.heads).toEqual([]);
});

test('nothing happens before it is subscribed', () => {
  const response = new FakeResponse();
  void writeServerSentEvents(response, NEVER);
  expect([response.heads, response.listening]).toEqual([[], 0]);
});

describe('a client that reads slowly', () => {
  test('an entry is settled when the response has taken it, and nothing is written to a full one', () => {
    const [response, session] = [new FakeResponse({ room: 2 }), new FakeSession()];
    const { seen } = respond(response, of(...entries(session, 6)));
    expect(response.written).toHaveLength(2);
    expect(session.settled).toEqual(['acked 1-0']);
    expect(session.open.size).toBe(5); // they keep their places in the window
    response.drain(3);
    expect(response.written).toHaveLength(5);
    expect(session.settled).toEqual(['acked 1-0', 'acked 2-0', 'acked 3-0', 'acked 4-0']);
    response.drain();
    expect(session.open.size).toBe(0);
    expect(response.written).toHaveLength(6);
    expect(seen).toEqual(['complete']);
    expect(response.listening).toBe(0);
  });

  test('gets no heartbeats meanwhile', () => {
    marbles.run(({ streams, expectObservable, flush }) => {
      const response = new FakeResponse({ room: 2 });
      const source = streams({ live: '--a-----------------' });
      expectObservable(writeServerSentEvents(response, source, { heartbeat: 5 })).toBe('-');
      flush();
      expect(response.written.map((frame) => frame.split('\n')[0])).toEqual(['event: stream-position', 'id: 1-0']);
    });
  });

  test('the source reads no further than its window', () => {
    marbles.run(({ streams, expectObservable, expectReads }) => {
      const response = new FakeResponse({ room: 2 });
      const source = streams({ live: '-(abcdefgh)', options: { bufferSize: 2, refillAt: 0 } });
      expectObservable(writeServerSentEvents(response, source, { heartbeat: false })).toBe('-');
      expectReads(source).toBe('2 9ms -', { 2: 2 });
    });
  });

  test('has gone: what waits is given back, and nothing is left', () => {
    const [response, session] = [new FakeResponse({ room: 1 }), new FakeSession()];
    const source = new Subject<FakeDelivery>();
    const { seen } = respond(response, session.source(source));
    for (const entry of entries(session, 3)) source.next(entry);
    response.close();
    expect(seen).toEqual(['complete']);
    expect(session.settled.sort()).toEqual(['left 1-0', 'released 2-0', 'released 3-0']);
    expect([source.observed, response.listening]).toEqual([false, 0]);
  });
});

test('a client that had gone before is not written to', () => {
  const response = Object.assign(new FakeResponse(), { destroyed: true });
  const { seen } = respond(response, NEVER);
  expect([seen, response.heads, response.listening]).toEqual([['complete'], [], 0]);
});

test('a client that goes: reading ends', () => {
  const response = new FakeResponse();
  const source = new Subject<never>();
  const { seen } = respond(response, source);
  response.close();
  expect([seen, source.observed, response.listening]).toEqual([['complete'], false, 0]);
});

test('unsubscribed: the response ends', () => {
  const response = new FakeResponse();
  const source = new Subject<never>();
  respond(response, source).subscription.unsubscribe();
  expect([response.writableEnded, source.observed, response.listening]).toEqual([true, false, 0]);
});

test('the source fails: the response ends without an event, and whoever subscribed is told', () => {
  const response = new FakeResponse();
  const source = new Subject<never>();
  const { seen } = respond(response, source);
  source.error(new Error('no'));
  expect(response.written).toEqual([]);
  expect([response.writableEnded, response.listening]).toEqual([true, 0]);
  expect(seen).toEqual(['error: Error: no']);
});

describe('a response that somebody else writes to', () => {
  test('is looked at after some events, a moment later, and nothing is handed on while it is full', () => {
    const [response, session, clock] = [new FakeResponse({ room: 10 }), new FakeSession(), new VirtualTimeScheduler()];
    let handed = 0;
    of(...entries(session, 60))
      .pipe(toServerSentEvents({ response, heartbeat: false, scheduler: clock }))
      .subscribe(() => {
        handed += 1;
        clock.schedule(() => response.write('x')); // in the next turn: events pile up there
      });
    clock.flush();
    expect([handed, response.written.length]).toEqual([16, 16]);
    expect(session.open.size).toBe(60 - 15);
    response.drain(10);
    clock.flush();
    expect([handed, response.written.length]).toEqual([32, 32]);
    response.drain();
    clock.flush();
    expect([handed, session.open.size, response.listening]).toEqual([60, 0, 0]);
  });
});

describe('wrong arguments', () => {
  test.each<[string, () => unknown, string]>([
    ['no response', () => writeServerSentEvents(undefined as never, NEVER), 'response is undefined'],
    ['the reply of Fastify', () => writeServerSentEvents({ raw: {} } as never, NEVER), 'of Fastify its reply.raw'],
    ['no entries', () => writeServerSentEvents(new FakeResponse(), undefined as never), 'entries is undefined'],
    ['an option', () => writeServerSentEvents(new FakeResponse(), NEVER, { heartbeat: -1 }), 'heartbeat is -1'],
    ['no options', () => writeServerSentEvents(new FakeResponse(), NEVER, null as never), 'options is null'],
  ])('%s', (_, call, message) => {
    expect(call).toThrow(message);
  });
});
