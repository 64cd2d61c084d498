import type { Messages } from './parse-marbles.js';

/** What RxJS is told to expect instead of a diagram: its only letter stands for all that we have read ourselves. */
export const STAND_IN = 'x';

const standing = new WeakSet<object>();

export function standInFor(messages: Messages): Readonly<Record<typeof STAND_IN, Messages>> {
  standing.add(messages);
  return { [STAND_IN]: messages };
}

/** What is really expected: of an Observable, or of the log of its subscriptions. */
export function unveiled(expected: unknown): unknown {
  const [only] = Array.isArray(expected) ? (expected as { notification?: { value?: unknown } }[]) : [];
  const value = only?.notification?.value;
  return typeof value === 'object' && value !== null && standing.has(value) ? value : expected;
}
