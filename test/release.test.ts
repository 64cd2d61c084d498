import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseDocument } from 'yaml';

const root = join(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const manifest = JSON.parse(read('package.json')) as {
  name: string;
  version: string;
  license: string;
  files: string[];
  exports: Record<string, unknown>;
};

interface Job {
  uses?: string;
  needs?: string;
  permissions?: Record<string, string>;
  steps?: { uses?: string; run?: string; with?: Record<string, unknown>; env?: unknown }[];
}
interface Workflow {
  permissions: Record<string, string>;
  jobs: Record<string, Job>;
}

function workflow(file: string): Workflow {
  const document = parseDocument(read(`.github/workflows/${file}`));
  expect([...document.errors, ...document.warnings]).toEqual([]);
  return document.toJS() as Workflow;
}

const files = readdirSync(join(root, '.github/workflows'));

describe.each(files)('the workflow %s', (file) => {
  test('may only read, unless a job says what for', () => {
    expect(workflow(file).permissions).toEqual({ contents: 'read' });
  });

  test('uses actions of one commit each, named with its version', () => {
    const used = [...read(`.github/workflows/${file}`).matchAll(/^ +-? *uses: (.+)$/gm)].map(([, action]) => action!);
    expect(used.length).toBeGreaterThan(0);
    for (const action of used)
      expect(action).toMatch(/^\.\/\.github\/workflows\/ci\.yml$|^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  test('knows no secret', () => {
    expect(read(`.github/workflows/${file}`)).not.toContain('secrets.');
  });
});

test('ci runs what anybody can run', () => {
  expect(workflow('ci.yml').jobs['test']?.steps?.at(-1)?.run).toBe('bash .ci/run');
});

test('release publishes what ci has passed, with an identity instead of a token, from a Node whose npm can', () => {
  const { test: first, publish } = workflow('release.yml').jobs;
  expect(first?.uses).toBe('./.github/workflows/ci.yml');
  expect(publish?.needs).toBe('test');
  expect(publish?.permissions).toEqual({ contents: 'write', 'id-token': 'write' });
  const node = publish?.steps?.find(({ uses }) => uses?.startsWith('actions/setup-node@'));
  expect(node?.with?.['node-version']).toBeGreaterThanOrEqual(24);
  expect(publish?.steps?.map(({ run }) => run)).toContain('npm publish');
});

test('the changelog begins with the version of the package', () => {
  expect(/^## (.+)$/m.exec(read('CHANGELOG.md'))?.[1]).toBe(manifest.version);
  expect(read('CHANGELOG.md').startsWith(`# ${manifest.name}\n`)).toBe(true);
});

test('a changeset names this package and the kind of its change', () => {
  const pending = readdirSync(join(root, '.changeset')).filter((file) => file.endsWith('.md'));
  for (const file of pending)
    expect(read(`.changeset/${file}`)).toMatch(new RegExp(`^---\n['"]${manifest.name}['"]: (patch|minor|major)\n---\n\n\\S`));
  expect(JSON.parse(read('.changeset/config.json'))).toMatchObject({ access: 'public', baseBranch: 'main' });
});

test('the licence is the one that package.json names', () => {
  expect(read('LICENSE').startsWith(`${manifest.license} License\n`)).toBe(true);
});

test('every subpath has its report, and is in the documentation site', () => {
  const subpaths = Object.keys(manifest.exports).filter((path) => path !== './package.json');
  const names = subpaths.map((path) => (path === '.' ? 'main' : path.slice(2)));
  expect(readdirSync(join(root, 'api')).sort()).toEqual(names.map((name) => `${name}.api.md`).sort());
  const { entryPoints } = JSON.parse(read('typedoc.json')) as { entryPoints: string[] };
  expect(entryPoints.sort()).toEqual(names.map((name) => (name === 'main' ? 'src/index.ts' : `src/${name}/index.ts`)).sort());
});
