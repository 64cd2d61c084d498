import { metrics, trace } from '@opentelemetry/api';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Processing, Publishing, Received, SettleOperation } from '../channels.js';
import type { InstrumentEnv } from './instrument-env.js';
import { createInstruments } from './instruments.js';
import { KnownEntries } from './known-entries.js';
import { planInstrument, type InstrumentOptions } from './options.js';
import { processing } from './processing.js';
import { publishing } from './publishing.js';
import { receiving } from './receiving.js';
import { settling } from './settling.js';

/** The scope of spans and metrics. */
export const SCOPE = 'rxjs-redis-streams';

/**
 * Switches telemetry on: spans and metrics of OpenTelemetry for all that this library does in the process, from now on.
 *
 * Use it once, at the start, when the providers are registered. It gives the function that switches it off again, which ends the spans
 * that are open; call it when everything is closed (`await whenIdle(redis)`), and before the providers are shut down.
 *
 * ```
 * fromGroup  ----a------b----     poll orders      CLIENT
 * ackAfter   ----[==a==][=b=]     process orders   CONSUMER, linked to where a and b were added
 * XACK       ----------a----b     ack orders       CLIENT
 * publishTo  ----------c----d     send invoices    PRODUCER, carried on in the fields of c and d
 * ```
 *
 * @example
 * ```ts
 * const switchOff = instrumentStreams({ attributes: { 'server.address': 'redis.internal' } });
 * ```
 *
 * What can go wrong:
 * - Nothing is seen without registered providers, no trace is carried on without a propagator, and no span is active in your work
 *   without a context manager: `provider.register()` of the SDKs for Node sets all of them.
 * - Switched on twice, everything is told twice.
 * - Wrong options throw a `TypeError` or a `RangeError` at the call.
 *
 * @see {@link observeGroupLag} for how far a group is behind
 */
export function instrumentStreams(options: InstrumentOptions = {}): () => void {
  const { tracerProvider, meterProvider, propagate, creation, attributes } = planInstrument(options);
  const env: InstrumentEnv = {
    tracer: (tracerProvider ?? trace.getTracerProvider()).getTracer(SCOPE),
    instruments: createInstruments((meterProvider ?? metrics.getMeterProvider()).getMeter(SCOPE)),
    known: new KnownEntries(),
    open: new Set(),
    ...{ propagate, creation, attributes },
  };
  const received = receiving(env);
  const [worked, settled, published] = [processing(env), settling(env), publishing(env)];
  const heard: Record<string, (message: unknown) => void> = {
    'rxjs-redis-streams:receive': (message) => received.heard(message as Received),
    'rxjs-redis-streams:process': (message) => worked(message as Processing),
    'rxjs-redis-streams:settle': (message) => settled(message as SettleOperation),
    'rxjs-redis-streams:publish': (message) => published(message as Publishing),
  };
  for (const [name, listener] of Object.entries(heard)) subscribe(name, listener);
  return () => {
    for (const [name, listener] of Object.entries(heard)) unsubscribe(name, listener);
    received.stop();
    for (const end of [...env.open]) end();
    env.known.clear();
  };
}
