/** Orders become invoices, and invoices letters: two stages with a stream between them, so that no result is lost or comes twice. */
import { from, lastValueFrom } from 'rxjs';
import { ackAfter, backlogFirst, forwardTo, fromGroup, publishTo, untilDrained, whenIdle } from 'rxjs-redis-streams';
import { connect } from './redis.js';

// The braces make them neighbours on a Cluster: a script can reach both.
const [orders, invoices] = ['example:09:{billing}:orders', 'example:09:{billing}:invoices'];
const redis = connect();
await redis.del(orders, invoices); // what an interrupted run may have left

const baskets = [
  { customer: 'ann', total: 30 },
  { customer: 'bob', total: 12 },
  { customer: 'cem', total: 7 },
];
const last = await lastValueFrom(from(baskets).pipe(publishTo(redis, orders, { maxLength: 10_000 })));
console.log(
  `orders: ${await redis.xlen(orders)}, up to ${last === (await redis.xrevrange(orders, '+', '-', 'COUNT', 1))[0]?.[0]}`,
);

const stage = (streams: string, group: string) =>
  fromGroup(redis, { streams, group, consumer: `${group}-1`, autoCreate: { from: '0' } }).pipe(backlogFirst(), untilDrained());

// The invoice is added and the order acked in one script: there is one invoice for each order, whatever dies in between.
await lastValueFrom(
  stage(orders, 'invoicing').pipe(
    forwardTo(
      invoices,
      async ({ id, fields }) => ({ order: id, to: fields['customer'] ?? '', sum: Number(fields['total']) * 1.19 }),
      { concurrency: 8, maxLength: 10_000 },
    ),
  ),
);
console.log(`invoices: ${await redis.xlen(invoices)}, orders pending: ${String((await redis.xpending(orders, 'invoicing'))[0])}`);

await lastValueFrom(
  stage(invoices, 'post').pipe(
    ackAfter(({ fields }) => console.log(`Dear ${fields['to']}, it is ${Number(fields['sum']).toFixed(2)}.`)),
  ),
);

await whenIdle(redis);
await redis.del(orders, invoices);
await redis.quit();

// expect: orders: 3, up to true
// expect: invoices: 3, orders pending: 0
// expect: Dear cem, it is 8.33.
