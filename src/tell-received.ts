import { receives, type Received } from './channels.js';
import type { Entry, FieldValue } from './entry.js';
import { SETTLEMENT, type Settleable } from './settlement.js';

/** For whoever listens: an entry is about to be handed on. */
export function tellReceived(entry: Entry<unknown, FieldValue> & Settleable): void {
  receives.publish({ entry, group: entry[SETTLEMENT].session.group } satisfies Received);
}
