export type Row = Readonly<Record<string, string | number>>;

/** A table, numbers to the right; all rows have the columns of the first. */
export function markdown(rows: readonly Row[]): string {
  const [first] = rows;
  if (first === undefined) return '';
  const columns = Object.keys(first);
  const lines = [
    columns,
    columns.map((column) => (rows.every((row) => isFigure(row[column])) ? '---:' : '---')),
    ...rows.map((row) => columns.map((column) => text(row[column]))),
  ];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function isFigure(cell: string | number | undefined): boolean {
  return cell === undefined || cell === '' || !Number.isNaN(Number(cell));
}

function text(cell: string | number | undefined): string {
  return typeof cell === 'number' ? cell.toLocaleString('en-US') : (cell ?? '');
}
