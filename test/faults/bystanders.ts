/** What the test of bystanders and its child processes agree on. */

/** How a process that comes after one that died gets its entries: under the same name, or under another one. */
export type Way = 'backlog' | 'claim';

export const LETTERS = 'dead';
export const MOST = 3;
/** The exit code of a process that poison has killed. */
export const EXIT = 13;
