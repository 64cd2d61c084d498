/** Does a slow subscriber in front of 200,000 entries keep the pending list and the memory bounded? */
import { Redis } from 'ioredis';
import { startRedis } from '../test/support/redis-server.js';
import { runSide } from './run-side.js';

const SECONDS = 20;

interface Result {
  worked: number;
  mostPending: number;
  rssSecondThird: number;
  rssLastThird: number;
}

export async function slowSubscriber(): Promise<boolean> {
  const server = await startRedis();
  const redis = new Redis(server.port);
  for (let i = 0; i < 200_000;) {
    const pipeline = redis.pipeline();
    for (const end = i + 1_000; i < end; i++) pipeline.xadd('bench', '*', 'n', String(i), 'text', 'x'.repeat(80));
    await pipeline.exec();
  }
  await redis.quit();
  const { worked, mostPending, rssSecondThird, rssLastThird } = await runSide<Result>('slow.mjs', [
    String(server.port),
    String(SECONDS),
  ]);
  await server.stop();
  console.table([
    {
      seconds: SECONDS,
      'entries worked': worked,
      'most pending': mostPending,
      'RSS MiB, second third': rssSecondThird.toFixed(1),
      'RSS MiB, last third': rssLastThird.toFixed(1),
    },
  ]);
  const bars = [
    { bar: 'pending at most 200 (window 100 + unconfirmed acks)', is: mostPending, met: mostPending > 0 && mostPending <= 200 },
    {
      bar: 'RSS of the last third at most 1.1 of the second',
      is: rssLastThird / rssSecondThird,
      met: rssLastThird / rssSecondThird <= 1.1,
    },
  ];
  for (const { bar, is, met } of bars) console.log(`${met ? 'met   ' : 'MISSED'} ${bar}: ${is.toFixed(2)}`);
  return bars.every(({ met }) => met);
}
