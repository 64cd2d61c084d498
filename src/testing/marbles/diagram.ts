import { wrongType } from '../../checks.js';
import { parseMarbles } from './parse-marbles.js';

/** One sign of a diagram that is no time. */
interface Mark {
  readonly frame: number;
  readonly mark: string;
}

/** A diagram as RxJS reads it. */
export interface Diagram {
  /** The letters, in order. */
  readonly marks: readonly Mark[];
  /** Signs that end it: `|` or `#`. */
  readonly ends: readonly Mark[];
  /** The frame of the last sign: dashes count. */
  readonly last: number;
}

/** Reads a diagram with RxJS's own parser, so that groups, blanks and `9m` mean what they mean elsewhere. In `run` mode only. */
export function readDiagram(what: string, marbles: unknown): Diagram {
  if (typeof marbles !== 'string') throw wrongType(what, marbles, 'a marble diagram');
  const marks: Mark[] = [];
  const ends: Mark[] = [];
  // The blank ends a `9m` that stands last, and the end behind it shows how long the diagram is.
  const messages = parseMarbles(`${marbles.trimEnd()} |`);
  const beyond = messages.pop()?.frame ?? 0;
  for (const { frame, notification } of messages) {
    if (notification.kind === 'N') marks.push({ frame, mark: String(notification.value) });
    else ends.push({ frame, mark: notification.kind === 'C' ? '|' : '#' });
  }
  return { marks, ends, last: Math.max(0, beyond - 1) };
}

/** A diagram of things that happen and never end. */
export function readEndless(what: string, marbles: unknown, why: string): Diagram {
  const diagram = readDiagram(what, marbles);
  const [end] = diagram.ends;
  if (end !== undefined) throw new TypeError(`${what} '${String(marbles)}' has a '${end.mark}' at frame ${end.frame}: ${why}`);
  return diagram;
}

/** How the names of a message are listed. */
export function listed(names: Iterable<string>): string {
  return [...new Set(names)].join(', ') || 'nothing';
}
