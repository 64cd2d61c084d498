/**
 * How large the package is in an application: bundled with its peers left out, minified, gzipped. Each figure has a bound here, and
 * stands in docs/size.md; with `--write` that table is written anew.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { entryPoints } from './entry-points.js';

/** Bytes at most; a bound is raised on purpose, with what it brings. */
const bounds: Record<string, number> = {
  'rxjs-redis-streams': 65_200,
  'rxjs-redis-streams/testing': 70_000,
  'rxjs-redis-streams/nestjs': 69_000,
  'rxjs-redis-streams/sse': 9_200,
  'rxjs-redis-streams/browser': 2_000,
  'rxjs-redis-streams/otel': 23_000,
};
/** What an application loads that uses only this. */
const applications: Record<string, { names: string; bound: number }> = {
  'a reader: `fromStreams`': { names: 'fromStreams', bound: 53_000 },
  'a worker: `fromGroup`, `ackAfter`': { names: 'fromGroup, ackAfter', bound: 57_500 },
  'a pull consumer: `GroupConsumer`': { names: 'GroupConsumer', bound: 54_500 },
};
/** The table may be so far from what is measured, in parts of it, before it has to be written anew. */
const tolerance = 0.03;

const root = fileURLToPath(new URL('..', import.meta.url));
const page = `${root}docs/size.md`;
const doors = await entryPoints();
const problems: string[] = [];
const rows: { what: string; bytes: number }[] = [];

for (const { name, module } of doors)
  rows.push(await measure(`\`${name}\``, `export * from ${JSON.stringify(module)};`, bounds[name]));
const main = JSON.stringify(doors.find(({ short }) => short === 'main')?.module);
for (const [what, { names, bound }] of Object.entries(applications)) {
  rows.push(await measure(what, `import { ${names} } from ${main}; globalThis.used = [${names}];`, bound));
}
await compare();
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;

async function measure(what: string, contents: string, bound: number | undefined): Promise<{ what: string; bytes: number }> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root },
    packages: 'external',
    ...{ bundle: true, minify: true, write: false, format: 'esm', platform: 'node', target: 'node20', legalComments: 'none' },
  });
  const bytes = gzipSync(outputFiles[0]!.contents).length;
  console.log(`size: ${what} ${bytes} bytes of at most ${bound ?? '?'}`);
  if (bound === undefined) problems.push(`${what} has no bound: give it one in scripts/sizes.ts.`);
  else if (bytes > bound)
    problems.push(
      `${what} is ${bytes} bytes, more than ${bound}: make it smaller, or raise the bound in scripts/sizes.ts on purpose.`,
    );
  return { what, bytes };
}

async function compare(): Promise<void> {
  const text = await readFile(page, 'utf8');
  const [before, rest] = text.split('<!-- sizes -->\n');
  const [table, after] = rest?.split('<!-- /sizes -->') ?? [];
  if (before === undefined || table === undefined || after === undefined)
    throw new Error('docs/size.md has no <!-- sizes --> … <!-- /sizes -->');
  const cells = rows.map(({ what, bytes }) => `| ${what} | ${(bytes / 1000).toFixed(1)} kB |\n`).join('');
  if (process.argv.includes('--write')) {
    await writeFile(
      page,
      `${before}<!-- sizes -->\n| what is bundled | minified, gzipped |\n| --- | --- |\n${cells}<!-- /sizes -->${after}`,
    );
    return;
  }
  for (const { what, bytes } of rows) {
    const told =
      Number(
        table
          .split('\n')
          .find((line) => line.startsWith(`| ${what} | `))
          ?.split(' | ')[1]
          ?.split(' ')[0],
      ) * 1000;
    if (!(Math.abs(told - bytes) <= tolerance * bytes))
      problems.push(`docs/size.md does not tell that ${what} is ${bytes} bytes: run "npm run regenerate".`);
  }
}
