import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChild } from './child.js';
import { freePort } from './free-port.js';
import { keep, type Server } from './server.js';

/**
 * A redis-server that has lost nothing of what it said when it is killed: each command is in its file before it is answered. (With the
 * default `everysec` it writes up to 2 s later while an fsync takes its time; no fsync at all is needed, as the machine is not killed.)
 */
export async function startRedis(): Promise<Server> {
  const port = await freePort();
  const dir = await mkdtemp(join(tmpdir(), 'nest-angular-dashboard-'));
  const kept = ['--save', '', '--appendonly', 'yes', '--appendfsync', 'no'];
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, ...kept];
  const binary = process.env['REDIS_SERVER'] ?? 'redis-server';
  const server = await keep(`redis://127.0.0.1:${port}`, () =>
    startChild(binary, { args, ready: 'Ready to accept connections' }),
  );
  return {
    ...server,
    async stop() {
      await server.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
