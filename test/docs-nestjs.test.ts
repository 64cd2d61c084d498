/** docs/nestjs.md names what there is: exports, options, and a test that runs. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';

const read = (path: string): string => readFileSync(join(import.meta.dirname, '..', path), 'utf8');
const page = read('docs/nestjs.md');

function between(name: string): string {
  const text = page.split(`<!-- ${name} -->\n`)[1]?.split('<!-- /')[0];
  if (text === undefined) throw new Error(`docs/nestjs.md has no <!-- ${name} -->`);
  return text;
}

/** The names in code quotes in the first cell of each row. */
function firstCells(table: string): string[] {
  const rows = table.split('\n').filter((line) => line.startsWith('| `'));
  return rows.flatMap((row) => [...row.split(' | ')[0]!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!));
}

function statements(path: string): readonly ts.Statement[] {
  return ts.createSourceFile(path, read(path), ts.ScriptTarget.ES2022).statements;
}

test('the table of exports names all that src/nestjs/index.ts exports, and nothing else', () => {
  const exported = statements('src/nestjs/index.ts').flatMap((statement) =>
    ts.isExportDeclaration(statement) && statement.exportClause !== undefined && ts.isNamedExports(statement.exportClause)
      ? statement.exportClause.elements.map(({ name }) => name.text)
      : [],
  );
  expect(exported.length).toBeGreaterThan(0);
  expect(firstCells(between('exports')).sort()).toEqual(exported.sort());
});

test.each([
  ['ConnectionOptions', 'src/nestjs/connection.ts'],
  ['RedisStreamsFeature', 'src/nestjs/feature.ts'],
  ['HandlingOptions', 'src/nestjs/handling-options.ts'],
  ['HealthLimits', 'src/nestjs/check-health.ts'],
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

test('the program in it is the test, word for word', () => {
  const path = 'test/nestjs/docs-example.test.ts';
  expect(between(`program: ${path}`)).toBe(`\`\`\`ts\n${read(path)}\`\`\`\n`);
});
