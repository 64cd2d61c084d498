import type { StreamsError } from '../errors.js';
import type { Failure } from '../failure.js';
import type { Plan } from '../plan.js';
import { toStreamsError } from '../wire/failures.js';

/** The error that users see, with the streams and the group that it is about; once the caller's client has ended, always that. */
export function explain(
  failure: Failure,
  { doing, streams, plan: { group }, ended }: { doing: string; streams: readonly string[]; plan: Plan; ended: boolean },
): StreamsError {
  const context = { doing, ended, stream: streams.join(', '), ...(group && { group: group.name }) };
  return toStreamsError({ ...failure, kind: ended ? 'lost' : failure.kind }, context);
}
