/** What a consumer writes down of each entry, so that nothing is forgotten when it is killed: one line each, written before it goes on. */
import { openSync, readFileSync, writeSync } from 'node:fs';

const WORDS = {
  /** It was emitted. */
  came: 'C',
  /** Its project began; and ended. */
  started: 'S',
  done: 'D',
  /** Redis confirmed its ack. */
  acked: 'A',
  /** Its ack failed on the way and is sent again: whether Redis has it is not known. */
  doubted: 'U',
  /** Its lease is lost: by now it may be another's. */
  lost: 'L',
} as const;

export type Word = keyof typeof WORDS;

export interface Line {
  readonly word: Word;
  /** As `nameOf` makes it. */
  readonly id: string;
  /** ms since the epoch. */
  readonly at: number;
}

/** A write to the kernel for every line: it outlives the process, however that ends. */
export function writeJournal(path: string): (word: Word, id: string) => void {
  const file = openSync(path, 'a');
  return (word, id) => void writeSync(file, `${WORDS[word]} ${id} ${Date.now()}\n`);
}

export function readJournal(path: string): Line[] {
  const words = new Map(Object.entries(WORDS).map(([word, letter]) => [letter as string, word as Word]));
  const lines = readFileSync(path, 'utf8').split('\n');
  if (lines.pop() !== '') throw new Error(`${path} ends in the middle of a line`);
  return lines.map((line) => {
    const [letter = '', id, at] = line.split(' ');
    const word = words.get(letter);
    if (word === undefined || id === undefined || at === undefined) throw new Error(`${path} has the line '${line}'`);
    return { word, id, at: Number(at) };
  });
}
