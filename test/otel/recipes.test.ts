import { AlwaysOnSampler, BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { trace } from '@opentelemetry/api';
import { createMemoryRedis } from 'rxjs-redis-streams/testing';
import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.js';
import { work } from './recipes/switch-on.js';
import { withoutBlockingReads } from './recipes/without-blocking-reads.js';

test('the sampler leaves out spans of reads, and no others', async () => {
  const exporter = new InMemorySpanExporter();
  const sampler = withoutBlockingReads(new AlwaysOnSampler());
  const provider = new BasicTracerProvider({ sampler, spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const tracer = provider.getTracer('test');
  for (const name of ['xreadgroup', 'xread', 'xack', 'process orders', 'XREADGROUP']) tracer.startSpan(name).end();
  expect(exporter.getFinishedSpans().map(({ name }) => name)).toEqual(['xack', 'process orders']);
  expect(sampler.toString()).toBe('withoutBlockingReads(AlwaysOnSampler)');
  await provider.shutdown();
});

test('what is switched on at the start tells all that is worked on, and nothing once it is switched off', async () => {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  trace.setGlobalTracerProvider(provider);
  const redis = createMemoryRedis();
  await redis.xgroup('CREATE', 'orders', 'billing', '0', 'MKSTREAM');
  await redis.xadd('orders', '*', 'customer', 'ann');
  const charged: object[] = [];
  const stop = work(redis, async (fields) => void charged.push(fields));
  await eventually(() => exporter.getFinishedSpans().some(({ name }) => name === 'ack orders'), 'it is acked');
  await stop();
  trace.disable();
  expect(charged).toEqual([{ customer: 'ann' }]);
  const spans = exporter.getFinishedSpans();
  expect(spans.map(({ name }) => name).sort()).toEqual(['ack orders', 'poll orders', 'process orders']);
  expect(spans.map(({ attributes }) => attributes['server.address'])).toEqual(spans.map(() => 'redis.internal'));
  await provider.shutdown();
});
