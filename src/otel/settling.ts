import { ROOT_CONTEXT, trace, type Context } from '@opentelemetry/api';
import type { SettleOperation } from '../channels.js';
import { metricAttributes, type Told } from './describe.js';
import type { InstrumentEnv } from './instrument-env.js';
import { startSpan } from './start-span.js';
import { linksTo } from './trace-context.js';
import { untilEnded } from './until-ended.js';

/** A span for each command that settles entries. That of a single entry is a child of its work, and a batch is linked to where its entries were added. */
export function settling(env: InstrumentEnv): (settled: SettleOperation) => void {
  return (settled) => {
    const { how, stream, group, ids } = settled;
    const told: Told = { operation: how, stream, group };
    const known = ids.map((id) => ({ id, ...env.known.get({ stream, group }, id) }));
    const links = linksTo(known.map(({ id, creation }) => ({ id, creation })));
    const span = startSpan(told, { ids: [...ids], links, parent: parentOf(known) }, env);
    untilEnded(settled, span, {
      open: env.open,
      measure: (seconds, error) => {
        // A nack sends nothing, and a command that failed may come again.
        if (how !== 'nack') env.instruments.duration.record(seconds, { ...metricAttributes(told, error), ...env.attributes });
        if (error === undefined) env.known.forget({ stream, group }, ids);
      },
    });
  };
}

function parentOf([only, ...more]: readonly { process?: Parameters<typeof trace.setSpanContext>[1] | undefined }[]): Context {
  if (only?.process === undefined || more.length > 0) return ROOT_CONTEXT;
  return trace.setSpanContext(ROOT_CONTEXT, only.process);
}
