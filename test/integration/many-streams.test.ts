/** Thousands of streams in one consumer: what a command names, what the window holds, and that nobody starves. */
import { expect, it } from 'vitest';
import { ackAfter, fromGroup, fromStreams, whenIdle } from '../../src/index.js';
import { eventually } from '../support/eventually.js';
import { ground } from './faults/ground.js';

const on = ground();

const STREAMS = 5_000;
const names = Array.from({ length: STREAMS }, (_, i) => `tenant:${i}`);

async function fillEach(n: number): Promise<void> {
  const pipeline = on.admin.pipeline();
  for (const stream of names) for (let i = 0; i < n; i++) pipeline.xadd(stream, '*', 'n', i);
  await pipeline.exec();
}

it('5,000 streams in one group consumer: all of it comes, in bounded commands, and a busy one keeps nobody waiting', async () => {
  await fillEach(2);
  const redis = on.client();
  const watching = await on.admin.monitor();
  const reads: { streams: number; count: number; block: boolean }[] = [];
  watching.on('monitor', (_: unknown, args: string[]) => {
    if (args[0]?.toUpperCase() !== 'XREADGROUP') return;
    const word = (name: string): number => args.findIndex((each) => each.toUpperCase() === name);
    reads.push({
      streams: (args.length - word('STREAMS') - 1) / 2,
      count: Number(args[word('COUNT') + 1]),
      block: word('BLOCK') > 0,
    });
  });
  let came = 0;
  let held = 0;
  let mostHeld = 0;
  const seen = new Map<string, number>();
  const running = fromGroup(redis, { streams: names, group: 'g', autoCreate: { from: '0' }, bufferSize: 256 })
    .pipe(
      ackAfter(
        ({ stream }) => {
          held += 1;
          mostHeld = Math.max(mostHeld, held);
          seen.set(stream, (seen.get(stream) ?? 0) + 1);
          came += 1;
          return Promise.resolve().then(() => void (held -= 1));
        },
        { concurrency: 10_000 },
      ),
    )
    .subscribe();
  try {
    await eventually(() => came === 2 * STREAMS, 'all of it came', { within: 40_000 });
    await on.blocked(5);
    expect([...seen.values()].every((n) => n === 2)).toBe(true);
    expect(Math.max(...reads.map(({ streams }) => streams))).toBeLessThanOrEqual(1_000);
    expect(Math.max(...reads.map(({ count }) => count))).toBeLessThanOrEqual(256);
    // What does not wait brings no more than there is room for; the readers' slices are 64 at least.
    const most = Math.max(...reads.filter(({ block }) => !block).map(({ streams, count }) => streams * count));
    expect(most).toBeLessThanOrEqual(256);
    expect(mostHeld).toBeLessThanOrEqual(256 + 5 * 63);

    // One is busy; an entry of each of the others comes all the same, long before the busy one is done.
    const busy = on.admin.pipeline();
    for (let i = 0; i < 20_000; i++) busy.xadd('tenant:0', '*', 'n', i);
    for (const stream of names.slice(1)) busy.xadd(stream, '*', 'n', 2);
    const before = came;
    await busy.exec();
    await eventually(() => came === before + 20_000 + STREAMS - 1, 'all of that came too', { within: 40_000 });
    expect([...seen].filter(([stream, n]) => stream !== 'tenant:0' && n !== 3)).toEqual([]);
  } finally {
    watching.disconnect();
    running.unsubscribe();
  }
  await whenIdle(redis);
  const pending = await Promise.all(names.map((stream) => on.admin.xpending(stream, 'g') as Promise<[number]>));
  expect(pending.reduce((sum, [n]) => sum + n, 0)).toBe(0);
});

it('an entry on one of 5,000 silent streams is there at once', async () => {
  const redis = on.client();
  const came: string[] = [];
  const running = fromStreams(redis, { streams: names }).subscribe(({ stream }) => came.push(stream));
  await on.blocked(5);
  for (const stream of ['tenant:4999', 'tenant:17']) {
    await on.admin.xadd(stream, '*', 'n', 1);
    await eventually(() => came.at(-1) === stream, 'it came', { within: 2_000 });
    await on.blocked(5);
  }
  expect(came).toEqual(['tenant:4999', 'tenant:17']);
  running.unsubscribe();
  await on.closes(redis);
});
