import { channel } from 'node:diagnostics_channel';
import type { Notice } from '../notices.js';
import { throwLater } from '../wire/clock.js';

/** Everything worth telling is published there, whoever subscribed. */
export const notices = channel('rxjs-redis-streams');

/**
 * Tells one subscription's `notify` and the diagnostics channel. `closed` is the last of its notices: later only bad news of late acks
 * gets through. A `notify` that throws is a bug of its own and must not stop reading.
 */
export function teller(notify: ((notice: Notice) => void) | undefined): (notice: Notice) => void {
  let closed = false;
  return (notice) => {
    if (closed && notice.type !== 'ack-refused' && notice.type !== 'not-given-back') return;
    closed ||= notice.type === 'closed';
    if (notices.hasSubscribers) notices.publish(notice);
    if (notify === undefined) return;
    try {
      notify(notice);
    } catch (error) {
      throwLater(error);
    }
  };
}
