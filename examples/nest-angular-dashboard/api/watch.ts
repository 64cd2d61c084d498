import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { exhaustMap, NEVER, retry } from 'rxjs';
import { groupLag, publishTo, type GroupLag } from 'rxjs-redis-streams';
import { InjectRedis } from 'rxjs-redis-streams/nestjs';
import type { Figures } from './figures.js';
import { BILLING, DEAD, FIGURES, KEPT, ORDERS } from './keys.js';

/** Looks how it goes, twice a second, and adds that to a stream: so a page that comes again, or later, has the last two minutes. */
@Injectable()
export class Watch implements OnApplicationBootstrap, OnModuleDestroy {
  #running = NEVER.subscribe();

  constructor(@InjectRedis() private readonly redis: Redis) {}

  onApplicationBootstrap(): void {
    const logger = new Logger(Watch.name);
    this.#running = groupLag(this.redis, { streams: ORDERS, group: BILLING, every: 500 })
      .pipe(
        exhaustMap((lag) => this.#figures(lag)),
        publishTo(this.redis, FIGURES, { encode: (figures) => ({ figures: JSON.stringify(figures) }), maxLength: KEPT.figures }),
        retry({ delay: 500 }), // nobody has made the group yet, say
      )
      .subscribe({ error: (error: unknown) => logger.error(error) });
  }

  onModuleDestroy(): void {
    this.#running.unsubscribe();
  }

  async #figures({ at, total }: GroupLag): Promise<Figures> {
    const [info, oldest, count, newest] = await Promise.all([
      this.redis.xinfo('STREAM', ORDERS) as Promise<unknown[]>,
      this.redis.xpending(ORDERS, BILLING, '-', '+', 5) as Promise<[id: string, consumer: string, idle: number, times: number][]>,
      this.redis.xlen(DEAD),
      this.redis.xrevrange(DEAD, '+', '-', 'COUNT', 1),
    ]);
    return {
      at,
      added: Number(info[info.indexOf('entries-added') + 1]),
      lag: total.lag,
      pending: total.pending,
      oldest: oldest.map(([id, consumer, , deliveries]) => ({ id, consumer, deliveries })),
      dead: { count, newest: newest[0]?.[0] ?? '' },
    };
  }
}
