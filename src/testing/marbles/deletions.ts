import { outOfRange } from '../../checks.js';
import { grouped } from './grouped.js';
import { listed, type Diagram } from './diagram.js';

/** An entry that can be deleted. */
interface Deletable {
  readonly letter: string;
  readonly frame: number;
}

/** What is deleted when: all entries of a letter that are there by then. They come by their frames. */
export function deletionsOf<E extends Deletable>(
  of: string,
  { marks }: Diagram,
  entries: readonly E[],
): { readonly frame: number; readonly gone: readonly E[] }[] {
  const byLetter = grouped(entries, ({ letter }) => letter);
  /** How many of a letter are gone already. */
  const before = new Map<string, number>();
  return marks.map(({ frame, mark }) => {
    const those = byLetter.get(mark) ?? [];
    const from = before.get(mark) ?? 0;
    let to = from;
    while (to < those.length && (those[to] as E).frame <= frame) to++;
    if (to === 0) {
      const there = entries.filter((each) => each.frame <= frame).map(({ letter }) => letter);
      throw outOfRange(`${of}: deleted at frame ${frame}`, mark, `an entry that is there by then: ${listed(there)}`);
    }
    before.set(mark, to);
    return { frame, gone: those.slice(from, to) };
  });
}
