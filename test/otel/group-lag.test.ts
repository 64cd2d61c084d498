import { diag, DiagLogLevel } from '@opentelemetry/api';
import { fromGroup, whenIdle } from 'rxjs-redis-streams';
import { observeGroupLag, type ObserveLagOptions } from 'rxjs-redis-streams/otel';
import { createMemoryRedis } from 'rxjs-redis-streams/testing';
import { VirtualTimeScheduler } from 'rxjs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { GAUGES } from '../../src/otel/names.js';
import { eventually } from '../support/eventually.js';
import { Telemetry } from '../support/telemetry.js';

let telemetry: Telemetry;
let stop: (() => void) | undefined;
const warnings: string[] = [];
beforeEach(() => {
  telemetry = new Telemetry();
  warnings.length = 0;
  const ignored = (): void => undefined;
  const warn = (...all: unknown[]): void => void warnings.push(all.map(String).join(' '));
  diag.setLogger({ warn, error: warn, info: ignored, debug: ignored, verbose: ignored }, DiagLogLevel.WARN);
});
afterEach(async () => {
  stop?.();
  diag.disable();
  await telemetry.end();
});

const observe = (redis: ReturnType<typeof createMemoryRedis>, more: Partial<ObserveLagOptions> = {}): void => {
  stop = observeGroupLag(redis, { streams: 'orders', group: 'g', meterProvider: telemetry.meterProvider, ...more });
};

/** Every gauge with its values, by its labels. */
async function gauges(): Promise<Record<string, Record<string, number>>> {
  const metrics = await telemetry.metrics();
  return Object.fromEntries(
    Object.entries(metrics).map(([name, { points }]) => [
      name,
      Object.fromEntries(points.map(({ attributes, value }) => [Object.values(attributes).join(' '), value as number])),
    ]),
  );
}

async function backlog() {
  const redis = createMemoryRedis();
  for (const id of ['1-0', '2-0', '3-0']) await redis.xadd('orders', id, 'n', '1');
  await redis.xgroup('CREATE', 'orders', 'g', '0');
  await redis.xreadgroup('GROUP', 'g', 'c', 'COUNT', 1, 'STREAMS', 'orders', '>');
  return redis;
}

test('the lag of a group, under the names and labels of redis_exporter', async () => {
  const redis = await backlog();
  observe(redis, { attributes: { db: 'db0' } });
  await eventually(async () => 'redis_stream_length' in (await gauges()), 'a first look');
  const { redis_stream_group_behind_seconds: behind, redis_stream_group_consumer_idle_seconds: idle, ...more } = await gauges();
  expect(more).toEqual({
    redis_stream_length: { 'orders db0': 3 },
    redis_stream_group_lag: { 'orders g db0': 2 },
    redis_stream_group_messages_pending: { 'orders g db0': 1 },
    redis_stream_group_consumers: { 'orders g db0': 1 },
    redis_stream_group_consumer_messages_pending: { 'orders g c db0': 1 },
  });
  expect([Object.keys(behind ?? {}), Object.keys(idle ?? {})]).toEqual([['orders g db0'], ['orders g c db0']]);
  expect(Object.keys(await gauges()).sort()).toEqual(Object.values(GAUGES).sort());
  expect((await telemetry.metrics())['redis_stream_group_lag']?.points[0]?.attributes).toEqual({
    stream: 'orders',
    group: 'g',
    db: 'db0',
  });
});

test('looks again every so often; a look that fails is told, leaves no value behind, and is made again', async () => {
  const scheduler = new VirtualTimeScheduler();
  const redis = createMemoryRedis();
  observe(redis, { every: 1_000, scheduler });
  await eventually(() => warnings.length === 1, 'there is no such group');
  expect(warnings[0]).toMatch(/the lag of a group cannot be told .*orders/);
  expect(await gauges()).toEqual({});
  await redis.xgroup('CREATE', 'orders', 'g', '$', 'MKSTREAM');
  await redis.xadd('orders', '*', 'n', '1');
  passes(scheduler, 1_000);
  await eventually(async () => (await gauges())['redis_stream_group_lag']?.['orders g'] === 1, 'the next look');
  await redis.xadd('orders', '*', 'n', '2');
  passes(scheduler, 2_000);
  await eventually(async () => (await gauges())['redis_stream_group_lag']?.['orders g'] === 2, 'the look after that');
  await redis.del('orders');
  passes(scheduler, 3_000);
  await eventually(() => warnings.length === 2, 'it is gone');
  expect(await gauges()).toEqual({});
});

function passes(scheduler: VirtualTimeScheduler, until: number): void {
  scheduler.maxFrames = until;
  scheduler.flush();
}

test('stopped, it looks no more and has no value', async () => {
  const scheduler = new VirtualTimeScheduler();
  const redis = await backlog();
  observe(redis, { scheduler });
  await eventually(async () => 'redis_stream_length' in (await gauges()), 'a first look');
  stop?.();
  expect(await gauges()).toEqual({});
  expect(scheduler.actions.filter(({ closed }) => !closed)).toEqual([]);
  stop?.(); // again: nothing
});

test('a client that was closed ends it', async () => {
  const scheduler = new VirtualTimeScheduler();
  const redis = await backlog();
  observe(redis, { scheduler });
  await eventually(async () => 'redis_stream_length' in (await gauges()), 'a first look');
  await fromGroup(redis, { streams: 'orders', group: 'g', consumer: 'c', until: 'drained' }).forEach(() => undefined);
  await whenIdle(redis);
  await redis.quit();
  await eventually(() => warnings.length === 1, 'it is told');
  expect(await gauges()).toEqual({});
  expect(scheduler.actions.filter(({ closed }) => !closed)).toEqual([]);
});

test('wrong options are refused at the call', () => {
  const redis = createMemoryRedis();
  expect(() => observe(redis, { every: 0 })).toThrow('every is 0');
  expect(() => observe(redis, { group: '' })).toThrow('group is ""');
  expect(() => observe(redis, { meterProvider: {} as never })).toThrow('with getMeter()');
  expect(() => observe(redis, { attributes: 1 as never })).toThrow('attributes is 1');
});
