import { begin, processes, type OperationEnd, type Processing } from '../channels.js';
import type { Entry, FieldValue } from '../entry.js';
import { settlementsOf, type Owed } from './owed.js';

/** Work that somebody watches. */
export interface WorkedOn {
  /** Runs it in the context that is wanted. */
  readonly run: <R>(work: () => R) => R;
  readonly end: (end: OperationEnd) => void;
}

/** For whoever listens: `value`, one entry or several, is about to be worked on. */
export function workedOn(stage: Processing['stage'], value: unknown, owed: Owed): WorkedOn {
  const entries = (Array.isArray(value) ? value : [value]) as readonly Entry<unknown, FieldValue>[];
  const work: Omit<Processing, 'ended'> = { stage, entries, group: settlementsOf(owed)[0]?.session.group, run: (each) => each() };
  const end = begin<Processing>(processes, work);
  return { run: work.run, end }; // as whoever listens has replaced it
}
