import type { Attributes, Tracer } from '@opentelemetry/api';
import type { Instruments } from './instruments.js';
import type { KnownEntries } from './known-entries.js';
import type { InstrumentPlan } from './options.js';

/** What every listener works with, from `instrumentStreams` until it is switched off. */
export interface InstrumentEnv extends Pick<InstrumentPlan, 'propagate' | 'creation'> {
  readonly tracer: Tracer;
  readonly instruments: Instruments;
  /** On everything. */
  readonly attributes: Attributes;
  readonly known: KnownEntries;
  /** Each ends a span that has not ended. */
  readonly open: Set<() => void>;
}
