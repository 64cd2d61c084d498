import { context, propagation, SpanKind, SpanStatusCode, type Attributes } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  AggregationTemporality,
  InstrumentType,
  MeterProvider,
  MetricReader,
  type DataPoint,
  type Histogram,
} from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor, type ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { instrumentStreams, type InstrumentOptions } from 'rxjs-redis-streams/otel';

/** Collects when it is asked to: no timer. */
class Asked extends MetricReader {
  constructor() {
    // A cumulative reader goes on with the last value of a gauge that has none.
    const { CUMULATIVE, DELTA } = AggregationTemporality;
    super({ aggregationTemporalitySelector: (type) => (type === InstrumentType.OBSERVABLE_GAUGE ? DELTA : CUMULATIVE) });
  }
  protected override onShutdown(): Promise<void> {
    return Promise.resolve();
  }
  protected override onForceFlush(): Promise<void> {
    return Promise.resolve();
  }
}

/** A metric that was read back: its points, with what they have. */
export interface Read {
  readonly unit: string;
  readonly points: readonly DataPoint<number | Histogram>[];
}

/** OpenTelemetry with everything in memory, set up as its SDK for Node does; `end` takes all of it away again. */
export class Telemetry {
  readonly #exporter = new InMemorySpanExporter();
  readonly #reader = new Asked();
  readonly #off: (() => void)[] = [];
  readonly tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(this.#exporter)] });
  readonly meterProvider = new MeterProvider({ readers: [this.#reader] });

  constructor() {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  }

  on(options: InstrumentOptions = {}): () => void {
    const off = instrumentStreams({ tracerProvider: this.tracerProvider, meterProvider: this.meterProvider, ...options });
    this.#off.push(off);
    return off;
  }

  async end(): Promise<void> {
    for (const off of this.#off) off();
    context.disable();
    propagation.disable();
    await this.tracerProvider.shutdown();
    await this.meterProvider.shutdown();
  }

  /** Those that have ended, in that order; by the beginning of their name. */
  spans(name = ''): ReadableSpan[] {
    return this.#exporter.getFinishedSpans().filter((span) => span.name.startsWith(name));
  }

  /** The only one of that name. */
  span(name: string): ReadableSpan {
    const [span, ...more] = this.spans(name);
    if (span === undefined || more.length > 0) throw new Error(`${more.length + (span ? 1 : 0)} spans ${name}, not one`);
    return span;
  }

  async metrics(): Promise<Record<string, Read>> {
    const { resourceMetrics, errors } = await this.#reader.collect();
    if (errors.length > 0) throw new AggregateError(errors);
    const all = resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics);
    return Object.fromEntries(
      all.map(({ descriptor: { name, unit }, dataPoints }) => [name, { unit, points: dataPoints as Read['points'] }]),
    );
  }
}

/** What is to be known of a span, but for its ids. */
export function told(span: ReadableSpan): { name: string; kind: string; attributes: Attributes; status?: string } {
  const { name, kind, attributes, status } = span;
  const failed = status.code === SpanStatusCode.ERROR ? { status: status.message ?? '' } : {};
  return { name, kind: SpanKind[kind], attributes, ...failed };
}

export function idOf(span: ReadableSpan): string {
  return span.spanContext().spanId;
}

export function linked(span: ReadableSpan): string[] {
  return span.links.map((link) => link.context.spanId);
}
