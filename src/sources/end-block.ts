import type { Subscription } from 'rxjs';
import type { Event } from '../streams/events.js';
import { classify } from '../wire/failures.js';
import type { Port } from '../wire/port.js';

/** Ends the blocked read of that connection, and dispatches what came of it. Without an answer it may still be blocked. */
export function endBlock(clientId: number, { port, dispatch }: { port: Port; dispatch: (event: Event) => void }): Subscription {
  return port.unblock({ clientId }).subscribe({
    next: (was) => dispatch({ type: 'unblocked', was, clientId }),
    error: (error: unknown) => {
      const refused = port.ended || classify(error).kind === 'fatal';
      dispatch(refused ? { type: 'unblock-refused' } : { type: 'unblocked', was: false });
    },
  });
}
