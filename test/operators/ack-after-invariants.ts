import { expect } from 'vitest';
import type { FakeSession } from '../support/fake-delivery.js';
import type { Event, Setup } from './ack-after-events.js';

/** What a walk has done so far. */
export interface Walked {
  readonly setup: Setup;
  readonly sessions: readonly FakeSession[];
  /** By entry. */
  readonly pushed: ReadonlyMap<string, Extract<Event, { do: 'push' }>>;
  /** The entries whose project was called, in that order. */
  readonly started: readonly number[];
  /** The entries whose project has done its work. */
  readonly done: ReadonlySet<string>;
}

/** What holds after every event. */
export function expectInvariants({ setup, sessions, pushed, started, done }: Walked): void {
  for (const { log } of sessions) {
    for (const { id, as } of log) if (as === 'acked') expect(done).toContain(id);
    for (const { id, as } of log) if (as === 'released') expect(started).not.toContain(Number(id));
    if (setup.concurrency === 1) {
      const worked = log.filter(({ as }) => as !== 'released').map(({ id }) => Number(id));
      expect(worked).toEqual(worked.toSorted((a, b) => a - b));
    }
  }
  const { keyed, concurrency } = setup;
  if (!keyed || concurrency === 1) expect(started).toEqual(started.toSorted((a, b) => a - b));
  for (const key of keyed ? [0, 1, 2] : []) {
    const ofKey = started.filter((id) => pushed.get(String(id))?.key === key);
    expect(ofKey).toEqual(ofKey.toSorted((a, b) => a - b));
  }
}
