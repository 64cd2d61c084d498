import type { CheckpointStore } from '../checkpoint.js';
import { StreamsError } from '../errors.js';
import type { Plan } from '../plan.js';
import { keyOf } from './left-undone.js';

/** Tells stores from each other; the same object is the same number. */
export type NumberOf = (store: CheckpointStore) => number;

/** The seats that these streams take: none for a reader that leaves no trace. The hash of a checkpoint has one owner, for all its streams. */
export function seatKeys({ group, checkpoint }: Plan, streams: readonly string[], numberOf: NumberOf): readonly string[] {
  if (group !== undefined) return streams.map((stream) => keyOf(group, stream));
  if (checkpoint === undefined) return [];
  if (typeof checkpoint === 'string') return [JSON.stringify(['checkpoint', checkpoint])];
  return streams.map((stream) => JSON.stringify(['checkpoint', numberOf(checkpoint), stream]));
}

/** Somebody alive sits on the seat of that stream. */
export function inUse({ group, checkpoint }: Plan, stream: string | undefined): StreamsError {
  const named = typeof checkpoint === 'string' ? `Checkpoint ${checkpoint}` : `The checkpoint of ${stream}`;
  const who =
    group === undefined ? `${named} is in use` : `Consumer ${group.consumer} of group ${group.name} is reading ${stream}`;
  return new StreamsError(
    'CONSUMER_IN_USE',
    `${who} already, on the same client: unsubscribe it first, or give this one another name.`,
  );
}
