import { Redis } from 'ioredis';
import { interval, map, mergeMap, range, scan } from 'rxjs';
import { publishTo, whenIdle } from 'rxjs-redis-streams';

const ORDERS = 'dashboard:orders';

/** Adds orders, so many each second, whatever becomes of the API and of Redis; then says which there are. */
export function ordersAt(url: string, { rate }: { rate: number }) {
  const redis = new Redis(url, { maxRetriesPerRequest: null, retryStrategy: () => 50 });
  redis.on('error', () => undefined); // it is killed here
  const began = Date.now();
  const adding = interval(10)
    .pipe(
      map(() => Math.floor(((Date.now() - began) * rate) / 1_000)),
      scan(({ due: made }, due) => ({ made, due }), { made: 0, due: 0 }),
      mergeMap(({ made, due }) => range(made, due - made)),
      publishTo(redis, ORDERS, { encode: (number) => ({ customer: 'ann', amount: number + 1 }), maxWaiting: Infinity }),
    )
    .subscribe();
  const end = async (): Promise<void> => {
    adding.unsubscribe();
    await whenIdle(redis);
  };
  return {
    /** Ends it. Gives the ids of all that is in the stream, in order, and how many that were in a second. */
    async stop(): Promise<{ ids: string[]; perSecond: number }> {
      const seconds = (Date.now() - began) / 1_000;
      await end();
      const ids = (await redis.xrange(ORDERS, '-', '+')).map(([id]) => id);
      return { ids, perSecond: Math.round(ids.length / seconds) };
    },
    async close(): Promise<void> {
      await end();
      redis.disconnect();
    },
  };
}
