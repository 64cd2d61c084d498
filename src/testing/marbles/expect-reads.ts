import { readEndless, type Diagram } from './diagram.js';
import type { ScriptedServer } from './scripted-server.js';

/** COUNT of a live read; or with its kind, `'backlog 10'`. */
export type ReadValues = Readonly<Record<string, number | string>>;

export function readLines({ reads }: ScriptedServer): string[] {
  return reads.map(({ frame, kind, count }) => `frame ${frame}: ${kind} ${count}`);
}

/** Reads what is expected; a digit is the COUNT of a live read, unless the values say what else it is. */
export function readReads(
  server: ScriptedServer,
  marbles: string,
  values: ReadValues = {},
): { diagram: Diagram; lines: string[] } {
  const of = `expectReads(${server.of})`;
  const diagram = readEndless(of, marbles, 'reading has no end that shows; expectObservable() sees that of a pipeline.');
  const lines = diagram.marks.map(({ frame, mark }) => {
    const value = Object.hasOwn(values, mark) ? values[mark] : /^\d$/.test(mark) ? Number(mark) : undefined;
    const word = typeof value === 'number' ? `live ${value}` : value;
    if (word === undefined) {
      throw new TypeError(
        `${of}: the marble '${mark}' at frame ${frame} names no read; say which: { ${mark}: 100 } or { ${mark}: 'backlog 100' }.`,
      );
    }
    if (!/^(live|backlog) \d+$/.test(word)) {
      throw new TypeError(`${of}: '${mark}' stands for '${word}', which is no COUNT, 'live <COUNT>' or 'backlog <COUNT>'.`);
    }
    return `frame ${frame}: ${word}`;
  });
  return { diagram, lines };
}
