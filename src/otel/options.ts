import type { Attributes, MeterProvider, TracerProvider } from '@opentelemetry/api';
import { flag, quote, wrongType } from '../checks.js';

/** What `instrumentStreams` takes. */
export interface InstrumentOptions {
  /** Where spans are made; default: the global one. */
  readonly tracerProvider?: TracerProvider | undefined;
  /** Where metrics are made; default: the global one. */
  readonly meterProvider?: MeterProvider | undefined;
  /** Whether entries that are added carry the trace on, in fields of their own; default: true. */
  readonly propagate?: boolean | undefined;
  /** How an entry's process span belongs to where the entry was added: by a `'link'` (default), or as its `'parent'` too. */
  readonly creation?: 'link' | 'parent' | undefined;
  /** On every span and metric, such as `server.address`. */
  readonly attributes?: Attributes | undefined;
}

export interface InstrumentPlan {
  readonly tracerProvider: TracerProvider | undefined;
  readonly meterProvider: MeterProvider | undefined;
  readonly propagate: boolean;
  readonly creation: 'link' | 'parent';
  readonly attributes: Attributes;
}

/** Checks the options: a `TypeError` or `RangeError` quotes the name, the value and what is allowed. */
export function planInstrument(options: InstrumentOptions): InstrumentPlan {
  if (typeof options !== 'object' || (options as object | null) === null)
    throw wrongType('the options of instrumentStreams', options, 'left out, or an object');
  const { tracerProvider, meterProvider, propagate = true, creation = 'link', attributes } = options;
  if (creation !== 'link' && creation !== 'parent')
    throw new RangeError(`creation is ${quote(creation)}, but must be 'link' or 'parent'.`);
  return {
    tracerProvider: provider('tracerProvider', tracerProvider, 'getTracer'),
    meterProvider: provider('meterProvider', meterProvider, 'getMeter'),
    propagate: flag('propagate', propagate),
    creation,
    attributes: checkAttributes(attributes),
  };
}

export function provider<P extends object>(name: string, given: P | undefined, method: keyof P & string): P | undefined {
  if (given === undefined || (typeof given === 'object' && typeof given[method] === 'function')) return given;
  throw wrongType(name, given, `a provider of OpenTelemetry, with ${method}()`);
}

export function checkAttributes(attributes: Attributes = {}): Attributes {
  if (typeof attributes === 'object' && (attributes as object | null) !== null) return { ...attributes };
  throw wrongType('attributes', attributes, 'an object of attributes');
}
