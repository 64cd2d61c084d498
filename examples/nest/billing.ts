import { Inject, Injectable, UseFilters } from '@nestjs/common';
import { ReplaySubject, tap, type Observable } from 'rxjs';
import { exponentialDelay } from 'rxjs-redis-streams';
import { OnStream, type RedisStreamsContext } from 'rxjs-redis-streams/nestjs';
import { Bank } from './bank.js';
import { Expected } from './expected.filter.js';
import { DEAD, type Order } from './order.js';

/** Charges orders: one after another for each customer, eight customers at a time. */
@Injectable()
@UseFilters(Expected)
export class Billing {
  readonly #done = new ReplaySubject<string>(100);
  /** What became of the orders. A real service would have a database. */
  readonly done = this.#done.asObservable();

  constructor(@Inject(Bank) private readonly bank: Bank) {}

  @OnStream('orders', {
    group: 'billing',
    concurrency: 8,
    key: (order: { value: Order }) => order.value.customer,
    redeliver: { maxDeliveries: 3, delay: exponentialDelay({ first: 50 }), deadLetter: DEAD },
  })
  charge(order: Order, context: RedisStreamsContext): Observable<string> {
    return this.bank
      .charge(order, context.attempt)
      .pipe(tap((paid) => this.#done.next(`${paid}, at attempt ${context.attempt}`)));
  }

  /** What was given up, with its last error: a person has to look at it. */
  @OnStream('dead orders', { group: 'complaints' })
  complain(order: Order, { delivery }: RedisStreamsContext): void {
    this.#done.next(`${order.customer} did not pay ${order.amount}: ${delivery.pairs.at(-1)?.[1] ?? 'nobody knows why'}`);
  }
}
