import type { DecodeError } from '../errors.js';
import type { Notice } from '../notices.js';
import type { Plan } from '../plan.js';
import type { Settlement } from '../settlement.js';

interface Invalid {
  readonly hold: Settlement;
  readonly error: DecodeError;
  readonly tell: (notice: Notice) => void;
}

/** Settles an entry that cannot be decoded, as `onInvalid` says. Answers the error that has to end the source, or nothing when it goes on. */
export function settleInvalid(onInvalid: Plan['onInvalid'], { hold, error, tell }: Invalid): unknown {
  const { stream, id } = error.entry;
  switch (onInvalid) {
    case 'error':
      hold.settle('left', error);
      return error;
    case 'skip':
      hold.settle('acked');
      tell({ type: 'invalid', stream, id, done: 'skipped', error });
      return undefined;
    case 'reject':
      hold.settle('rejected', error); // there is a dead-letter stream, or nobody would have subscribed
      tell({ type: 'invalid', stream, id, done: 'rejected', error });
      return undefined;
  }
}
