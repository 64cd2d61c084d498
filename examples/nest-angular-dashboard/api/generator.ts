import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { interval, map, mergeMap, NEVER, range, retry, scan, switchMap, type Observable } from 'rxjs';
import { publishTo } from 'rxjs-redis-streams';
import { InjectRedis } from 'rxjs-redis-streams/nestjs';
import { KEPT, ORDERS } from './keys.js';
import type { Order } from './order.js';
import { SettingsService } from './settings.js';

/** Zoe is one in twenty-five. */
const CUSTOMERS = ['ann', 'bob', 'cem', 'dora', 'eva', 'finn'];

/** Makes orders, as many each second as is set. */
@Injectable()
export class Generator implements OnApplicationBootstrap, OnModuleDestroy {
  #running = NEVER.subscribe();

  constructor(
    @InjectRedis() private readonly redis: Redis,
    @Inject(SettingsService) private readonly settings: SettingsService,
  ) {}

  onApplicationBootstrap(): void {
    const logger = new Logger(Generator.name);
    this.#running = this.settings.changes
      .pipe(
        switchMap(({ rate }) => (rate === 0 ? NEVER : orders(rate))),
        publishTo(this.redis, ORDERS, { encode: ({ customer, amount }) => ({ customer, amount }), maxLength: KEPT.orders }),
        retry({ delay: 1_000 }),
      )
      .subscribe({ error: (error: unknown) => logger.error(error) });
  }

  onModuleDestroy(): void {
    this.#running.unsubscribe();
  }
}

/** In each tick as many as are due by the clock. */
function orders(rate: number): Observable<Order> {
  const began = Date.now();
  return interval(20).pipe(
    map(() => Math.floor(((Date.now() - began) * rate) / 1_000)),
    scan(({ due: made }, due) => ({ made, due }), { made: 0, due: 0 }),
    mergeMap(({ made, due }) => range(made, due - made)),
    map(order),
  );
}

function order(): Order {
  const customer = Math.random() < 0.04 ? 'zoe' : CUSTOMERS[Math.floor(Math.random() * CUSTOMERS.length)]!;
  return { customer, amount: 1 + Math.floor(Math.random() * 500) };
}
