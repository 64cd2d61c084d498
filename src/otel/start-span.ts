import type { Context, Link, Span } from '@opentelemetry/api';
import { spanAttributes, type Told } from './describe.js';
import type { InstrumentEnv } from './instrument-env.js';
import { OPERATIONS } from './names.js';

/** A span with name, kind and attributes as the conventions have them; `ids`: one, or those of a batch. */
export function startSpan(
  told: Told,
  { ids, links, parent }: { readonly ids: readonly string[]; readonly links: Link[]; readonly parent: Context },
  { tracer, attributes }: Pick<InstrumentEnv, 'tracer' | 'attributes'>,
): Span {
  const all = { ...spanAttributes(told, ids), ...attributes };
  const { kind } = OPERATIONS[told.operation];
  return tracer.startSpan(`${told.operation} ${told.stream}`, { kind, attributes: all, links }, parent);
}
