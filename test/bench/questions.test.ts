import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { questions, quick } from '../../bench/questions.js';

const folder = join(import.meta.dirname, '../../bench');
const names = Object.keys(questions).sort();

test('every file of a question is asked, and nothing else', () => {
  const files = readdirSync(folder).filter((file) => file.endsWith('.ts') && !['run.ts', 'questions.ts'].includes(file));
  expect(files.map((file) => file.replace('.ts', '')).sort()).toEqual(names);
});

test('the table in bench/README.md has every question, and no other', () => {
  const rows = [...readFileSync(join(folder, 'README.md'), 'utf8').matchAll(/^\| `([\w-]+)` \|/gm)];
  expect(rows.map(([, name]) => name).sort()).toEqual(names);
});

test('the quick run asks three, and none that needs what bench/package.json installs', () => {
  expect(quick.map((name) => questions[name]?.peers ?? 'none')).toEqual(['none', 'none', 'none']);
});

test('bench/package.json measures with the ioredis of the project', () => {
  const versionIn = (path: string, list: string): string =>
    (JSON.parse(readFileSync(path, 'utf8')) as Record<string, Record<string, string>>)[list]?.['ioredis'] ?? 'none';
  expect(versionIn(join(folder, 'package.json'), 'dependencies')).toBe(
    versionIn(join(folder, '../package.json'), 'devDependencies'),
  );
});
