import type { Position, StreamInfo } from '../checkpoint.js';
import type { Notice } from '../notices.js';
import { compareIds, lowest, ZERO } from './position.js';

/** Where a stream of a checkpoint is read from. */
export interface Resumed {
  readonly at: Position;
  /** That place has to be stored before the first read: otherwise a crash would begin elsewhere. */
  readonly write: 'forward' | 'rewind' | undefined;
  readonly notice: Notice | undefined;
}

interface Known {
  /** undefined: this checkpoint has never read the stream. */
  readonly stored: Position | undefined;
  /** undefined: there is no such stream. */
  readonly info: StreamInfo | undefined;
}

/** What is stored wins over the start. What was taken away behind it meanwhile is told, and reading goes on at the first entry there is. */
export function savedPosition({ stream, start }: { stream: string; start: string }, { stored, info }: Known): Resumed {
  if (stored === undefined) {
    // A start beyond the end (`${Date.now()}-0`) is the end: stored as it is, it would look like that of another stream later.
    const end = info?.lastGenerated ?? ZERO;
    const id = start === '$' ? end : lowest(start, end);
    return { at: { id, added: addedUpTo(id, info) }, write: 'forward', notice: undefined };
  }
  const { id } = stored;
  if (id !== ZERO && (info === undefined || compareIds(info.lastGenerated, id) < 0)) {
    const notice: Notice = { type: 'rewound', stream, from: id, ...(info && { lastGenerated: info.lastGenerated }) };
    return { at: { id: ZERO, added: addedUpTo(ZERO, info) }, write: 'rewind', notice };
  }
  const hole = info && gapBehind(stored, info);
  const added = addedUpTo(id, info) ?? (hole === undefined ? stored.added : undefined);
  return { at: { id, added }, write: undefined, notice: hole && { type: 'gap', stream, from: id, ...hole } };
}

/** What may be missing between the position and the first entry that is there, or the last one that was deleted. */
function gapBehind(stored: Position, info: StreamInfo): { to: string; entries?: number } | undefined {
  const { lastGenerated, maxDeleted = ZERO, first } = info;
  if (stored.id === lastGenerated) return undefined;
  if (first !== undefined && compareIds(first, stored.id) <= 0) {
    return compareIds(maxDeleted, stored.id) > 0 ? { to: maxDeleted } : undefined;
  }
  const before = addedBeforeFirst(info);
  // Where entries were deleted before they were read, fewer were counted than had been added.
  const seen = maxDeleted === ZERO ? (stored.added ?? (stored.id === ZERO ? 0 : undefined)) : undefined;
  const entries = before === undefined || seen === undefined ? undefined : before - seen;
  if (entries === 0) return undefined;
  const to = first ?? lastGenerated;
  return entries === undefined || entries < 0 ? { to } : { to, entries };
}

/** How many entries had been added up to this id, where Redis can tell. */
function addedUpTo(id: string, info: StreamInfo | undefined): number | undefined {
  if (info === undefined) return 0;
  if (id === info.lastGenerated) return info.added;
  // Before the first one nothing is left: reading goes on behind all that was added before it.
  return info.first === undefined || compareIds(id, info.first) < 0 ? addedBeforeFirst(info) : undefined;
}

/** All that was ever added, without what is there; unless some of that was deleted in between. */
function addedBeforeFirst({ added, length, first, maxDeleted }: StreamInfo): number | undefined {
  if (added === undefined) return undefined;
  const isWhole = first === undefined || maxDeleted === undefined || compareIds(maxDeleted, first) < 0;
  return isWhole ? added - length : undefined;
}
