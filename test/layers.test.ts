import { expect, test } from 'vitest';
import { checkLayers } from '../scripts/layers.js';
import { sourceFiles } from '../scripts/source-files.js';

const problemsOf = (files: Record<string, string>): string[] => checkLayers(new Map(Object.entries(files))).problems;
const nouns = {
  'entry.ts': 'export interface Entry { id: string }',
  'wire/port.ts': '',
  'wire/reader.ts': '',
  'sources/open-source.ts': '',
  'sources/source.ts': '',
  'standard-schema.ts': '',
  'otel/index.ts': '',
};

test('the real tree keeps its layers', async () => {
  const files = await sourceFiles();
  expect(files.size).toBeGreaterThan(0);
  expect(checkLayers(files).problems).toEqual([]);
});

test('what the table allows passes', () => {
  expect(
    problemsOf({
      ...nouns,
      'errors.ts': `import type { Observable } from 'rxjs';\nimport { type Subject } from 'rxjs';`,
      'streams/group.ts': `import type { Entry } from '../entry.js';`,
      'acks/flush.ts': `import { map } from 'rxjs';\nimport type { Port } from '../wire/port.js';`,
      'wire/ioredis.ts': `import type { Redis } from 'ioredis';\nsetTimeout(() => {}, 1);`,
      'consumers/consumer.ts': `import { drive } from '../sources/open-source.js';`,
      'operators/ack-after.ts': `import { x } from '../sources/source.js';`,
      'testing/memory-redis.ts': `import Mock from 'ioredis-mock';\nimport type { Redis } from 'ioredis';\nDate.now();`,
      'nestjs/connect.ts': `import { Redis } from 'ioredis';\nimport { fromGroup } from '../index.js';`,
      'nestjs/on-stream.ts': `import { Inject } from '@nestjs/common';\nimport type { Redis } from 'ioredis';`,
      'otel/o.ts': `import { trace } from '@opentelemetry/api';\nimport 'node:diagnostics_channel';\nimport { fromGroup } from '../index.js';`,
      'sse/write.ts': `import { isSource } from '../sources/source.js';\nimport 'node:diagnostics_channel';`,
      'browser/feed.ts': `import { Observable } from 'rxjs';\nimport '../standard-schema.js';`,
      'cli/connect.ts': `import { Redis } from 'ioredis';\nimport 'node:util';\nimport { fromGroup } from '../index.js';`,
      'cli/ask.ts': `import { read } from '../wire/reader.js';`,
      'index.ts': `export * from './operators/ack-after.js';\nexport { Consumer } from './consumers/consumer.js';`,
    }),
  ).toEqual([]);
});

