import { Redis } from 'ioredis';

/** Entries of three fields, about 110 bytes each, in the stream `bench`. */
export async function fill(port: number, entries: number): Promise<void> {
  const redis = new Redis(port);
  for (let i = 0; i < entries;) {
    const pipeline = redis.pipeline();
    for (const end = i + 1_000; i < end; i++) {
      pipeline.xadd(
        'bench',
        '*',
        'customer',
        `customer-${i % 977}`,
        'amount',
        String((i * 7919) % 100_000),
        'note',
        'x'.repeat(60),
      );
    }
    await pipeline.exec();
  }
  await redis.quit();
}
