import { Redis } from 'ioredis';

/** Entries of three fields, about 110 bytes each: made by the server, a thousand at a time. */
const SCRIPT = `
  local note = string.rep('x', 60)
  for i = tonumber(ARGV[1]), tonumber(ARGV[2]) - 1 do
    redis.call('XADD', KEYS[i % #KEYS + 1], '*', 'customer', 'customer-' .. i % 977, 'amount', i * 7919 % 100000, 'note', note)
  end`;

/** So many entries in the stream `bench`, or spread over the streams that are named. */
export async function fill(port: number, entries: number, streams: readonly string[] = ['bench']): Promise<void> {
  const redis = new Redis(port);
  for (let i = 0; i < entries; i += 1_000) {
    await redis.eval(SCRIPT, streams.length, ...streams, i, Math.min(i + 1_000, entries));
  }
  await redis.quit();
}
