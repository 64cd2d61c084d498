import { context, SpanKind, trace } from '@opentelemetry/api';
import { bufferCount, lastValueFrom, map, NEVER, of, Subject, takeUntil, throwError } from 'rxjs';
import {
  ackAfter,
  ackUnless,
  forwardTo,
  fromGroup,
  fromStreams,
  GroupConsumer,
  publishTo,
  redeliver,
  untilDrained,
  whenIdle,
} from 'rxjs-redis-streams';
import { createMemoryRedis } from 'rxjs-redis-streams/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ATTRIBUTES, OPERATIONS } from '../../src/otel/names.js';
import { eventually } from '../support/eventually.js';
import { idOf, linked, Telemetry, told } from '../support/telemetry.js';

let telemetry: Telemetry;
beforeEach(() => (telemetry = new Telemetry()));
afterEach(() => telemetry.end());

function setUp() {
  const redis = createMemoryRedis();
  const source = (stream: string) => fromGroup(redis, { streams: stream, group: 'g', consumer: 'c', autoCreate: { from: '0' } });
  const drained = (stream: string) => source(stream).pipe(untilDrained());
  const publish = (...names: string[]) => lastValueFrom(of(...names.map((name) => ({ name }))).pipe(publishTo(redis, 'orders')));
  return { redis, source, drained, publish };
}

const all = (operation: keyof typeof OPERATIONS, more: object = {}): object => ({
  'messaging.system.name': 'redis',
  'messaging.operation.name': operation,
  'messaging.operation.type': OPERATIONS[operation].type,
  'messaging.destination.name': 'orders',
  ...more,
});
const inGroup = { 'messaging.consumer.group.name': 'g', 'messaging.client.id': 'c' };

test('one entry from publisher to ack: names, kinds, attributes, links and parents', async () => {
  const { drained, publish } = setUp();
  telemetry.on({ attributes: { 'server.address': 'here' } });
  const id = await publish('a');
  await lastValueFrom(drained('orders').pipe(ackAfter(({ fields }) => fields['name'])));

  const here = { 'server.address': 'here' };
  const message = { 'messaging.message.id': id };
  const [send, process, poll, ack] = ['send', 'process', 'poll', 'ack'].map((name) => telemetry.span(name)) as [
    never,
    never,
    never,
    never,
  ];
  expect(telemetry.spans()).toHaveLength(4);
  expect(told(send)).toEqual({ name: 'send orders', kind: 'PRODUCER', attributes: all('send', { ...message, ...here }) });
  expect(told(poll)).toEqual({
    name: 'poll orders',
    kind: 'CLIENT',
    attributes: all('poll', { ...inGroup, 'messaging.batch.message_count': 1, ...here }),
  });
  expect(told(process)).toEqual({
    name: 'process orders',
    kind: 'CONSUMER',
    attributes: all('process', { ...inGroup, ...message, ...here }),
  });
  expect(told(ack)).toEqual({ name: 'ack orders', kind: 'CLIENT', attributes: all('ack', { ...inGroup, ...message, ...here }) });

  const parents = telemetry.spans().map(({ name, parentSpanContext }) => [name, parentSpanContext?.spanId]);
  expect(Object.fromEntries(parents)).toEqual({
    'send orders': undefined,
    'poll orders': undefined,
    'process orders': undefined,
    'ack orders': idOf(process),
  });
  for (const consumer of [poll, process, ack]) expect(linked(consumer)).toEqual([idOf(send)]);
  expect(linked(send)).toEqual([]);
});

test('the table has every name that spans have', async () => {
  const { redis, source, drained, publish } = setUp();
  telemetry.on();
  await publish('a', 'b', 'c');
  await redis.xadd('orders', '*', 'name', 'd');
  const stop = new Subject<void>();
  const settled = source('orders').pipe(
    redeliver({ deadLetter: 'dead', maxDeliveries: 9, delay: 60_000 }),
    ackAfter(({ fields: { name } }) => (name === 'a' ? 1 : throwError(() => new RangeError(name))), {
      onError: (_, { fields }) => (fields['name'] === 'b' ? 'reject' : 'nack'),
    }),
    takeUntil(stop),
  );
  settled.subscribe();
  await eventually(() => telemetry.spans('reject').length === 1 && telemetry.spans('ack').length === 1, 'all is settled');
  stop.next();
  await whenIdle(redis);
  await lastValueFrom(drained('dead').pipe(forwardTo('again', () => ({ a: 1 }))));
  const seen = telemetry.spans();
  expect(new Set(seen.map(({ name }) => name.split(' ')[0]))).toEqual(new Set(Object.keys(OPERATIONS)));
  for (const span of seen) {
    const operation = OPERATIONS[span.name.split(' ')[0] as keyof typeof OPERATIONS];
    expect([span.name, SpanKind[span.kind], span.attributes[ATTRIBUTES.type]]).toEqual([
      span.name,
      SpanKind[operation.kind],
      operation.type,
    ]);
    expect(Object.values(ATTRIBUTES)).toEqual(expect.arrayContaining(Object.keys(span.attributes)));
  }
});

