import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { classify, CODES, ConnectionLost, MAX_CLIENTS, toStreamsError, WORDS } from '../src/wire/failures.js';
import { replyError } from './support/fake-port.js';

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

describe('the table of what happens with an error of Redis', () => {
  const THEN = { retry: 'retried', lost: 'retried', heal: 'healed', fatal: 'fatal' };
  const cells = page
    .split('\n## What happens with an error of Redis\n')[1]!
    .split('\n## ')[0]!
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .slice(2)
    .map((line) => line.slice(2, -2).split(' | '));
  const quoted = (cell = ''): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name!);
  const told = cells.flatMap(([words, , then, code]) => quoted(words).map((word) => ({ word, then, code: quoted(code)[0] })));

  test('has every word that is told from others, once, and no other', () => {
    const known = new Set([...Object.keys(WORDS), ...Object.keys(CODES), MAX_CLIENTS, 'ERR']);
    expect(told.map(({ word }) => word).sort()).toEqual([...known].sort());
  });

  test.each(told)('$word: $then, $code', ({ word, then, code }) => {
    const failure = classify(replyError(`${word} and so on`));
    expect(THEN[failure.kind]).toBe(then);
    const ends = failure.kind === 'retry' ? undefined : toStreamsError(failure, { doing: 'read' }).code;
    expect(ends).toBe(code);
  });

  test.each([
    ['none: the connection', new ConnectionLost('lost')],
    ['any other', replyError('NEVERHEARDOF it')],
  ])('%s', (words, error) => {
    const [, , then, code] = cells.find((row) => row[0] === words)!;
    const failure = classify(error);
    expect(THEN[failure.kind]).toBe(then);
    expect(code).toBe(failure.kind === 'fatal' ? `\`${toStreamsError(failure, { doing: 'read' }).code}\`` : 'none');
  });
});

test('the members of errors that are not those of every error are named', () => {
  for (const name of ['unconfirmed', 'entry', 'issues', 'reason']) expect(page).toContain(`\`${name}\``);
});
