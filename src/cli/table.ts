import type { Style, Tone } from './style.js';
import { cut, textWidth } from './text-width.js';

export type Cell = string | { readonly text: string; readonly tone: Tone };
export interface Column {
  readonly name: string;
  /** Numbers stand at the right. */
  readonly number?: true;
}

const GAP = '  ';

/** A column of text is not made narrower than that. */
const LEAST = 8;

/** Lines of columns, with their names above. Where they are too wide the widest texts are cut first, and then the end of the line. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  { style, width }: { style: Style; width: number },
): string[] {
  const head = columns.map(({ name }): Cell => ({ text: name, tone: 'dim' }));
  const all = [head, ...rows];
  const widths = fitting(
    columns.map(({ number }, at) => ({ number, cells: Math.max(...all.map((row) => textWidth(textOf(row[at] ?? '')))) })),
    width,
  );
  return all.map((row) => {
    let [line, room] = ['', width];
    columns.forEach(({ number }, at) => {
      const cell = row[at] ?? '';
      const shown = cut(textOf(cell), widths[at] ?? 0);
      const padding = ' '.repeat(Math.max(0, (widths[at] ?? 0) - textWidth(shown)));
      const last = at === columns.length - 1 && number === undefined;
      const text = cut((at === 0 ? '' : GAP) + (number ? padding + shown : shown + (last ? '' : padding)), room);
      room -= textWidth(text);
      line += style(text, typeof cell === 'string' ? 'plain' : cell.tone);
    });
    return line.trimEnd();
  });
}

function fitting(columns: readonly { readonly number: true | undefined; readonly cells: number }[], width: number): number[] {
  const widths = columns.map(({ cells }) => cells);
  const most = width - GAP.length * (columns.length - 1);
  for (let over = widths.reduce((sum, each) => sum + each, 0) - most; over > 0;) {
    const widest = Math.max(...widths.filter((_, at) => columns[at]?.number === undefined));
    if (widest <= LEAST) break;
    const at = widths.findIndex((each, index) => each === widest && columns[index]?.number === undefined);
    const less = Math.min(over, widest - LEAST, Math.max(1, widest - nextBelow(widest, widths)));
    widths[at] = widest - less;
    over -= less;
  }
  return widths;
}

/** So that two long columns share what is too much. */
function nextBelow(widest: number, widths: readonly number[]): number {
  return Math.max(LEAST, ...widths.filter((each) => each < widest));
}

function textOf(cell: Cell): string {
  return typeof cell === 'string' ? cell : cell.text;
}
