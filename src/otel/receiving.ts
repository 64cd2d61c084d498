import { ROOT_CONTEXT, type Span } from '@opentelemetry/api';
import { asapScheduler, type Subscription } from 'rxjs';
import type { Received } from '../channels.js';
import { metricAttributes, type Told } from './describe.js';
import type { InstrumentEnv } from './instrument-env.js';
import { ATTRIBUTES } from './names.js';
import { startSpan } from './start-span.js';
import { creationOf, linksTo } from './trace-context.js';

/** Entries of one stream that are handed on one right after the other. */
interface Run {
  readonly span: Span;
  readonly of: Told;
  readonly consumer: string | undefined;
  count: number;
  /** When the last one was handed on. */
  last: Date;
}

/**
 * One `poll` span for all that is handed on in one go: it begins with the first entry that reaches the subscriber, not with XREADGROUP,
 * which may wait for long and fetch what nobody gets.
 */
export function receiving(env: InstrumentEnv): { readonly heard: (received: Received) => void; readonly stop: () => void } {
  let run: Run | undefined;
  let turn: Subscription | undefined;

  const end = (): void => {
    turn?.unsubscribe();
    turn = undefined;
    run?.span.setAttribute(ATTRIBUTES.count, run.count);
    run?.span.end(run.last);
    run = undefined;
  };
  const heard = ({ entry, group }: Received): void => {
    const { stream, id } = entry;
    const told: Told = { operation: 'poll', stream, group };
    const creation = creationOf(entry);
    if (run?.of.stream !== stream || run.of.group?.name !== group?.name || run.consumer !== group?.consumer) {
      end();
      const span = startSpan(told, { ids: [], links: [], parent: ROOT_CONTEXT }, env);
      run = { span, of: told, consumer: group?.consumer, count: 0, last: new Date(performance.timeOrigin + performance.now()) };
      turn = asapScheduler.schedule(end); // when what is handed on in this go has been
    }
    run.count += 1;
    for (const { context } of linksTo([{ id, creation }])) run.span.addLink({ context, attributes: { [ATTRIBUTES.id]: id } });
    if (group !== undefined && creation !== undefined) env.known.note({ stream, group }, id, { creation });
    env.instruments.consumed.add(1, { ...metricAttributes(told), ...env.attributes });
  };
  return { heard, stop: end };
}
