import type { Histogram } from '@opentelemetry/sdk-metrics';
import { lastValueFrom, of } from 'rxjs';
import { ackAfter, fromGroup, publishTo, untilDrained, type Delivery } from 'rxjs-redis-streams';
import { instrumentStreams, type InstrumentOptions } from 'rxjs-redis-streams/otel';
import { createMemoryRedis } from 'rxjs-redis-streams/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BUCKETS, METRICS } from '../../src/otel/names.js';
import { Telemetry } from '../support/telemetry.js';

let telemetry: Telemetry;
beforeEach(() => (telemetry = new Telemetry()));
afterEach(() => telemetry.end());

const attributes = (operation: string, type: string, more: object = {}): object => ({
  'messaging.system.name': 'redis',
  'messaging.operation.name': operation,
  'messaging.operation.type': type,
  'messaging.destination.name': 'orders',
  'server.address': 'here',
  ...more,
});
const group = { 'messaging.consumer.group.name': 'g' };

test('what is sent, consumed, settled and worked on is counted and timed, by stream and group, and by what went wrong', async () => {
  telemetry.on({ attributes: { 'server.address': 'here' } });
  const redis = createMemoryRedis();
  await redis.set('text', 'no stream');
  await lastValueFrom(of({ n: 1 }, { n: 2 }, { n: 3 }).pipe(publishTo(redis, 'orders')));
  await expect(lastValueFrom(of({ n: 1 }).pipe(publishTo(redis, 'text')))).rejects.toThrow();
  const source = fromGroup(redis, { streams: 'orders', group: 'g', consumer: 'c', autoCreate: { from: '0' } });
  const work = ({ fields }: Delivery): number => {
    if (fields['n'] === '2') throw new RangeError('two');
    return 1;
  };
  await lastValueFrom(source.pipe(untilDrained(), ackAfter(work, { onError: 'nack' })));

  const metrics = await telemetry.metrics();
  expect(Object.keys(metrics).sort()).toEqual(Object.values(METRICS).sort());
  const of_ = (name: string) =>
    metrics[name]?.points.map(({ attributes, value }) => [attributes, typeof value === 'number' ? value : value.count]);
  expect(of_(METRICS.sent)).toEqual([
    [attributes('send', 'send'), 3],
    [attributes('send', 'send', { 'messaging.destination.name': 'text', 'error.type': 'WRONG_TYPE' }), 1],
  ]);
  expect(of_(METRICS.consumed)).toEqual([[attributes('poll', 'receive', group), 3]]);
  expect(of_(METRICS.process)).toEqual([
    [attributes('process', 'process', group), 2],
    [attributes('process', 'process', { ...group, 'error.type': 'RangeError' }), 1],
  ]);
  expect(of_(METRICS.duration)).toEqual([
    [attributes('send', 'send'), 3],
    [attributes('send', 'send', { 'messaging.destination.name': 'text', 'error.type': 'WRONG_TYPE' }), 1],
    [attributes('ack', 'settle', group), expect.any(Number)], // one for each XACK
  ]);
});

test('in the units of the conventions, and with the buckets that they advise', async () => {
  telemetry.on();
  const redis = createMemoryRedis();
  await lastValueFrom(of({ n: 1 }).pipe(publishTo(redis, 'orders')));
  const { [METRICS.duration]: duration, [METRICS.sent]: sent } = await telemetry.metrics();
  expect([duration?.unit, sent?.unit]).toEqual(['s', '{message}']);
  expect((duration?.points[0]?.value as Histogram).buckets.boundaries).toEqual(BUCKETS);
});

test.each<[string, unknown, string]>([
  ['null', null, 'the options of instrumentStreams is null, but must be left out, or an object.'],
  ['creation', { creation: 'span' }, `creation is "span", but must be 'link' or 'parent'.`],
  ['propagate', { propagate: 'yes' }, 'propagate is "yes", but must be true or false.'],
  [
    'tracerProvider',
    { tracerProvider: {} },
    'tracerProvider is an object (Object), but must be a provider of OpenTelemetry, with getTracer().',
  ],
  ['meterProvider', { meterProvider: 1 }, 'meterProvider is 1, but must be a provider of OpenTelemetry, with getMeter().'],
  ['attributes', { attributes: 'a' }, 'attributes is "a", but must be an object of attributes.'],
])('wrong options are refused at the call: %s', (_, options, message) => {
  expect(() => instrumentStreams(options as InstrumentOptions)).toThrow(message);
});
