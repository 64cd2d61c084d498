/** docs/telemetry.md has the names that the code has, and no others. */
import { SpanKind } from '@opentelemetry/api';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { processes, publishes, receives, settles } from '../src/channels.js';
import { ATTRIBUTES, GAUGES, LABELS, METRICS, OPERATIONS, SYSTEM } from '../src/otel/names.js';
import { planInstrument } from '../src/otel/options.js';

const root = join(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const page = read('docs/telemetry.md');

function between(name: string): string {
  const text = page.split(`<!-- ${name} -->\n`)[1]?.split('<!-- /')[0];
  if (text === undefined) throw new Error(`docs/telemetry.md has no <!-- ${name} -->`);
  return text;
}

/** The cells of each row, without the quotes of code. */
function rows(name: string): string[][] {
  const lines = between(name)
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  return lines.map((line) =>
    line
      .slice(2, -2)
      .split(' | ')
      .map((cell) => cell.replaceAll('`', '')),
  );
}
const first = (name: string): (string | undefined)[] => rows(name).map(([cell]) => cell);

test('spans with their kinds and types', () => {
  expect(rows('spans').map(([name, kind, type]) => [name, kind, type])).toEqual(
    Object.entries(OPERATIONS).map(([name, { kind, type }]) => [name, SpanKind[kind], type]),
  );
});

test('attributes, metrics and gauges with their labels', () => {
  expect(first('attributes').sort()).toEqual(Object.values(ATTRIBUTES).sort());
  expect(rows('attributes').find(([name]) => name === ATTRIBUTES.system)?.[1]).toContain(SYSTEM);
  expect(first('metrics')).toEqual(Object.values(METRICS));
  expect(first('gauges').sort()).toEqual(Object.values(GAUGES).sort());
  const labels = new Set(rows('gauges').flatMap(([, all = '']) => all.split(', ')));
  expect([...labels]).toEqual(Object.values(LABELS));
});

test('channels', () => {
  expect(first('channels')).toEqual([receives, processes, settles, publishes].map(({ name }) => name));
});

test('options, and their defaults', () => {
  const source = ts.createSourceFile('options.ts', read('src/otel/options.ts'), ts.ScriptTarget.ES2022);
  const members = source.statements.flatMap((statement) =>
    ts.isInterfaceDeclaration(statement) && statement.name.text === 'InstrumentOptions'
      ? statement.members.map(({ name }) => (name && ts.isIdentifier(name) ? name.text : ''))
      : [],
  );
  expect(first('options: InstrumentOptions')).toEqual(members);
  const { propagate, creation } = planInstrument({});
  expect(rows('options: InstrumentOptions').filter(([name]) => name === 'propagate' || name === 'creation')).toEqual([
    ['propagate', String(propagate), expect.anything()],
    ['creation', `'${creation}'`, expect.anything()],
  ]);
});

test('exports', () => {
  const exported = [...read('src/otel/index.ts').matchAll(/\{ ([^}]*) \}/g)].flatMap(([, names]) => names!.split(', '));
  const names = exported.map((name) => name.replace('type ', ''));
  expect(
    first('exports: otel')
      .flatMap((cell) => cell!.split(', '))
      .sort(),
  ).toEqual(names.sort());
});

test('every recipe stands in it, word for word', () => {
  const recipes = readdirSync(join(root, 'test/otel/recipes'));
  expect(recipes).toHaveLength(2);
  for (const recipe of recipes) {
    const path = `test/otel/recipes/${recipe}`;
    expect(between(`program: ${path}`)).toBe(`\`\`\`ts\n${read(path)}\`\`\`\n`);
  }
});
