import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runChild } from './child.js';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'child-'));
});
afterAll(() => rm(dir, { recursive: true }));

async function file(name: string, text: string): Promise<string> {
  const path = join(dir, name);
  await writeFile(path, text);
  return path;
}
const support = pathToFileURL(join(import.meta.dirname, 'child.ts')).href;

test('collects lines and reports, and measures the child instead of the runner', async () => {
  const ballast = Buffer.alloc(400 * 1024 * 1024, 1); // makes this process large
  const path = await file(
    'talks.mts',
    `import { report } from '${support}';\nconsole.log('hello', process.argv[2]);\nreport({ a: 1 });`,
  );
  const ended = await runChild(path, { args: ['world'] }).ended;
  expect(ended.stderr).toBe('');
  expect(ended.code).toBe(0);
  expect(ended.lines[0]).toBe('hello world');
  expect(ended.reports).toEqual([{ a: 1, peakRss: expect.any(Number) as number }]);
  expect(ended.reports[0]!['peakRss']).toBeGreaterThan(20);
  expect(ended.reports[0]!['peakRss']).toBeLessThan(200);
  expect(ballast.length).toBeGreaterThan(0);
});

test('kills with no handler run', async () => {
  const path = await file(
    'stays.mts',
    `process.on('exit', () => console.log('never'));\nconsole.log('up');\nsetInterval(() => 0, 1000);`,
  );
  const child = runChild(path);
  await child.line(/^up$/);
  child.kill('SIGKILL');
  const ended = await child.ended;
  expect(ended.signal).toBe('SIGKILL');
  expect(ended.lines).toEqual(['up']);
  await expect(child.line(/more/)).rejects.toThrow(/ended without/);
});
