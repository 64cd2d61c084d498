import type { Standing } from '../../src/standing.js';

/** Ten entries, 1-0 to 10-0, of which a group has got the first four, as Redis tells it when nothing was ever taken out. */
export const STANDING: Standing = {
  length: 10,
  added: 10,
  first: '1-0',
  lastGenerated: '10-0',
  maxDeleted: '0-0',
  delivered: '4-0',
  reported: 6,
  pending: 0,
  oldestPending: undefined,
  consumers: [],
};
