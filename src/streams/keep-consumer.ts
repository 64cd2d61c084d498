import type { Effect } from './effects.js';
import type { State } from './state.js';

/**
 * A consumer whose name we made up is not removed while the server may still answer its lost read: the entry would be pending under a
 * name that had just been told to be gone.
 */
export function keepConsumer({ plan, tracks }: State): Effect[] {
  const consumer = plan.group?.consumer ?? '';
  const error = new Error(
    'The reply of a read was lost, and the server could not be told to end that read (CLIENT UNBLOCK): until its BLOCK has run out it may still deliver.',
  );
  return tracks.map(({ stream }) => ({ do: 'notice', notice: { type: 'consumer-kept', stream, consumer, error } }));
}
