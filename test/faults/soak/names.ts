export const STREAM = 'soak';
export const GROUP = 'g';
/** ms of a single blocking read. */
export const BLOCK = 500;
/** ms untouched, after which another consumer claims an entry. */
export const MIN_IDLE = 1_500;
/** ms from one renewal of the leases to the next. */
export const RENEW_EVERY = 500;
