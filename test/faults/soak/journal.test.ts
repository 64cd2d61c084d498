import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readJournal, writeJournal } from './journal.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'journal-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

test('is read as it was written', () => {
  const path = join(folder, 'one');
  const write = writeJournal(path);
  for (const word of ['came', 'started', 'done', 'acked', 'doubted', 'lost'] as const) write(word, '1-1');
  expect(readJournal(path).map(({ word, id }) => [word, id])).toEqual(
    ['came', 'started', 'done', 'acked', 'doubted', 'lost'].map((word) => [word, '1-1']),
  );
});

test('what cannot be read is an error, and never passed over', () => {
  const path = join(folder, 'two');
  writeJournal(path)('came', '1-1');
  appendFileSync(path, 'X 1-2 0\n');
  expect(() => readJournal(path)).toThrow("has the line 'X 1-2 0'");
  const torn = join(folder, 'three');
  writeJournal(torn)('came', '1-1');
  appendFileSync(torn, 'S 1');
  expect(() => readJournal(torn)).toThrow('ends in the middle of a line');
});
