/** The command line of the package as it is installed: by its name, with npx, against a server. */
import { spawnSync } from 'node:child_process';
import { chmod, mkdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { startRedis } from '../test/support/redis-server.js';

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** `app` has the package and its peers in `node_modules`, nothing else. */
export async function checkCommandLine(app: string): Promise<void> {
  await linkBin(join(app, 'node_modules'));
  const server = await startRedis();
  try {
    const npx = (...args: string[]): Ran => {
      const env = { ...process.env, REDIS_URL: server.url, npm_config_update_notifier: 'false' };
      const { status, stdout, stderr } = spawnSync('npx', ['--no', '--', 'rxjs-redis-streams', ...args], {
        cwd: app,
        env,
        encoding: 'utf8',
      });
      return { code: status, out: stdout, err: stderr };
    };
    const version = (
      JSON.parse(await readFile(join(app, 'node_modules/rxjs-redis-streams/package.json'), 'utf8')) as { version: string }
    ).version;
    expectEnd('--version', npx('--version'), { code: 0, out: `${version}\n` });
    expectEnd('--help', npx('--help'), { code: 0, out: 'Usage: rxjs-redis-streams <command>' });
    expectEnd('replay orders', npx('replay', 'orders'), { code: 2, out: '' });
    await add(server.port);
    const entry = '{"stream":"orders","id":"1-1","fields":{"number":"1"}}\n';
    expectEnd('tail --json', npx('tail', 'orders', '--from', '0', '--count', '1', '--json'), { code: 0, out: entry });
    expectEnd('doctor', npx('doctor'), { code: 0, out: 'ok       server      ' });
  } finally {
    await server.stop();
  }
  console.log('command line: runs as installed');
}

/** As npm does. */
async function linkBin(modules: string): Promise<void> {
  const { bin } = JSON.parse(await readFile(join(modules, 'rxjs-redis-streams/package.json'), 'utf8')) as {
    bin: Record<string, string>;
  };
  await mkdir(join(modules, '.bin'));
  for (const [name, path] of Object.entries(bin)) {
    const file = join(modules, 'rxjs-redis-streams', path);
    await chmod(file, 0o755);
    await symlink(file, join(modules, '.bin', name));
  }
}

async function add(port: number): Promise<void> {
  const redis = new Redis(port);
  await redis.xadd('orders', '1-1', 'number', '1');
  redis.disconnect();
}

function expectEnd(what: string, { code, out, err }: Ran, expected: { code: number; out: string }): void {
  if (code === expected.code && out.startsWith(expected.out)) return;
  throw new Error(`rxjs-redis-streams ${what}: exit code ${code}, not ${expected.code}, or another output: ${out}${err}`);
}
