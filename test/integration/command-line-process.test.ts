/** The command line as a process of its own: signals, pipes, terminals, and how it ends. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runChild, type Child } from '../support/child.js';
import { freePort, startRedis, type RedisServer } from '../support/redis-server.js';

const SECRET = 'S3CRET';
const main = 'src/cli/main.ts';
const root = fileURLToPath(new URL('../../', import.meta.url));
let server: RedisServer;
let admin: Redis;

beforeAll(async () => {
  server = await startRedis();
  admin = new Redis(server.port);
  for (let i = 0; i < 20_000; i += 1_000) {
    const adding = admin.pipeline();
    for (let j = i; j < i + 1_000; j++) adding.xadd('big', '*', 'n', j, 'text', 'x'.repeat(50));
    await adding.exec();
  }
  await admin.xgroup('CREATE', 'orders', 'billing', '0', 'MKSTREAM');
});
afterAll(async () => {
  admin.disconnect();
  await server.stop();
});

const start = (...args: string[]): Child => runChild(main, { args, env: { REDIS_URL: server.url }, timeout: 60_000 });

/** A line of a shell; `$cli` is the command line. */
function shell(line: string, env: Record<string, string> = {}): Promise<{ code: number; stdout: string; stderr: string }> {
  const all = {
    ...process.env,
    NODE_OPTIONS: '',
    REDIS_URL: server.url,
    cli: `${process.execPath} --import tsx ${main}`,
    ...env,
  };
  return new Promise((resolve) => {
    execFile('sh', ['-c', line], { cwd: root, env: all, timeout: 60_000 }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, stdout, stderr });
    });
  });
}

describe('a live command', () => {
  it.each([
    ['SIGINT', 'tail', 'orders'],
    ['SIGTERM', 'lag', '--watch', '--every', '100ms'],
  ] as const)('%s ends %s: with exit code 0, and nothing left open that could keep the process', async (signal, ...args) => {
    const child = start(...args);
    if (args[0] === 'tail') {
      const adding = setInterval(() => void admin.xadd('orders', '*', 'n', 1), 50);
      await child.line(/n=1$/);
      clearInterval(adding);
    } else await child.line(/orders billing lag=/);
    child.kill(signal);
    const { code, signal: by, stderr } = await child.ended;
    expect({ code, by, stderr }).toEqual({ code: 0, by: null, stderr: '' });
  });
});

it('| head ends quietly', async () => {
  const { code, stdout, stderr } = await shell('{ $cli tail big --from 0 --json; echo "exit code $?" >&2; } | head -n 2');
  expect({ code, stderr, lines: stdout.trim().split('\n').length }).toEqual({ code: 0, stderr: 'exit code 0\n', lines: 2 });
});

it('prints all of it into a pipe that is read slowly', async () => {
  const { stdout } = await shell('$cli tail big --from 0 --once --json | { sleep 1; wc -l; }');
  expect(stdout.trim()).toBe('20000');
});

it('nobody is there: a sentence on stderr, exit code 3, no stack and no password', async () => {
  const port = await freePort();
  const { code, stdout, stderr } = await shell('$cli lag --watch', { REDIS_URL: `redis://:${SECRET}@127.0.0.1:${port}` });
  expect({ code, stdout, stderr }).toEqual({
    code: 3,
    stdout: '',
    stderr: `Cannot connect to Redis at 127.0.0.1:${port}: connect ECONNREFUSED 127.0.0.1:${port}. Is the server up? Say where it is with --url redis://host:port, or in REDIS_URL.\n`,
  });
});
