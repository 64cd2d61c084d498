import fc from 'fast-check';
import { Redis } from 'ioredis';
import { createMemoryRedis } from 'rxjs-redis-streams/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startRedis, type RedisServer } from '../support/redis-server.js';
import { Coverage } from './memory-differential/coverage.js';
import { FIXED } from './memory-differential/fixed.js';
import { normalise } from './memory-differential/normalise.js';
import { script, type Step } from './memory-differential/scripts.js';
import { connect, type Side, type Woken } from './memory-differential/side.js';
import { trimming } from './memory-differential/trimming.js';

/*
 * The judge of the in-memory Redis: random scripts of stream commands run against it and against a real server 7.0, and every reply
 * and error text must be the same. Where `REDIS_SERVER` is another one, that of the PATH is it. MEMORY_DIFFERENTIAL_RUNS asks for more than 2,000.
 */

/** With fewer, chance may well leave a command or an option out. On ioredis 6 the same engine answers: a quarter shows what 6 makes of it. */
const isFirstMajor = process.env['IOREDIS_MAJOR'] !== '6';
const ENOUGH = isFirstMajor ? 2000 : 500;
const RUNS = Math.max(ENOUGH, Number(process.env['MEMORY_DIFFERENTIAL_RUNS'] ?? 0));

const coverage = new Coverage();
let server: RedisServer;
let real: Side;
let memory: Side;

beforeAll(async () => {
  const args = ['--hz', '500']; // a BLOCK that ran out is noticed at once
  server = await startRedis({ args });
  if (!(await is70(server))) {
    await server.stop();
    server = await startRedis({ args, binary: 'redis-server' });
    expect(await is70(server)).toBe(true);
  }
  const client = createMemoryRedis();
  real = await connect((options) => new Redis(server.port, '127.0.0.1', { ...options, protocol: 2 } as object));
  memory = await connect((options) => client.duplicate(options));
  client.disconnect();
});

afterAll(async () => {
  memory?.close();
  real?.close();
  await server?.stop();
});

it(
  'answers like a real Redis 7.0',
  async () => {
    await fc.assert(
      fc.asyncProperty(script, async (steps) => {
        const [expected, actual] = [await play(real, steps, coverage), await play(memory, steps)];
        expect(actual).toEqual(expected);
      }),
      { numRuns: RUNS },
    );
  },
  60_000 + RUNS * 500,
);

it(
  'packs entries in nodes like a real one, which decides what approximate trimming leaves',
  async () => {
    await fc.assert(
      fc.asyncProperty(trimming, async (steps) => {
        const [expected, actual] = [await play(real, steps), await play(memory, steps)];
        expect(actual).toEqual(expected);
      }),
      { numRuns: Math.ceil(RUNS / 10) },
    );
  },
  60_000 + RUNS * 500,
);

it.each(Object.entries(FIXED))('answers like a real one: %s', async (_, steps) => {
  const [expected, actual] = [await play(real, steps, coverage), await play(memory, steps)];
  expect(actual).toEqual(expected);
});

if (isFirstMajor) {
  it('has tried every command, option and refusal', () => {
    if (process.env['MEMORY_DIFFERENTIAL_TABLE']) console.log(coverage.table);
    expect(coverage.missing).toEqual([]);
  });
}

async function is70({ port }: RedisServer): Promise<boolean> {
  const redis = new Redis(port, '127.0.0.1');
  const info = await redis.info('server');
  redis.disconnect();
  return /^redis_version:7\.0\./m.test(info);
}

/** What each step answered, then what is in the database. */
async function play(side: Side, steps: readonly Step[], seen?: Coverage): Promise<unknown[]> {
  await side.reset();
  const log: unknown[] = [];
  const ended = (woken: Woken, how: string): void => {
    const [reader, request, outcome] = woken;
    seen?.ended(woken);
    log.push([`reader ${reader} ${how}`, normalise(request, outcome)]);
  };
  for (const step of steps) {
    const answer = await side.run(step);
    seen?.note(step, answer);
    log.push([show(step), normalise(step, answer)]);
    for (const woken of await side.woken()) ended(woken, 'woke');
  }
  for (const woken of await side.release()) ended(woken, 'released');
  for (const step of await side.dump()) log.push([show(step), normalise(step, await side.run(step))]);
  return log;
}

function show(step: Step): string {
  const words = step.commands.map((command) => command.map(String).join(' ')).join('; ');
  return `${step.kind} ${step.client}: ${words.length > 200 ? `${words.slice(0, 200)}…` : words}`;
}
