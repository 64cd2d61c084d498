import type { ConsumerStanding, Standing } from '../../standing.js';
import { ZERO } from '../../streams/position.js';
import type { ScriptedStream } from './scripted-stream.js';

/** XINFO STREAM FULL, of a Redis that knows no lag. A consumer was seen when it last got something. */
export function standingIn(stream: ScriptedStream, group: string): Standing | undefined {
  const delivered = stream.lastDelivered(group);
  if (delivered === undefined) return undefined;
  const { lastGenerated, maxDeleted, added } = stream;
  const entries = stream.after(ZERO, Infinity);
  const rows = stream.pending(group);
  const consumers = new Map<string, ConsumerStanding>();
  for (const { consumer: name, idle } of rows) {
    const { pending, seenAt } = consumers.get(name) ?? { pending: 0, seenAt: 0 };
    consumers.set(name, { name, pending: pending + 1, seenAt: Math.max(seenAt, stream.now() - idle) });
  }
  const byName = [...consumers.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    ...{ length: entries.length, added, first: entries[0]?.id, lastGenerated, maxDeleted, delivered },
    ...{ reported: undefined, pending: rows.length, oldestPending: rows[0]?.id, consumers: byName },
  };
}
