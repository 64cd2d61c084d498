import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, totalmem } from 'node:os';

/** On what a run was made: figures of two machines are not to be compared, ratios with care. */
export function circumstances(): Record<string, string | number> {
  const [cpu] = cpus();
  return {
    cpu: cpu?.model.trim() ?? 'unknown',
    cores: cpus().length,
    'memory GiB': Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
    redis:
      /v=(\S+)/.exec(execFileSync(process.env['REDIS_SERVER'] ?? 'redis-server', ['--version']).toString())?.[1] ?? 'unknown',
    ...Object.fromEntries(
      ['rxjs', 'ioredis', 'ioredis6', '@redis/client', 'iovalkey', 'bullmq', 'redis-streams-broker'].map((name) => [
        name,
        versionOf(name),
      ]),
    ),
  };
}

/** As the sides find it. */
function versionOf(name: string): string {
  const paths = createRequire(new URL('../sides/measured.mjs', import.meta.url)).resolve.paths(name) ?? [];
  for (const path of paths) {
    try {
      return (JSON.parse(readFileSync(`${path}/${name}/package.json`, 'utf8')) as { version: string }).version;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return 'not installed';
}
