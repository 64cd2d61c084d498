/* The bytes that RESP2 is made of. */
export const CR = 13;
export const LF = 10;
export const MINUS = 45;
export const ZERO = 48;
export const NINE = 57;

/** `$5\r\nhello\r\n` */
export const BULK = 36;
/** `*2\r\n` and two values */
export const ARRAY = 42;
/** `+OK\r\n` */
export const SIMPLE = 43;
/** `-ERR what\r\n` */
export const ERROR = 45;
/** `:42\r\n` */
export const INTEGER = 58;

/** Redis has no longer string, and no list of ours comes near it. */
export const LONGEST = 512 * 1024 * 1024;
