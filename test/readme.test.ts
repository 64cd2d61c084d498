import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { planLag } from '../src/check-lag-options.js';
import { planGroup, planStreams } from '../src/check-options.js';
import { planPublish } from '../src/check-publish-options.js';
import { planPull } from '../src/check-pull-options.js';
import { operatorsPage } from '../scripts/operators.js';
import type { Plan } from '../src/plan.js';

const root = join(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const readme = read('README.md');
const guides = readdirSync(join(root, 'docs')).filter((file) => file.endsWith('.md'));
const pages = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md', ...guides.map((file) => `docs/${file}`)];

/** What stands between `<!-- name -->` and `<!-- /kind -->`. */
function between(name: string): string {
  const [kind = ''] = name.split(':');
  const text = readme.split(`<!-- ${name} -->\n`)[1]?.split(`<!-- /${kind} -->`)[0];
  if (text === undefined) throw new Error(`README.md has no <!-- ${name} --> … <!-- /${kind} -->`);
  return text;
}

/** The names in code quotes in the first cell of each row. */
function firstCells(table: string): string[] {
  const rows = table.split('\n').filter((line) => line.startsWith('| `'));
  return rows.flatMap((row) => [...row.split(' | ')[0]!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!));
}

function interfaceMembers(path: string, name: string): string[] {
  const found: string[] = [];
  ts.createSourceFile(path, read(path), ts.ScriptTarget.ES2022).forEachChild((node) => {
    if (!ts.isInterfaceDeclaration(node) || node.name.text !== name) return;
    for (const { name: member } of node.members) if (member !== undefined && ts.isIdentifier(member)) found.push(member.text);
  });
  return found;
}

function exportsOf(path: string): string[] {
  const names: string[] = [];
  ts.createSourceFile(path, read(path), ts.ScriptTarget.ES2022).forEachChild((node) => {
    if (!ts.isExportDeclaration(node) || node.exportClause === undefined || !ts.isNamedExports(node.exportClause)) return;
    names.push(...node.exportClause.elements.map(({ name }) => name.text));
  });
  return names;
}

test('the program in the README is the example, word for word', () => {
  const path = 'examples/03-work-in-a-group.ts';
  expect(between(`program: ${path}`)).toBe(`\`\`\`ts\n${read(path)}\`\`\`\n`);
});

test('the table of exports names all that src/index.ts exports, and nothing else', () => {
  expect(firstCells(between('exports')).sort()).toEqual(exportsOf('src/index.ts').sort());
});

test('the table of /testing names all that src/testing/index.ts exports, and nothing else', () => {
  expect(firstCells(between('testing')).sort()).toEqual(exportsOf('src/testing/index.ts').sort());
});

describe('the tables of options', () => {
  const tables: [name: string, path: string][] = [
    ['SourceOptions', 'src/options.ts'],
    ['StreamsOptions', 'src/options.ts'],
    ['GroupOptions', 'src/options.ts'],
    ['GroupLagOptions', 'src/options.ts'],
    ['AckAfterOptions', 'src/operators/ack-after-options.ts'],
    ['TrimOptions', 'src/trimming.ts'],
    ['PublishOptions', 'src/publish-options.ts'],
    ['ConsumerOptions', 'src/consumers/consumer.ts'],
  ];
  test.each(tables)('%s: every option, and no other', (name, path) => {
    expect(firstCells(between(`options: ${name}`)).sort()).toEqual(interfaceMembers(path, name).sort());
  });

  /** The option → default column, where the default is a literal. */
  function defaults(name: string): [option: string, value: unknown][] {
    const rows = [...between(`options: ${name}`).matchAll(/^\| `(\w+)` \| `([^`]+)` \|/gm)];
    const literals = rows.filter(([, , value]) => /^(\d+|true|false|'.*')$/.test(value!));
    return literals.map(([, option, value]) => [option!, JSON.parse(value!.replaceAll("'", '"'))]);
  }
  /** Where a plan calls an option by another name. */
  const inPlan: Record<string, (plan: Partial<Plan>) => unknown> = {
    autoCreate: (plan) => plan.group?.createFrom === '$',
    autoAcknowledge: (plan) => plan.group?.noAck,
    startFromBacklog: (plan) => plan.group?.startFromBacklog,
    healFrom: (plan) => plan.group?.healFrom,
    removeConsumer: (plan) => plan.group?.removeConsumer,
  };
  const generate = (): string => 'generated';
  const plans: [name: string, plan: Partial<Plan>][] = [
    ['SourceOptions', planStreams({ streams: 's' })],
    ['StreamsOptions', planStreams({ streams: 's' })],
    ['GroupOptions', planGroup({ streams: 's', group: 'g' }, generate)],
    ['ConsumerOptions', planPull({ streams: 's' })],
    ['PublishOptions', planPublish({})],
    ['GroupLagOptions', planLag({ streams: 's', group: 'g' }) as object],
  ];
  test.each(plans)('%s: the defaults are those of the code', (name, plan) => {
    const told = defaults(name);
    expect(told.length).toBeGreaterThan(0);
    for (const [option, value] of told) {
      const is = inPlan[option]?.(plan) ?? plan[option as keyof Plan];
      expect([option, is]).toEqual([option, value]);
    }
  });
});

test('the README leads to every guide', () => {
  const further = readme.split('\n## Further\n')[1]!;
  expect(guides.filter((file) => !further.includes(`](docs/${file})`))).toEqual([]);
});

test('docs/operators.md is what the doc comments say: npm run regenerate', async () => {
  expect(read('docs/operators.md')).toBe(await operatorsPage(async (path) => read(path)));
});

describe.each(pages)('%s', (page) => {
  const text = read(page);
  const prose = text.replaceAll(/```.*?```/gs, '');

  test('every relative link leads somewhere', () => {
    const broken: string[] = [];
    for (const [, link] of prose.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(link!)) continue;
      const [path = '', anchor] = link!.split('#');
      const target = path === '' ? page : join(dirname(page), path);
      if (!existsSync(join(root, target))) broken.push(link!);
      else if (anchor !== undefined && !anchors(read(target)).includes(anchor)) broken.push(link!);
    }
    expect(broken).toEqual([]);
  });
});

test('every block of TypeScript compiles, in guides and in doc comments', { timeout: 120_000 }, () => {
  const all = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' });
  // those of /nestjs and /browser show members of classes; in their guides they are in whole ones
  const comments = all.filter((path) => path.endsWith('.ts') && !/^(nestjs|browser)\b/.test(path));
  const texts = [
    ...pages.map((page): [name: string, text: string] => [page, read(page)]),
    ...comments.map((path): [name: string, text: string] => [`src/${path}`, read(`src/${path}`).replaceAll(/^ *\* ?/gm, '')]),
  ];
  const blocks = texts.flatMap(([name, text]) =>
    [...text.matchAll(/^```ts\n(.*?)^```/gms)].map(([, code], i): [name: string, code: string] => [`${name}.${i + 1}`, code!]),
  );
  expect(blocks.filter(([name]) => name.startsWith('src/')).length).toBeGreaterThan(20);
  expect(problemsIn(blocks)).toEqual([]);
});

/** The headings, as GitHub makes anchors of them. */
function anchors(text: string): string[] {
  const headings = [...text.replaceAll(/```.*?```/gs, '').matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading!);
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  );
}

/** What a block without imports of its own may take for granted. */
const GIVEN = `
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { hostname } from 'node:os';
import { Cluster, Redis } from 'ioredis';
import { firstValueFrom, interval, lastValueFrom, timer } from 'rxjs';
import { bufferCount, bufferTime, concatMap, count, filter, map, mergeMap, retry, take, takeUntil } from 'rxjs';
import { ${exportsOf('src/index.ts').join(', ')} } from 'rxjs-redis-streams';
import { ${exportsOf('src/sse/index.ts').join(', ')} } from 'rxjs-redis-streams/sse';
import { ${exportsOf('src/otel/index.ts').join(', ')} } from 'rxjs-redis-streams/otel';
import { ${exportsOf('src/testing/index.ts').join(', ')} } from 'rxjs-redis-streams/testing';
import { expect } from 'vitest';
declare const request: IncomingMessage, response: ServerResponse;
declare const redis: Redis;
declare const stop: AbortController;
declare const thermometer: { read(): number };
declare const ca: string, password: string;
declare function charge(fields: Fields): Promise<number>;
declare const order: { customer: string };
declare function readPositions(name: string, streams: readonly string[]): Promise<Positions>;
declare function writePositions(name: string, positions: Positions): Promise<void>;
declare function add(fields: Fields): Promise<void>;
declare function parse(fields: Fields): { customer: string };
declare function report(error: unknown): void;
export {};
`;

/** Type errors of the blocks, each compiled as a module of its own, with the options of the repository. */
function problemsIn(blocks: [name: string, code: string][]): string[] {
  const config = ts.getParsedCommandLineOfConfigFile(
    join(root, 'tsconfig.json'),
    {},
    { ...ts.sys, onUnRecoverableConfigFileDiagnostic: raise },
  );
  const files = new Map(
    blocks.map(([name, code]) => [
      join(root, `${name}.ts`),
      /^import /m.test(code) ? code : `${GIVEN}{\n// the block:\n${code}}`,
    ]),
  );
  const options = { ...config!.options, verbatimModuleSyntax: false };
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (path) => files.has(path) || fileExists(path);
  host.readFile = (path) => files.get(path) ?? readFile(path);
  host.getSourceFile = (path, target, ...rest) => {
    const code = files.get(path);
    return code === undefined ? getSourceFile(path, target, ...rest) : ts.createSourceFile(path, code, target);
  };
  // With what the recipes use of servers whose own types are not installed.
  const program = ts.createProgram([...files.keys(), join(root, 'test/support/servers.d.ts')], options, host);
  return [...files.keys()].flatMap((path) => {
    const source = program.getSourceFile(path);
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    return found.map(({ messageText, start = 0 }) => {
      const line = files.get(path)!.slice(start).split('\n')[0];
      return `${path.slice(root.length + 1)}: ${ts.flattenDiagnosticMessageText(messageText, '\n')} at "${line}"`;
    });
  });
}

function raise(diagnostic: ts.Diagnostic): never {
  throw new Error(ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n'));
}
