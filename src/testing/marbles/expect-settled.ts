import type { Outcome } from '../../settlement.js';
import { listed, readEndless, type Diagram } from './diagram.js';
import type { Tally } from './tally.js';

/** What the values of `expectSettled(…).toBe` say: `'nack a'`. */
const VERBS: Readonly<Record<Outcome, string>> = {
  acked: 'ack',
  nacked: 'nack',
  rejected: 'reject',
  released: 'release',
  left: 'leave',
};

const WORDS = new RegExp(`^(${Object.values(VERBS).join('|')}) (.+)$`);

/** One expected settling. */
interface Expected {
  readonly frame: number;
  readonly verb: string;
  readonly name: string;
}

/** What happened, as text that reads well in the output of any assertion. */
export function settledLines(tally: Tally): string[] {
  return tally.settled.map(({ frame, as, name }) => line({ frame, verb: VERBS[as], name }));
}

/** Reads what is expected; a letter is the ack of the entry of that name, unless the values say what else it is. */
export function readSettled(
  tally: Tally,
  marbles: string,
  values: Readonly<Record<string, unknown>> = {},
): { diagram: Diagram; lines: string[]; check(): void } {
  const of = `expectSettled(${tally.of})`;
  const diagram = readEndless(of, marbles, 'settling has no end; expectObservable() sees that of a pipeline.');
  const expected = diagram.marks.map(({ frame, mark }): Expected => {
    const word = Object.hasOwn(values, mark) ? values[mark] : `ack ${mark}`;
    const [, verb, name] = WORDS.exec(String(word)) ?? [];
    if (verb === undefined || name === undefined) {
      throw new TypeError(
        `${of}: '${mark}' stands for '${String(word)}', which is none of ${Object.values(VERBS).join(', ')} with a letter, such as 'nack a'.`,
      );
    }
    if (!tally.names.has(name)) {
      throw new TypeError(
        `${of}: '${mark}' at frame ${frame} names an unknown entry '${name}'; there are ${listed(tally.names)}.`,
      );
    }
    return { frame, verb, name };
  });
  return { diagram, lines: expected.map(line), check: () => checkDelivered(of, expected, tally) };
}

function checkDelivered(of: string, expected: readonly Expected[], tally: Tally): void {
  for (const each of expected) {
    if (tally.wasDelivered(each.name)) continue;
    throw new Error(`${of}: '${line(each)}' was expected, but '${each.name}' was never delivered.`);
  }
}

function line({ frame, verb, name }: Expected): string {
  return `frame ${frame}: ${verb} ${name}`;
}
