import { existsSync } from 'node:fs';
import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { startRedis } from './redis-server.js';

test('starts on a port and folder of its own, and leaves neither', async () => {
  const [one, two] = await Promise.all([startRedis(), startRedis()]);
  const redis = new Redis(one.url, { maxRetriesPerRequest: 0 });
  expect(await redis.xadd('s', '1-1', 'a', 'b')).toBe('1-1');
  expect(one.port).not.toBe(two.port);
  redis.disconnect();
  await Promise.all([one.stop(), two.stop()]);
  await one.stop();
  expect(existsSync(one.dir)).toBe(false);
  expect(() => process.kill(one.pid, 0)).toThrow(/ESRCH/);
});

test('restarts on the same port with what its append-only file holds', async () => {
  const server = await startRedis({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] });
  const pid = server.pid;
  const before = new Redis(server.url);
  await before.xadd('s', '1-1', 'a', 'b');
  before.disconnect();
  await server.restart({ signal: 'SIGKILL' });
  const after = new Redis(server.url);
  expect(await after.xlen('s')).toBe(1);
  expect(server.pid).not.toBe(pid);
  after.disconnect();
  await server.stop();
});

test('says what the server said when it cannot start', async () => {
  await expect(startRedis({ args: ['--no-such-option', 'x'] })).rejects.toThrow(/no-such-option/);
});
