import type { Redis } from 'ioredis';
import { ackAfter, fromGroup, whenIdle } from 'rxjs-redis-streams';
import { instrumentStreams, observeGroupLag } from 'rxjs-redis-streams/otel';

/** After the SDK has started, which registers its providers. */
export function work(redis: Redis, charge: (fields: object) => Promise<void>): () => Promise<void> {
  const switchOff = instrumentStreams({ attributes: { 'server.address': 'redis.internal' } });
  const stopLag = observeGroupLag(redis, { streams: 'orders', group: 'billing' }); // in one process of the group
  const working = fromGroup(redis, { streams: 'orders', group: 'billing', consumer: 'billing-1' })
    .pipe(ackAfter(({ fields }) => charge(fields)))
    .subscribe({ error: console.error });

  return async () => {
    working.unsubscribe();
    await whenIdle(redis);
    stopLag();
    switchOff(); // and then shut down the SDK, which sends what is left
    await redis.quit();
  };
}
