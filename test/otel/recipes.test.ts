import { AlwaysOnSampler, BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { expect, test } from 'vitest';
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
