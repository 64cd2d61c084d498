/** The layers of `src/`, and what keeps them apart. Pure: file texts in, sentences out. */
import ts from 'typescript';
import { dirname, join } from 'node:path/posix';

/** `index.ts` is the door: it may import whatever is exported. Every other file of `src/` itself is a root noun. */
type Layer =
  | 'index'
  | 'root'
  | 'wire'
  | 'streams'
  | 'acks'
  | 'sources'
  | 'consumers'
  | 'operators'
  | 'testing'
  | 'nestjs'
  | 'sse'
  | 'browser'
  | 'otel'
  | 'cli';

/** Who may import whom: a folder, or one file of it. A folder may always import itself. */
const mayImport: Record<Layer, readonly string[]> = {
  root: [],
  wire: ['root'],
  streams: ['root'],
  acks: ['root', 'wire/port', 'wire/failures'],
  sources: ['root', 'wire', 'streams', 'acks'],
  consumers: [
    'root',
    'wire',
    'streams',
    'acks',
    'sources/open-source',
    'sources/delivery',
    'sources/decoding',
    'sources/settle-invalid',
  ],
  operators: ['root', 'sources'],
  testing: ['root', 'wire', 'streams', 'acks', 'sources'],
  nestjs: ['index'], // what its users can do with the library, too
  sse: ['root', 'streams/position', 'sources', 'operators'],
  browser: ['standard-schema'], // what a page can load
  otel: ['root', 'index'], // what is published to everybody, and what its users can do
  // what its users can do with the library, and the commands that it asks for beside that
  cli: ['index', 'checks', 'flat', 'wire', 'streams/position'],
  index: ['root', 'wire', 'streams', 'acks', 'sources', 'consumers', 'operators'],
};

/** The only places that may name the Redis client, and only its types. */
const clientFiles = /^(wire\/(client|ioredis|cluster)|testing\/.+)\.ts$/;
/** Types of the client's options; and the files that make clients, for those who hand in a URL. */
const nestFiles = /^nestjs\/.+\.ts$/;
const makesClients = /^(nestjs|cli)\/connect\.ts$/;
/** What `/nestjs` may load. */
const ofNest = /^@nestjs\/(common|core|microservices)$/;
/** The only place that may load the in-memory client. */
const mockFiles = /^testing\/.+\.ts$/;
/** The only place that may know OpenTelemetry. */
const otelFiles = /^otel\/.+\.ts$/;
/** What a page can load: nothing of Node. */
const inBrowsers = /^(browser\/.+|standard-schema)\.ts$/;
/** No rxjs at all. */
const withoutRxjs = /^(streams\/.+|acks\/(ledger|tracker|journal))\.ts$/;
/** No clock and no randomness at all: they arrive in arguments and events. */
const pure = /^(streams\/.+|acks\/(ledger|tracker|journal)|(?!index)[^/]+)\.ts$/;
/** Timers come from a scheduler, except here. */
const mayTime = /^(wire|testing)\//;

