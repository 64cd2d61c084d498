import { Inject, Injectable, UseFilters } from '@nestjs/common';
import type { Observable } from 'rxjs';
import { exponentialDelay } from 'rxjs-redis-streams';
import { OnStream, type RedisStreamsContext } from 'rxjs-redis-streams/nestjs';
import { Bank } from './bank.js';
import { Expected } from './expected.filter.js';
import { BILLING, DEAD } from './keys.js';
import type { Order } from './order.js';

/** Charges orders, sixteen at a time: three attempts, and then they are put away. What a killed process left comes first. */
@Injectable()
@UseFilters(Expected)
export class Billing {
  constructor(@Inject(Bank) private readonly bank: Bank) {}

  @OnStream('orders', {
    group: BILLING,
    concurrency: 16,
    backlogFirst: true,
    redeliver: { maxDeliveries: 3, delay: exponentialDelay({ first: 500 }), deadLetter: DEAD },
  })
  charge(order: Order, { attempt }: RedisStreamsContext): Observable<string> {
    return this.bank.charge(order, attempt);
  }
}
