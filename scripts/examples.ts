/** Runs every example as its reader would: alone, on the in-memory Redis and on a real server; and looks for the lines it promises. */
import { spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { startRedis } from '../test/support/redis-server.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const examples = (await readdir(`${root}/examples`, { recursive: true }))
  .filter((file) => /^(\d\d-[^/]*|[^/]*\/main)\.ts$/.test(file))
  .sort();
if (examples.length === 0) throw new Error('no examples found');
const failures: string[] = [];

for (const file of examples) {
  const promised = promises(await readFile(`${root}/examples/${file}`, 'utf8'));
  if (promised.length === 0) failures.push(`${file}: declares no "// expect: ..." line`);
  await check(file, promised);
  const server = await startRedis();
  await check(file, promised, server.url);
  await server.stop();
}
for (const failure of failures) console.error(`\n${failure}`);
console.log(`examples: ${examples.length} on the in-memory Redis and on a real server, ${failures.length} failures`);
process.exitCode = failures.length > 0 ? 1 : 0;

/** The comment lines at its end, `// expect: text`: each text must stand in the output, in that order. */
function promises(text: string): string[] {
  return [...text.matchAll(/^\/\/ expect: (.+)$/gm)].map(([, expected]) => expected!.trim());
}

async function check(file: string, promised: string[], url?: string): Promise<void> {
  const where = url ? 'a real server' : 'the in-memory Redis';
  const started = performance.now();
  const { code, signal, output } = await runExample(file, url);
  const missing = firstMissing(output, promised);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const wrong =
    code !== 0 ? `ended with ${signal ?? `exit code ${code}`}` : missing !== undefined ? `did not print "${missing}"` : undefined;
  console.log(`${wrong ? 'FAILED' : 'ok    '}  ${file} on ${where} (${seconds} s)`);
  if (wrong) failures.push(`${file} on ${where} ${wrong}. Its output:\n${output}`);
}

function firstMissing(output: string, promised: string[]): string | undefined {
  let from = 0;
  return promised.find((text) => {
    const at = output.indexOf(text, from);
    if (at >= 0) from = at + text.length;
    return at < 0;
  });
}

function runExample(file: string, url?: string): Promise<{ code: number | null; signal: NodeJS.Signals | null; output: string }> {
  const env = { ...process.env };
  if (url) env['REDIS_URL'] = url;
  else delete env['REDIS_URL'];
  const child = spawn(process.execPath, ['--import', 'tsx', `examples/${file}`], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  const timer = setTimeout(() => child.kill('SIGKILL'), 60_000);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, output });
    });
  });
}
