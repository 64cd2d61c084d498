import { TestScheduler } from 'rxjs/testing';

/** What a diagram says, by frame. */
export type Messages = ReturnType<typeof TestScheduler.parseMarbles>;

/** Signs of a piece: so few that copying them costs nothing. */
const PIECE = 200;

/** Reads a diagram with RxJS's own parser, piece by piece: at every `9m` it copies all that is left of what it was given. */
export function parseMarbles(marbles: string, values?: Readonly<Record<string, unknown>>, error?: unknown): Messages {
  const parse = (text: string): Messages => TestScheduler.parseMarbles(text, values, error, true, true);
  const messages: Messages = [];
  const pieces = piecesOf(marbles);
  const last = pieces.pop() ?? '';
  let begin = 0;
  const add = (found: Messages): void => {
    for (const message of found) messages.push({ ...message, frame: begin + message.frame });
  };
  for (const piece of pieces) {
    // The end behind it shows how long it is.
    const found = parse(`${piece}|`);
    const length = found.pop()?.frame ?? 0;
    add(found);
    begin += length;
  }
  add(parse(last));
  return messages;
}

/** Cut behind a blank outside of groups. Frames before a `^` are counted from there: that is for RxJS to read as a whole. */
function piecesOf(marbles: string): string[] {
  if (marbles.length <= PIECE || marbles.includes('^')) return [marbles];
  const pieces: string[] = [];
  let from = 0;
  let inGroup = false;
  for (let at = 0; at < marbles.length; at++) {
    const sign = marbles[at];
    if (sign === '(') inGroup = true;
    else if (sign === ')') inGroup = false;
    else if (sign === ' ' && !inGroup && at - from >= PIECE) {
      pieces.push(marbles.slice(from, at + 1));
      from = at + 1;
    }
  }
  return [...pieces, marbles.slice(from)];
}
