import { begin, publishes, type Publishing } from '../channels.js';
import type { Entry, FieldValue } from '../entry.js';
import type { Addition } from '../settlement.js';

/** What is added, as whoever listens wants it: with more fields, and told how that ended. `from`: what it comes of. */
export function announced({ to, fields, trim }: Addition, from: unknown): Addition {
  const added = [...fields];
  const entries = (Array.isArray(from) ? from : [from]) as readonly Entry<unknown, FieldValue>[];
  return { to, fields: added, trim, ended: begin<Publishing>(publishes, { stream: to, fields: added, from: entries }) };
}
