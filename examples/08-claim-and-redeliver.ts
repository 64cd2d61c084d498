/** A charger dies with work in its hands. Another one adopts it, tries again what fails, and puts away what fails too often. */
import { lastValueFrom, toArray } from 'rxjs';
import {
  ackAfter,
  claimIdle,
  exponentialDelay,
  fromGroup,
  redeliver,
  replayDeadLetters,
  untilDrained,
  whenIdle,
} from 'rxjs-redis-streams';
import { connect } from './redis.js';

const [stream, dead, group] = ['example:08:orders', 'example:08:orders:dead', 'billing'];
const redis = connect();
await redis.del(stream, dead); // what an interrupted run may have left
for (let number = 1; number <= 5; number++) await redis.xadd(stream, '*', 'number', number);

await redis.xgroup('CREATE', stream, group, '0');
await redis.xreadgroup('GROUP', group, 'charger-1', 'COUNT', 3, 'STREAMS', stream, '>'); // and there it dies
await new Promise((resolve) => setTimeout(resolve, 400));

const charged = await lastValueFrom(
  fromGroup(redis, { streams: stream, group, consumer: 'charger-2', lease: { renewEvery: 100 } }).pipe(
    claimIdle({ minIdle: 300 }), // adopts what nobody has touched for that long: three times renewEvery at least
    redeliver({ maxDeliveries: 3, delay: exponentialDelay({ first: 20 }), deadLetter: dead }),
    untilDrained(),
    ackAfter(
      (order) => {
        const number = Number(order.fields['number']);
        if (number === 4) throw new Error('no such customer'); // whenever it is tried
        if (number === 5 && order.attempt < 2) throw new Error('the bank is busy');
        return `${number} (${order.origin}, attempt ${order.attempt})`;
      },
      { onError: 'nack' }, // comes again after its delay
    ),
    toArray(),
  ),
);
console.log(`charged: ${charged.join(', ')}`);

const letters = await redis.xrange(dead, '-', '+');
console.log(`dead letters: ${letters.map(([, fields]) => `order ${fields[1]}: ${fields.at(-1)}`).join(', ')}`);
const { found, replayed } = await replayDeadLetters(redis, { from: dead, dryRun: false }); // once the customer is there
console.log(`put back: ${replayed} of ${found}`);

await whenIdle(redis);
await redis.del(stream, dead);
await redis.quit();

// expect: charged: 1 (claimed, attempt 2), 2 (claimed, attempt 2), 3 (claimed, attempt 2), 5 (redelivered, attempt 2)
// expect: dead letters: order 4: no such customer
// expect: put back: 1 of 1
