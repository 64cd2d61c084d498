import { StreamsError } from '../errors.js';

/**
 * An entry could not be made an event (`ENCODE_FAILED`). What it was is not enumerable, and there is no `cause`, because it may quote the
 * entry: a log shows no more of that than its stream and id.
 */
export class EncodeError extends StreamsError {
  readonly entry: { readonly stream: string; readonly id: string };
  /** What `JSON.stringify`, `data` or `event` threw. Not enumerable. */
  declare readonly reason: unknown;

  constructor({ stream, id }: { readonly stream: string; readonly id: string }, reason: unknown) {
    const what = reason instanceof Error ? reason.name : `something that is no Error (${typeof reason})`;
    super(
      'ENCODE_FAILED',
      `Entry ${id} of ${stream} cannot be made an event (${what}; see error.reason, which is not printed because it may quote the entry), and is left out. ` +
        'Give toServerSentEvents a data: (entry) => … whose result is text, or what JSON can hold.',
    );
    this.name = 'EncodeError';
    this.entry = { stream, id };
    Object.defineProperty(this, 'reason', { value: reason });
  }
}
