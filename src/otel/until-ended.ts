import { SpanStatusCode, type Span } from '@opentelemetry/api';
import { CANCELLED, type Operation, type OperationEnd } from '../channels.js';
import { errorType } from './error-type.js';
import type { InstrumentEnv } from './instrument-env.js';
import { ATTRIBUTES } from './names.js';

/** What is measured at the end. */
export type Measure = (seconds: number, error: string | undefined) => void;

/** Ends the span with its operation, or when telemetry is switched off; whichever comes first. */
export function untilEnded(
  { ended }: Operation,
  span: Span,
  { open, measure }: Pick<InstrumentEnv, 'open'> & { readonly measure: Measure },
): void {
  const began = performance.now();
  const finish = (end: OperationEnd): void => {
    if (!open.delete(cancel)) return;
    const error = errorType(end);
    if (error !== undefined) span.setAttribute(ATTRIBUTES.error, error);
    if (end.how === 'done' && end.id !== undefined) span.setAttribute(ATTRIBUTES.id, end.id);
    if (end.how === 'failed') fail(span, end.error);
    span.end();
    measure((performance.now() - began) / 1_000, error);
  };
  const cancel = (): void => finish(CANCELLED);
  open.add(cancel);
  ended.push(finish);
}

function fail(span: Span, error: unknown): void {
  const exception = error instanceof Error ? error : String(error);
  span.recordException(exception);
  span.setStatus({ code: SpanStatusCode.ERROR, message: typeof exception === 'string' ? exception : exception.message });
}
