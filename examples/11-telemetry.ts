/** Orders go through two stages, and one trace follows each of them: spans and metrics of OpenTelemetry, exported into memory. */
import { context, propagation, SpanKind } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { lastValueFrom, of } from 'rxjs';
import { ackAfter, forwardTo, fromGroup, publishTo, untilDrained, whenIdle } from 'rxjs-redis-streams';
import { instrumentStreams, observeGroupLag } from 'rxjs-redis-streams/otel';
import { connect } from './redis.js';

// A service has `NodeSDK` for these lines, which sets all of it, and exporters that send.
const spans = new InMemorySpanExporter();
const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });
const metrics = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const meterProvider = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter: metrics })] });
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
propagation.setGlobalPropagator(new W3CTraceContextPropagator());

const switchOff = instrumentStreams({ tracerProvider, meterProvider, creation: 'parent' });

const [orders, invoices] = ['example:11:orders', 'example:11:invoices'];
const redis = connect();
await redis.del(orders, invoices);

// Whoever publishes …
await lastValueFrom(of({ order: '1' }, { order: '2' }).pipe(publishTo(redis, orders)));

// … and the two stages would be services of their own.
const drained = (stream: string) =>
  fromGroup(redis, { streams: stream, group: 'work', consumer: 'one', autoCreate: { from: '0' } }).pipe(untilDrained());
await lastValueFrom(
  drained(orders).pipe(forwardTo(invoices, async ({ fields }) => ({ order: fields['order'] ?? '', total: 7 }))),
);
await lastValueFrom(
  drained(invoices).pipe(ackAfter(({ fields }) => console.log(`invoice ${JSON.stringify(fields['order'])} sent`))),
);

await redis.xadd(invoices, '*', 'order', '3'); // nobody has got it yet
const stop = observeGroupLag(redis, { streams: invoices, group: 'work', meterProvider });
while (!(await gauges()).includes('redis_stream_group_lag 1')) await new Promise((resolve) => setTimeout(resolve, 10));
console.log((await gauges()).join('\n'));

stop();
await whenIdle(redis);
switchOff();

// The trace of the first order: from where it was published to its last ack.
const [first] = spans.getFinishedSpans();
const trace = spans.getFinishedSpans().filter((span) => span.spanContext().traceId === first!.spanContext().traceId);
function show(parent: string | undefined, depth: number): void {
  for (const span of trace.filter(({ parentSpanContext }) => parentSpanContext?.spanId === parent)) {
    console.log(`${'  '.repeat(depth)}${span.name} (${SpanKind[span.kind]})`);
    show(span.spanContext().spanId, depth + 1);
  }
}
show(undefined, 0);
const acks = spans.getFinishedSpans().find(({ name }) => name === `ack ${invoices}`); // both in one command: a span of its own
console.log(`${acks?.name}: ${Number(acks?.attributes['messaging.batch.message_count'])} entries, ${acks?.links.length} links`);

async function gauges(): Promise<string[]> {
  await meterProvider.forceFlush();
  const [scope] = metrics.getMetrics().at(-1)?.scopeMetrics ?? [];
  const all = (scope?.metrics ?? []).filter(({ descriptor }) =>
    /^redis_stream_(length|group_(lag|messages_pending))$/.test(descriptor.name),
  );
  return all.flatMap(({ descriptor, dataPoints }) =>
    dataPoints.map(({ value }) => `${descriptor.name} ${JSON.stringify(value)}`),
  );
}

await tracerProvider.shutdown();
await meterProvider.shutdown();
await redis.del(orders, invoices);
await redis.quit();

// expect: invoice "1" sent
// expect: invoice "2" sent
// expect: redis_stream_length 3
// expect: redis_stream_group_lag 1
// expect: redis_stream_group_messages_pending 0
// expect: send example:11:orders (PRODUCER)
// expect:   process example:11:orders (CONSUMER)
// expect:     send example:11:invoices (PRODUCER)
// expect:       process example:11:invoices (CONSUMER)
// expect: ack example:11:invoices: 2 entries, 2 links
