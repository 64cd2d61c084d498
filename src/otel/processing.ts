import { context, ROOT_CONTEXT, trace, type Context } from '@opentelemetry/api';
import type { Processing } from '../channels.js';
import { metricAttributes, type Told } from './describe.js';
import type { InstrumentEnv } from './instrument-env.js';
import { startSpan } from './start-span.js';
import { contextOf, linksTo } from './trace-context.js';
import { untilEnded } from './until-ended.js';

/** A `process` span around the work on an entry, or on several: it begins when the work does, and is active in it. */
export function processing(env: InstrumentEnv): (processing: Processing) => void {
  return (processing) => {
    const { stage, entries, group } = processing;
    const [first] = entries;
    if (first === undefined) return;
    const brought = entries.length === 1 ? contextOf(first) : ROOT_CONTEXT;
    // A predicate is no work: it only gets to know where its entry comes from.
    const active = stage === 'ackUnless' ? brought : span(brought);
    const { run } = processing;
    processing.run = (work) => context.with(active, () => run(work));

    function span(brought: Context): Context {
      const told: Told = { operation: 'process', stream: first?.stream ?? '', group };
      const parent = env.creation === 'parent' ? brought : trace.deleteSpan(brought);
      const links = linksTo(entries.map((entry) => ({ id: entry.id, creation: trace.getSpanContext(contextOf(entry)) })));
      const made = startSpan(told, { ids: entries.map(({ id }) => id), links, parent }, env);
      if (group !== undefined)
        for (const { stream, id } of entries) env.known.note({ stream, group }, id, { process: made.spanContext() });
      untilEnded(processing, made, {
        open: env.open,
        measure: (seconds, error) =>
          env.instruments.process.record(seconds, { ...metricAttributes(told, error), ...env.attributes }),
      });
      return trace.setSpan(parent, made);
    }
  };
}
