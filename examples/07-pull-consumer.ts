/** The same without RxJS: ask for one entry, or loop until there is none. */
import { Consumer, GroupConsumer, whenIdle } from 'rxjs-redis-streams';
import { connect } from './redis.js';

const [orders, returns] = ['example:07:orders', 'example:07:returns'];
const redis = connect();
await redis.del(orders, returns); // what an interrupted run may have left

// A standalone consumer begins after the last entry that is there when it opens.
const reader = new Consumer(redis, { streams: [orders], timeout: 1_000 });
await reader.open();
for (let number = 1; number <= 4; number++) await redis.xadd(orders, '*', 'number', number);
const first = await reader.getEntry();
console.log(`reader: order ${first?.fields['number'] ?? 'none'}`);
await redis.xadd(returns, '*', 'number', 1);
await reader.addStream(returns, { from: '0' });
for await (const { stream, fields } of reader) {
  console.log(`reader: ${stream === orders ? 'order' : 'return'} ${fields['number'] ?? ''}`);
}
await reader.close();

// Consumers of a group share the entries, and each entry is to be settled.
const options = { streams: [orders], group: 'billing', consumer: 'billing-1', autoCreate: { from: '0' } };
{
  await using consumer = new GroupConsumer(redis, options);
  for await (const order of consumer) {
    if (Number(order.fields['number']) % 2 === 1) await order.ack();
  }
} // closed here
{
  await using consumer = new GroupConsumer(redis, { ...options, startFromBacklog: true });
  for await (const order of consumer) {
    console.log(`left over: order ${order.fields['number'] ?? ''}, attempt ${order.attempt}`);
    await order.ack();
  }
}
const [pending] = await redis.xpending(orders, 'billing');
console.log(`pending: ${String(pending)}`);

await whenIdle(redis);
await redis.del(orders, returns);
await redis.quit();

// expect: reader: order 1
// expect: reader: order 2
// expect: reader: order 4
// expect: left over: order 2, attempt 2
// expect: left over: order 4, attempt 2
// expect: pending: 0