test.each<[string, string, string]>([
  ['streams/group.ts', `import type { Port } from '../wire/port.js';`, 'streams may not import wire/port.ts'],
  ['entry2.ts', `export * from './wire/port.js';`, 'root may not import wire/port.ts'],
  ['wire/x.ts', `import { drive } from '../sources/open-source.js';`, 'wire may not import sources/open-source.ts'],
  ['acks/flush.ts', `import { read } from '../wire/reader.js';`, 'acks may not import wire/reader.ts'],
  ['consumers/c.ts', `import { s } from '../sources/source.js';`, 'consumers may not import sources/source.ts'],
  ['operators/o.ts', `type P = import('../wire/port.js').Port;`, 'operators may not import wire/port.ts'],
  ['operators/o.ts', `const p = await import('../wire/port.js');`, 'operators may not import wire/port.ts'],
  ['sources/s.ts', `import './absent.js';`, 'imports ./absent.js, which is no file of src/'],
  ['streams/group.ts', `import type { Observable } from 'rxjs';`, 'may not import rxjs'],
  ['acks/ledger.ts', `import { map } from 'rxjs/operators';`, 'may not import rxjs'],
  ['acks/tracker.ts', `import { map } from 'rxjs';`, 'may not import rxjs'],
  ['acks/journal.ts', `Date.now();`, 'uses Date.now: time and chance arrive as arguments'],
  ['plan.ts', `import { EMPTY } from 'rxjs';`, 'may import only types from rxjs'],
  ['sources/s.ts', `import type { Redis } from 'ioredis';`, 'may not know the Redis client'],
  ['wire/ioredis.ts', `import { Redis } from 'ioredis';`, 'may import only types from the Redis client'],
  ['sources/s.ts', `import Mock from 'ioredis-mock';`, 'may not import ioredis-mock'],
  ['nestjs/n.ts', `import { s } from '../sources/source.js';`, 'nestjs may not import sources/source.ts'],
  ['nestjs/n.ts', `import type { Entry } from '../entry.js';`, 'nestjs may not import entry.ts'],
  ['nestjs/n.ts', `import { Redis } from 'ioredis';`, 'may import only types from the Redis client'],
  ['nestjs/n.ts', `import '@nestjs/terminus';`, 'imports @nestjs/terminus, which not every user of Nest has'],
  ['nestjs/n.ts', `setTimeout(() => {}, 1);`, 'uses setTimeout: time and chance arrive as arguments'],
  ['sse/s.ts', `import type { Port } from '../wire/port.js';`, 'sse may not import wire/port.ts'],
  ['browser/b.ts', `import type { Entry } from '../entry.js';`, 'browser may not import entry.ts'],
  [
    'browser/b.ts',
    `import { channel } from 'node:diagnostics_channel';`,
    'may not import node:diagnostics_channel: browsers do not have it',
  ],
  ['browser/b.ts', `setTimeout(() => {}, 1);`, 'uses setTimeout: time and chance arrive as arguments'],
  ['otel/o.ts', `import type { Port } from '../wire/port.js';`, 'otel may not import wire/port.ts'],
  ['sources/s.ts', `import { trace } from '@opentelemetry/api';`, 'may not know OpenTelemetry'],
  ['index.ts', `export * from './otel/index.js';`, 'index may not import otel/index.ts'],
  ['cli/tail.ts', `import { s } from '../sources/source.js';`, 'cli may not import sources/source.ts'],
  ['cli/tail.ts', `import { Redis } from 'ioredis';`, 'may not know the Redis client'],
  ['cli/tail.ts', `setTimeout(() => {}, 1);`, 'uses setTimeout: time and chance arrive as arguments'],
  ['operators/o.ts', `import '@nestjs/common';`, 'may not import @nestjs/common: only nestjs/ knows Nest'],
  ['sources/s.ts', `import { pick } from 'lodash';`, 'imports lodash, which users do not have'],
  ['streams/s.ts', `import { readFile } from 'node:fs';`, 'may not import node:fs: no I/O here'],
  ['streams/s.ts', `const now = Date.now();`, 'uses Date.now: time and chance arrive as arguments'],
  ['streams/s.ts', `const roll = Math.random;`, 'uses Math.random: time and chance arrive as arguments'],
  ['streams/s.ts', `const at = new Date();`, 'uses new Date(): time and chance arrive as arguments'],
  ['acks/ledger.ts', `performance.now();`, 'uses performance.now: time and chance arrive as arguments'],
  ['sources/s.ts', `globalThis.setTimeout(() => {}, 1);`, 'uses setTimeout: time and chance arrive as arguments'],
  ['operators/o.ts', `queueMicrotask(() => {});`, 'uses queueMicrotask: time and chance arrive as arguments'],
  ['consumers/c.ts', `setInterval(() => {}, 1);`, 'uses setInterval: time and chance arrive as arguments'],
  [
    'plumbing/x.ts',
    ``,
    'is in no layer; the layers are root, wire, streams, acks, sources, consumers, operators, testing, nestjs, sse, browser, otel, cli, index',
  ],
  ['wire/utils.ts', ``, 'is named after no idea'],
  ['wire/LoudName.ts', ``, 'file names are kebab-case'],
  ['wire/long.ts', 'x;\n'.repeat(201), 'has 201 lines, more than 200: look for the second idea'],
])('%s with %j', (path, text, problem) => {
  expect(problemsOf({ ...nouns, [path]: text })).toEqual([`src/${path}: ${problem}`]);
});

test('comments, strings and methods of others are no use of a clock', () => {
  expect(problemsOf({ 'streams/s.ts': `// Date.now()\nconst a = 'Math.random()';\nclock.setTimeout(1); new Date(5);` })).toEqual(
    [],
  );
});

test('folders that import each other are told as a cycle', () => {
  const files = { 'wire/a.ts': `import '../sources/b.js';`, 'sources/b.ts': `import '../wire/a.js';` };
  expect(problemsOf(files)).toContain('folders import each other: sources → wire → sources');
});

test('above 150 lines a warning, no problem', () => {
  const verdict = checkLayers(new Map([['wire/long.ts', 'x;\n'.repeat(151)]]));
  expect(verdict).toEqual({ problems: [], warnings: ['src/wire/long.ts: has 151 lines, more than 150'] });
});
