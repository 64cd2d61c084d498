import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ackAfter, backlogFirst } from 'rxjs-redis-streams';
import { createMarbles, type Assertion } from 'rxjs-redis-streams/testing';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { FAULTS } from '../../src/testing/marbles/faults.js';

const root = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const page = read('docs/testing.md');
const examples = readdirSync(join(root, 'test/testing/docs-examples'));

function between(name: string): string {
  const [kind = ''] = name.split(':');
  return page.split(`<!-- ${name} -->\n`)[1]?.split(`<!-- /${kind} -->`)[0] ?? `docs/testing.md has no ${name}`;
}

/** What stands in code quotes in the first cell of each row, up to the first bracket. */
function firstCells(table: string): string[] {
  const cells = table
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split(/ (?<!\\)\| /)[0]!);
  return cells.flatMap((cell) => [...cell.matchAll(/`(\w+)/g)].map(([, name]) => name!));
}

/** The members of the script, ours and those of RxJS. */
function members(): string[] {
  const names = ['cold', 'hot', 'flush', 'time', 'expectSubscriptions', 'animate'];
  ts.createSourceFile('', read('src/testing/marbles/marble-script.ts'), ts.ScriptTarget.ES2022).forEachChild((node) => {
    if (!ts.isInterfaceDeclaration(node) || node.name.text !== 'MarbleScript') return;
    for (const { name } of node.members) if (name !== undefined && ts.isIdentifier(name)) names.push(name.text);
  });
  return [...new Set(names)];
}

test.each(examples)('docs/testing.md has %s, word for word', (file) => {
  const path = `test/testing/docs-examples/${file}`;
  expect(between(`program: ${path}`)).toBe(`\`\`\`ts\n${read(path)}\`\`\`\n`);
});

test('there are five of them', () => {
  expect(examples).toHaveLength(5);
});

test('the table of faults has every letter, and no other', () => {
  expect(firstCells(between('faults'))).toEqual(Object.keys(FAULTS));
});

test('each fault is explained in the words of the error message', () => {
  for (const [letter, { means }] of Object.entries(FAULTS)) {
    expect(between('faults').replaceAll('`', '')).toContain(`| ${letter} | ${means}`);
  }
});

test('the table of tools has every member of a script, and no other', () => {
  expect(firstCells(between('tools')).sort()).toEqual(members().sort());
});

test.each([
  ['README.md', 'docs/testing.md).'],
  ['docs/testing.md', '## A first block'],
])('the block of %s runs', (path, after) => {
  const code = read(path).split(after)[1]!.split('```ts\n')[1]!.split('```')[0]!;
  const body = code.replaceAll(/^import .*$/gm, '');
  expect(body).toContain('marbles.run(');
  let compared = 0;
  const given = {
    createMarbles: (assertion: Assertion) => createMarbles((...both) => (compared++, assertion(...both))),
    ackAfter,
    backlogFirst,
    expect,
  };
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- what the page shows is what runs
  const run = new Function(...Object.keys(given), body) as (...values: unknown[]) => void;
  run(...Object.values(given));
  expect(compared).toBeGreaterThan(1);
});
