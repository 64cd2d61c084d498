import type { ReplyMatch } from '../../support/tcp-proxy.js';

/** A reply that holds entries (RESP2: the reader always speaks that). An empty one is `*-1`. */
export const entriesRead: ReplyMatch = (chunk, { lastRequest }) =>
  /xreadgroup/i.test(lastRequest) && chunk.toString('latin1', 0, 3) !== '*-1';

/** Every other one: what lost its reply has to get through before the next is lost. */
export function everyOther(match: ReplyMatch): ReplyMatch {
  let seen = 0;
  return (chunk, connection) => match(chunk, connection) && ++seen % 2 === 0;
}
