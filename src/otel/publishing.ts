import { context, trace } from '@opentelemetry/api';
import type { Publishing } from '../channels.js';
import { metricAttributes, type Told } from './describe.js';
import type { InstrumentEnv } from './instrument-env.js';
import { startSpan } from './start-span.js';
import { carry, contextOf, creationOf, linksTo } from './trace-context.js';
import { untilEnded } from './until-ended.js';

/** A `send` span for each new entry, a child of where it is made, whose context the entry carries. */
export function publishing(env: InstrumentEnv): (publishing: Publishing) => void {
  return (publishing) => {
    const { stream, from, fields } = publishing;
    const told: Told = { operation: 'send', stream };
    const active = context.active();
    const [cause, ...more] = from;
    const isMadeSomewhere = trace.getSpan(active) !== undefined;
    const links = isMadeSomewhere ? [] : linksTo(from.map((entry) => ({ id: entry.id, creation: creationOf(entry) })));
    const isChild = !isMadeSomewhere && env.creation === 'parent' && cause !== undefined && more.length === 0;
    const parent = isChild ? contextOf(cause) : active;
    const span = startSpan(told, { ids: [], links, parent }, env);
    if (env.propagate) carry(trace.setSpan(parent, span), fields);
    untilEnded(publishing, span, {
      open: env.open,
      measure: (seconds, error) => {
        const attributes = { ...metricAttributes(told, error), ...env.attributes };
        env.instruments.sent.add(1, attributes);
        env.instruments.duration.record(seconds, attributes);
      },
    });
  };
}
