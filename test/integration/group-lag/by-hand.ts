import type { Redis } from 'ioredis';

/** Where stream `s` and its group `g` stand, one command after another, every entry counted. */
export async function byHand(redis: Redis): Promise<object> {
  const groups = ((await redis.xinfo('GROUPS', 's')) as unknown[][]).map(named);
  const delivered = String(groups.find(({ name }) => name === 'g')?.['last-delivered-id']);
  const ahead = await redis.xrange('s', `(${delivered}`, '+');
  const [pending, oldest] = (await redis.xpending('s', 'g')) as [number, string | null];
  const consumers = ((await redis.xinfo('CONSUMERS', 's', 'g')) as unknown[][]).map(named);
  return {
    ...{ length: await redis.xlen('s'), lag: ahead.length, lagIs: 'exact', pending },
    firstAhead: ahead[0]?.[0],
    oldest: oldest ?? undefined,
    consumers: consumers.map(({ name, pending }) => ({ name, pending })),
  };
}

function named(flat: readonly unknown[]): Record<string, unknown> {
  const pairs = flat.flatMap((name, index): [string, unknown][] => (index % 2 === 0 ? [[String(name), flat[index + 1]]] : []));
  return Object.fromEntries(pairs);
}
