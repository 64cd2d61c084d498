/** docs/guarantees.md names tests: they exist by that title in that file, and assert what the table says. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { MODES } from './faults/guarantees/modes.js';

const root = join(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const page = read('docs/guarantees.md');

/** The rows of a table, cell by cell, without its two heading lines. */
function table(name: string): { heading: string[]; rows: string[][] } {
  const text = page.split(`<!-- ${name} -->\n`)[1]?.split(`<!-- /${name} -->`)[0];
  if (text === undefined) throw new Error(`docs/guarantees.md has no <!-- ${name} -->`);
  const lines = text.trim().split('\n');
  const [heading = [], , ...rows] = lines.map((line) => line.slice(2, -2).split(' | '));
  return { heading, rows };
}

/** `[title](../test/path)`, as often as it stands there. A title may have brackets of its own, but no `](`. */
function tests(cell: string): { title: string; file: string }[] {
  return [...cell.matchAll(/\[((?:(?!\]\().)+)\]\(\.\.\/(test\/[^)]+)\)/g)].map(([, title, file]) => ({
    title: title!,
    file: file!,
  }));
}

interface Titled {
  readonly title: string;
  /** What `row()` promises in each column. */
  readonly outcomes: readonly string[] | undefined;
}

/** Every title in a test file: the first argument of `it`, `onServer`, `test`, `describe`, their `.each()`, and `row`. */
function titlesIn(file: string): Titled[] {
  const titles: Titled[] = [];
  const texts = (node: ts.Expression): string[] => (ts.isStringLiteralLike(node) ? [node.text] : []);
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && /^(it|onServer|test|describe|row)\b/.test(node.expression.getText()) && node.arguments[0]) {
      const [first, second] = node.arguments;
      const outcomes =
        node.expression.getText() === 'row' && second && ts.isArrayLiteralExpression(second)
          ? second.elements.flatMap(texts)
          : undefined;
      for (const title of texts(first)) titles.push({ title, outcomes });
    }
    node.forEachChild(visit);
  };
  ts.createSourceFile(file, read(file), ts.ScriptTarget.ES2022, true).forEachChild(visit);
  return titles;
}

const [guarantees, details] = [table('guarantees'), table('details')];
const named = [...guarantees.rows, ...details.rows].map((cells) => ({ when: cells[0]!, tests: tests(cells.at(-1)!) }));

test.each(named)('$when: names a test', (row) => {
  expect(row.tests.length).toBeGreaterThan(0);
});

describe.each(named.flatMap((row) => row.tests))('$file: $title', ({ title, file }) => {
  test('is there', () => {
    expect(existsSync(join(root, file))).toBe(true);
    expect(titlesIn(file).map((each) => each.title)).toContain(title);
  });
});

test('the columns are the ways to consume', () => {
  expect(guarantees.heading).toEqual(['when', ...MODES, 'tests']);
});

describe('the first table says what its tests assert', () => {
  const file = 'test/faults/guarantees.test.ts';
  const asserted = titlesIn(file).filter(({ outcomes }) => outcomes !== undefined);

  test.each(asserted)('$title', ({ title, outcomes }) => {
    const rows = guarantees.rows.filter((cells) =>
      tests(cells.at(-1)!).some((each) => each.file === file && each.title === title),
    );
    expect(rows.map((cells) => cells.slice(1, -1))).toEqual([outcomes]);
  });

  test('of a killed process, too', () => {
    const [row = []] = guarantees.rows;
    const source = read('test/faults/killed.test.ts');
    const list = /const outcomes = \[([^\]]+)\]/.exec(source)?.[1] ?? '';
    expect(row.slice(1, -1)).toEqual([...list.matchAll(/'(\w+)'/g)].map(([, word]) => word));
  });

  test('every word is explained', () => {
    const words = new Set(guarantees.rows.flatMap((cells) => cells.slice(1, -1)));
    for (const word of words) expect(page).toContain(`| \`${word}\` |`);
  });
});