describe('links and parents', () => {
  test('a batch is linked to where each of it was added, with its id', async () => {
    const { drained, publish } = setUp();
    telemetry.on({ creation: 'parent' });
    await publish('a', 'b');
    await lastValueFrom(
      drained('orders').pipe(
        bufferCount(2),
        ackAfter(() => 'both'),
      ),
    );
    const sends = telemetry.spans('send');
    const ids = sends.map(({ attributes }) => attributes['messaging.message.id']);
    for (const name of ['process', 'ack', 'poll']) {
      const span = telemetry.span(name);
      expect(linked(span)).toEqual(sends.map(idOf));
      expect(span.links.map(({ attributes }) => attributes?.['messaging.message.id'])).toEqual(ids);
      expect(span.attributes['messaging.batch.message_count']).toBe(2);
      expect(span.parentSpanContext).toBeUndefined();
    }
  });

  test("with creation: 'parent' the work on one entry is a child of its publisher, and linked to it", async () => {
    const { drained, publish } = setUp();
    telemetry.on({ creation: 'parent' });
    await publish('a');
    await lastValueFrom(drained('orders').pipe(ackAfter(() => 1)));
    const [send, process] = [telemetry.span('send'), telemetry.span('process')];
    expect(process.parentSpanContext?.spanId).toBe(idOf(send));
    expect(linked(process)).toEqual([idOf(send)]);
    expect(telemetry.span('ack').spanContext().traceId).toBe(send.spanContext().traceId);
  });

  test('the next work is no child of the one in whose turn it begins', async () => {
    const { drained, publish } = setUp();
    telemetry.on();
    await publish('a', 'b', 'c');
    await lastValueFrom(drained('orders').pipe(ackAfter(async ({ id }) => id)));
    expect(telemetry.spans('process').map(({ parentSpanContext }) => parentSpanContext)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test('forwardTo adds in its work, and the next group is linked to that', async () => {
    const { drained, publish } = setUp();
    telemetry.on();
    await publish('a');
    await lastValueFrom(drained('orders').pipe(forwardTo('invoices', async ({ fields }) => ({ of: fields['name'] ?? '' }))));
    await lastValueFrom(drained('invoices').pipe(ackAfter(() => 1)));
    const [first, send] = [telemetry.span('process orders'), telemetry.span('send invoices')];
    expect(send.parentSpanContext?.spanId).toBe(idOf(first));
    expect(linked(telemetry.span('process invoices'))).toEqual([idOf(send)]);
    expect(told(telemetry.span('forward orders'))).toMatchObject({
      kind: 'CLIENT',
      attributes: { 'messaging.operation.type': 'settle' },
    });
  });

  test('what publishTo makes of an entry is linked to where that was added; what it makes in a span is a child of it', async () => {
    const { redis, drained, publish } = setUp();
    telemetry.on();
    await publish('a');
    await lastValueFrom(
      drained('orders').pipe(
        map((order) => order.mapValue(() => 1)),
        publishTo(redis, 'copies'),
      ),
    );
    const [send, copy] = [telemetry.span('send orders'), telemetry.span('send copies')];
    expect(linked(copy)).toEqual([idOf(send)]);
    expect(copy.parentSpanContext).toBeUndefined();
    expect((await redis.xrange('copies', '-', '+')).map(([, fields]) => fields)).toEqual([
      ['name', 'a', 'traceparent', `00-${copy.spanContext().traceId}-${idOf(copy)}-01`], // its own, not that of what it was copied from
    ]);
    const tracer = telemetry.tracerProvider.getTracer('test');
    const outer = tracer.startSpan('outer');
    await context.with(trace.setSpan(context.active(), outer), () =>
      lastValueFrom(of({ a: 1 }).pipe(publishTo(redis, 'others'))),
    );
    outer.end();
    expect(telemetry.span('send others').parentSpanContext?.spanId).toBe(idOf(outer as never));
  });
});

describe('the context', () => {
  const active = (): string | undefined => trace.getSpanContext(context.active())?.spanId;

  test('is that of the work in the project, behind its awaits, and in its Observable', async () => {
    const { drained, publish } = setUp();
    telemetry.on();
    await publish('a', 'b');
    const seen: (string | undefined)[] = [];
    const work = async (): Promise<void> => {
      seen.push(active());
      await new Promise(setImmediate);
      seen.push(active());
    };
    await lastValueFrom(
      drained('orders').pipe(
        ackAfter(({ fields }) => (fields['name'] === 'a' ? work() : of(1).pipe(map(() => seen.push(active()))))),
      ),
    );
    const [a, b] = telemetry.spans('process').map(idOf);
    expect(seen).toEqual([a, a, b]);
  });

  test('is that of the publisher in a predicate, which is no work', async () => {
    const { drained, publish } = setUp();
    telemetry.on();
    await publish('a');
    let seen: string | undefined;
    await drained('orders')
      .pipe(ackUnless(() => ((seen = active()), false)))
      .forEach(() => undefined);
    expect(seen).toBe(idOf(telemetry.span('send')));
    expect(telemetry.spans('process')).toEqual([]);
    expect(linked(telemetry.span('ack'))).toEqual([seen]);
  });

  test('is carried in fields that decode does not see', async () => {
    const { redis, publish } = setUp();
    telemetry.on();
    await publish('a');
    const seen: object[] = [];
    const source = fromStreams(redis, { streams: { orders: '0' }, decode: (fields) => Object.keys(fields) });
    await source.pipe(untilDrained()).forEach(({ value, fields }) => seen.push(value, Object.keys(fields)));
    expect(seen).toEqual([['name'], ['name', 'traceparent']]);
  });

  test('is read from bytes, too', async () => {
    const { redis, publish } = setUp();
    telemetry.on();
    await publish('a');
    await lastValueFrom(
      fromStreams(redis, { streams: { orders: '0' }, binary: true }).pipe(
        untilDrained(),
        ackAfter(() => 1),
      ),
    );
    expect(linked(telemetry.span('process'))).toEqual([idOf(telemetry.span('send'))]);
  });

  test.each<[string, () => void]>([
    ['without telemetry', () => undefined],
    ['with propagate: false', () => telemetry.on({ propagate: false })],
    ['switched off', () => telemetry.on()()],
  ])('is not carried %s', async (_, on) => {
    const { redis, publish } = setUp();
    on();
    await publish('a');
    expect((await redis.xrange('orders', '-', '+')).map(([, fields]) => fields)).toEqual([['name', 'a']]);
  });
});

describe('what goes wrong', () => {
  test('a project that fails: status, error.type, the exception', async () => {
    const { drained, publish } = setUp();
    telemetry.on();
    await publish('a');
    const failing = drained('orders').pipe(ackAfter(() => Promise.reject(new RangeError('too much'))));
    await expect(lastValueFrom(failing)).rejects.toThrow('too much');
    expect(told(telemetry.span('process'))).toMatchObject({ status: 'too much', attributes: { 'error.type': 'RangeError' } });
    expect(telemetry.span('process').events.map(({ name }) => name)).toEqual(['exception']);
  });

  test('a publisher that is refused: the code', async () => {
    const { redis } = setUp();
    telemetry.on();
    await redis.set('text', 'no stream');
    await expect(lastValueFrom(of({ a: 1 }).pipe(publishTo(redis, 'text')))).rejects.toMatchObject({ code: 'WRONG_TYPE' });
    expect(told(telemetry.span('send')).attributes['error.type']).toBe('WRONG_TYPE');
  });

  test('unsubscribing ends open spans as cancelled, outside of the project and inside', async () => {
    const { redis, source, publish } = setUp();
    telemetry.on();
    await publish('a', 'b');
    const outside = source('orders')
      .pipe(ackAfter(() => NEVER))
      .subscribe();
    await eventually(() => telemetry.spans('poll').length === 1, 'entries came');
    expect(telemetry.spans('process')).toEqual([]);
    outside.unsubscribe();
    await whenIdle(redis);
    const stop = new Subject<void>();
    await source('orders')
      .pipe(
        ackAfter(() => (stop.next(), NEVER)),
        takeUntil(stop),
      )
      .forEach(() => undefined);
    await whenIdle(redis);
    const ended = telemetry.spans('process').map(told);
    expect(ended.map(({ attributes, status }) => [attributes['error.type'], status])).toEqual([
      ['cancelled', undefined],
      ['cancelled', undefined],
    ]);
  });

  test('switching off ends open spans, and leaves nobody who listens', async () => {
    const { redis, source, publish } = setUp();
    const off = telemetry.on();
    await publish('a');
    const subscription = source('orders')
      .pipe(ackAfter(() => NEVER))
      .subscribe();
    await eventually(() => telemetry.spans('poll').length === 1, 'an entry came');
    off();
    expect(told(telemetry.span('process')).attributes['error.type']).toBe('cancelled');
    const before = telemetry.spans().length;
    subscription.unsubscribe();
    await whenIdle(redis);
    await publish('b');
    off(); // again: nothing
    expect(telemetry.spans()).toHaveLength(before);
  });
});

describe('poll spans', () => {
  test('count what is handed on in one go, and not what was only fetched', async () => {
    const { redis, source, publish } = setUp();
    telemetry.on();
    await publish('a', 'b', 'c');
    const seen = source('orders').subscribe(({ fields }) => fields['name'] === 'b' && seen.unsubscribe());
    await whenIdle(redis);
    await eventually(() => telemetry.spans('poll').length > 0, 'entries came');
    expect(telemetry.span('poll').attributes['messaging.batch.message_count']).toBe(2);
  });

  test('begin for a pull consumer with the call that gets an entry', async () => {
    const { redis, publish } = setUp();
    telemetry.on();
    await publish('a', 'b');
    const consumer = new GroupConsumer(redis, {
      streams: 'orders',
      group: 'g',
      consumer: 'c',
      autoCreate: { from: '0' },
      bufferSize: 9,
    });
    await consumer.getEntry();
    await consumer.close();
    expect(telemetry.span('poll').attributes['messaging.batch.message_count']).toBe(1);
  });
});
