/** docs/sse.md names what there is: exports, options, and recipes that are tested. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const page = read('docs/sse.md');

function between(name: string): string {
  const text = page.split(`<!-- ${name} -->\n`)[1]?.split('<!-- /')[0];
  if (text === undefined) throw new Error(`docs/sse.md has no <!-- ${name} -->`);
  return text;
}

/** The names in code quotes in the first cell of each row. */
function firstCells(table: string): string[] {
  const rows = table.split('\n').filter((line) => line.startsWith('| `'));
  return rows.flatMap((row) => [...row.split(' | ')[0]!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!));
}

function statements(path: string): readonly ts.Statement[] {
  return [...ts.createSourceFile(path, read(path), ts.ScriptTarget.ES2022).statements];
}

test.each(['sse', 'browser'])('the table of exports names all that src/%s/index.ts exports, and nothing else', (folder) => {
  const exported = statements(`src/${folder}/index.ts`).flatMap((statement) =>
    ts.isExportDeclaration(statement) && statement.exportClause !== undefined && ts.isNamedExports(statement.exportClause)
      ? statement.exportClause.elements.map(({ name }) => name.text)
      : [],
  );
  expect(exported.length).toBeGreaterThan(0);
  expect(firstCells(between(`exports: ${folder}`)).sort()).toEqual(exported.sort());
});

test.each([
  ['StartAfterOptions', 'src/sse/start-after.ts'],
  ['EventsOptions', 'src/sse/options.ts'],
  ['ServerSentEventsOptions', 'src/sse/options.ts'],
  ['FromServerSentEventsOptions', 'src/browser/options.ts'],
])('the table of %s: every option, and no other', (name, path) => {
  const members = statements(path).flatMap((statement) =>
    ts.isInterfaceDeclaration(statement) && statement.name.text === name
      ? statement.members.flatMap((member) =>
          member.name !== undefined && ts.isIdentifier(member.name) ? [member.name.text] : [],
        )
      : [],
  );
  expect(members.length).toBeGreaterThan(0);
  expect(firstCells(between(`options: ${name}`)).sort()).toEqual(members.sort());
});

test('every recipe stands in it, word for word', () => {
  const recipes = readdirSync(join(root, 'test/sse/recipes'));
  expect(recipes.length).toBeGreaterThan(3);
  for (const recipe of recipes) {
    const path = `test/sse/recipes/${recipe}`;
    expect(between(`program: ${path}`)).toBe(`\`\`\`ts\n${read(path)}\`\`\`\n`);
  }
});
