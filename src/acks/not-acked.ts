import { StreamsError } from '../errors.js';
import type { Outcome } from '../settlement.js';

/** What came of an entry instead of an ack. */
export type Instead = Exclude<Outcome, 'acked' | 'rejected'> | 'refused';

const WHY: Readonly<Record<Instead, string>> = {
  nacked: 'it was nacked before',
  released: 'it was given back before, because reading ended',
  left: 'its work failed or was cancelled before',
  refused: 'Redis refused its ack before, or could not confirm it in time (the notice ack-refused has told it)',
};

/** An `ack()` that comes too late. Nobody has to await it. */
export function notAcked({ stream, id }: { readonly stream: string; readonly id: string }, instead: Instead): Promise<never> {
  const late = Promise.reject<never>(
    new StreamsError(
      'NOT_ACKED',
      `Entry ${id} of ${stream} is not acked: ${WHY[instead]}, and the first settling wins. Work on it may be done again.`,
    ),
  );
  late.catch(() => undefined);
  return late;
}
