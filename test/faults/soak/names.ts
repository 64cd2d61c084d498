export const STREAM = 'soak';
export const GROUP = 'g';
/** ms of a single blocking read. */
export const BLOCK = 500;