const timers = ['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'process.nextTick', 'Date.now', 'new Date()'];
const impurities = [
  ...timers,
  'performance.now',
  'Math.random',
  'process.hrtime',
  'randomUUID',
  'randomBytes',
  'getRandomValues',
];

const warnAbove = 150;
const failAbove = 200;
const banned = /(^|\/|-)(utils?|helpers?|common|misc|manager)(-|\.ts$)/;

export interface Verdict {
  problems: string[];
  warnings: string[];
}

/** Checks all files of `src/`: path from there (`wire/port.ts`) → text. */
export function checkLayers(files: ReadonlyMap<string, string>): Verdict {
  const problems: string[] = [];
  const warnings: string[] = [];
  const edges = new Map<string, Set<string>>();

  for (const [path, text] of files) {
    const problem = (what: string): void => void problems.push(`src/${path}: ${what}`);
    const own = layerOf(path);
    if (!own) {
      problem(`is in no layer; the layers are ${Object.keys(mayImport).join(', ')}`);
      continue;
    }
    if (!/^([a-z0-9-]+\/)*[a-z0-9]+(-[a-z0-9]+)*\.ts$/.test(path)) problem('file names are kebab-case');
    if (banned.test(path)) problem('is named after no idea');
    const lines = text.trimEnd().split('\n').length;
    if (lines > failAbove) problem(`has ${lines} lines, more than ${failAbove}: look for the second idea`);
    else if (lines > warnAbove) warnings.push(`src/${path}: has ${lines} lines, more than ${warnAbove}`);

    const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
    for (const { specifier, typeOnly } of importsOf(source)) {
      if (specifier.startsWith('.')) {
        const target = join(dirname(path), specifier).replace(/\.js$/, '.ts');
        const layer = layerOf(target);
        if (!layer || !files.has(target)) {
          problem(`imports ${specifier}, which is no file of src/`);
        } else if (layer !== own) {
          if (!mayImport[own].includes(layer) && !mayImport[own].includes(target.replace(/\.ts$/, ''))) {
            problem(`${own} may not import ${target}`);
          }
          edges.set(own, (edges.get(own) ?? new Set<string>()).add(layer));
        }
      } else if (specifier === 'rxjs' || specifier.startsWith('rxjs/')) {
        if (withoutRxjs.test(path)) problem('may not import rxjs');
        else if (own === 'root' && !typeOnly) problem('may import only types from rxjs');
      } else if (/^ioredis(6|\/|$)/.test(specifier)) {
        if (!clientFiles.test(path) && !nestFiles.test(path) && !makesClients.test(path))
          problem('may not know the Redis client');
        else if (!typeOnly && !mockFiles.test(path) && !makesClients.test(path))
          problem('may import only types from the Redis client');
      } else if (specifier === 'ioredis-mock') {
        if (!mockFiles.test(path)) problem('may not import ioredis-mock');
      } else if (specifier.startsWith('@nestjs/')) {
        if (!nestFiles.test(path)) problem(`may not import ${specifier}: only nestjs/ knows Nest`);
        else if (!ofNest.test(specifier)) problem(`imports ${specifier}, which not every user of Nest has`);
      } else if (specifier === '@opentelemetry/api') {
        if (!otelFiles.test(path)) problem('may not know OpenTelemetry');
      } else if (!specifier.startsWith('node:')) {
        problem(`imports ${specifier}, which users do not have`);
      } else if (inBrowsers.test(path)) {
        problem(`may not import ${specifier}: browsers do not have it`);
      } else if (own === 'streams') {
        problem(`may not import ${specifier}: no I/O here`);
      }
    }

    const forbidden = pure.test(path) ? impurities : mayTime.test(path) ? [] : timers;
    for (const used of globalsOf(source)) {
      if (forbidden.includes(used)) problem(`uses ${used}: time and chance arrive as arguments`);
    }
  }
  problems.push(...cyclesOf(edges).map((cycle) => `folders import each other: ${cycle}`));
  return { problems, warnings };
}

function layerOf(path: string): Layer | undefined {
  if (path === 'index.ts') return 'index';
  const [folder, file] = path.split('/');
  if (file === undefined) return 'root';
  return folder !== undefined && folder !== 'root' && folder in mayImport ? (folder as Layer) : undefined;
}

/** Imports, re-exports, `import()` and `import('…').Type`. */
function importsOf(source: ts.SourceFile): { specifier: string; typeOnly: boolean }[] {
  const found: { specifier: string; typeOnly: boolean }[] = [];
  const add = (node: ts.Node | undefined, typeOnly: boolean): void => {
    if (node && ts.isStringLiteralLike(node)) found.push({ specifier: node.text, typeOnly });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      const clause = node.importClause;
      const names = clause?.namedBindings && ts.isNamedImports(clause.namedBindings) ? clause.namedBindings.elements : undefined;
      const onlyTypeNames = !clause?.name && names !== undefined && names.length > 0 && names.every((name) => name.isTypeOnly);
      add(node.moduleSpecifier, clause?.phaseModifier === ts.SyntaxKind.TypeKeyword || onlyTypeNames);
    } else if (ts.isExportDeclaration(node)) {
      add(node.moduleSpecifier, node.isTypeOnly);
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add(node.argument.literal, true);
    } else if (ts.isCallExpression(node)) {
      const callee = node.expression;
      if (callee.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(callee) && callee.text === 'require'))
        add(node.arguments[0], false);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** Bare names, `object.member` pairs and `new Date()`, as they stand in the code: comments and strings do not count. */
function globalsOf(source: ts.SourceFile): Set<string> {
  const found = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAccessExpression(node)) {
      const object = node.expression.getText(source).replace(/^globalThis\./, '');
      found.add(object === 'globalThis' || object === 'crypto' ? node.name.text : `${object}.${node.name.text}`);
      return visit(node.expression); // `scheduler.setTimeout` is no global
    }
    if (ts.isNewExpression(node) && node.expression.getText(source) === 'Date' && !node.arguments?.length)
      found.add('new Date()');
    if (ts.isIdentifier(node)) found.add(node.text);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function cyclesOf(edges: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const cycles = new Set<string>();
  const walk = (layer: string, path: string[]): void => {
    const start = path.indexOf(layer);
    if (start >= 0) {
      const members = path.slice(start);
      const first = members.indexOf([...members].sort()[0] ?? layer); // the same cycle reads the same from wherever it was entered
      cycles.add([...members.slice(first), ...members.slice(0, first), members[first]].join(' → '));
      return;
    }
    for (const next of edges.get(layer) ?? []) walk(next, [...path, layer]);
  };
  for (const layer of edges.keys()) walk(layer, []);
  return [...cycles];
}
