import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runChild } from '../support/child.js';
import { fillStream, type Filled } from '../support/real-input.js';
import { startRedis, type RedisServer } from '../support/redis-server.js';

const ENTRIES = 100_000;
/** What slots make of them is the same on both majors. */
const CONCURRENCIES = process.env['IOREDIS_MAJOR'] === '6' ? [1] : [1, 8, 64];

let server: RedisServer;
let filled: Filled;

beforeAll(async () => {
  server = await startRedis();
  const redis = new Redis(server.port);
  filled = await fillStream(redis, 'real', { entries: ENTRIES, seed: 20_261_123 });
  await redis.quit();
}, 120_000);
afterAll(() => server.stop());

describe('100,000 entries nobody hand-picked', () => {
  for (const concurrency of CONCURRENCIES) {
    it(`are drained at concurrency ${concurrency}, each once, in less than 200 MB`, { timeout: 180_000 }, async () => {
      const args = [process.env['IOREDIS_MAJOR'] ?? '5', String(server.port), String(concurrency)];
      const { code, stderr, reports } = await runChild('test/support/drain-real-input.ts', { args, timeout: 170_000 }).ended;
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      const [report = {}] = reports;
      const { ordered, unordered } = filled.digest;
      expect(report).toMatchObject({ count: ENTRIES, unordered, twice: 0, pending: 0, mostAtOnce: concurrency });
      if (concurrency === 1) expect(report['ordered']).toBe(ordered);
      expect(report['peakRss']).toBeLessThan(200);
    });
  }
});
