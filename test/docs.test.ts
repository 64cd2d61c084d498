import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';

const read = (path: string): string => readFileSync(join(import.meta.dirname, '..', path), 'utf8');
const page = read('docs/errors.md');

/** The members of a union type, as the source declares it. */
function union(path: string, name: string): readonly ts.TypeNode[] {
  let found: readonly ts.TypeNode[] = [];
  ts.createSourceFile(path, read(path), ts.ScriptTarget.ES2022).forEachChild((node) => {
    if (ts.isTypeAliasDeclaration(node) && node.name.text === name && ts.isUnionTypeNode(node.type)) found = node.type.types;
  });
  if (found.length === 0) throw new Error(`${path} has no union type ${name}`);
  return found;
}

function literals(nodes: readonly ts.TypeNode[]): string[] {
  return nodes.flatMap((node) => (ts.isLiteralTypeNode(node) && ts.isStringLiteral(node.literal) ? [node.literal.text] : []));
}

/** A notice's type, and the names of its other members. */
function notice(node: ts.TypeNode): { type: string; members: string[] } {
  let type = '';
  const members: string[] = [];
  for (const member of ts.isTypeLiteralNode(node) ? node.members : []) {
    if (!ts.isPropertySignature(member) || !ts.isIdentifier(member.name)) continue;
    if (member.name.text === 'type') type = literals(member.type ? [member.type] : [])[0] ?? '';
    else members.push(member.name.text);
  }
  return { type, members };
}

const codes = literals(union('src/errors.ts', 'ErrorCode'));
const notices = union('src/notices.ts', 'Notice').map(notice);
const sections = page.split('\n## Notices\n')[0]!.split('\n### ').slice(1);
const rows = page
  .split('\n## Notices\n')[1]!
  .split('\n')
  .filter((line) => line.startsWith('| `'));

test('docs/errors.md has a section for every code, in their order, and for nothing else', () => {
  expect(sections.map((section) => section.split('\n')[0])).toEqual(codes);
});

test.each(sections.map((section) => [section.split('\n')[0]!, section]))('%s has its cause and cure', (_, section) => {
  expect(section).toContain('**Cause:** ');
  expect(section).toContain('**Cure:** ');
});

test('docs/errors.md has a line for every notice, in their order, and for nothing else', () => {
  expect(rows.map((row) => /^\| `([a-z-]+)` \|/.exec(row)?.[1])).toEqual(notices.map(({ type }) => type));
});

describe.each(notices)('the line of $type', ({ type, members }) => {
  const row = rows.find((each) => each.startsWith(`| \`${type}\` |`)) ?? '';
  const names = [
    ...row
      .split(' | ')
      .at(-1)!
      .matchAll(/`([^`]+)`/g),
  ].map(([, name]) => name!);

  test('names every member', () => {
    expect(names).toEqual(expect.arrayContaining(members));
  });
  test('names what its members may be', () => {
    const values: Record<string, string[]> = {
      retrying: literals(union('src/notices.ts', 'Retried')),
      closing: literals(union('src/notices.ts', 'ClosingReason')),
    };
    expect(names).toEqual(expect.arrayContaining(values[type] ?? []));
  });
});

test('the members of errors that are not those of every error are named', () => {
  for (const name of ['unconfirmed', 'entry', 'issues', 'reason']) expect(page).toContain(`\`${name}\``);
});
