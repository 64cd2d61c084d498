import type { Attributes, Counter, Histogram, Meter } from '@opentelemetry/api';
import { BUCKETS, METRICS } from './names.js';

/** The instruments of the conventions. */
export interface Instruments {
  readonly sent: Counter<Attributes>;
  readonly consumed: Counter<Attributes>;
  readonly duration: Histogram<Attributes>;
  readonly process: Histogram<Attributes>;
}

export function createInstruments(meter: Meter): Instruments {
  const counter = { unit: '{message}' };
  const histogram = { unit: 's', advice: { explicitBucketBoundaries: BUCKETS } };
  return {
    sent: meter.createCounter(METRICS.sent, { ...counter, description: 'Entries that were to be added to a stream.' }),
    consumed: meter.createCounter(METRICS.consumed, { ...counter, description: 'Entries that were handed on.' }),
    duration: meter.createHistogram(METRICS.duration, { ...histogram, description: 'How long adding and settling took.' }),
    process: meter.createHistogram(METRICS.process, { ...histogram, description: 'How long entries were worked on.' }),
  };
}
