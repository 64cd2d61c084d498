/** A producer adds orders; two consumers of one group share them; one of them crashes half-way and comes back to its backlog. */
import { setTimeout as sleep } from 'node:timers/promises';
import { lastValueFrom } from 'rxjs';
import { ackAfter, backlogFirst, bufferRefill, fromGroup, whenIdle } from 'rxjs-redis-streams';
import { connect } from './redis.js';

const [stream, group, total] = ['example:01:orders', 'billing', 60];
const redis = connect();
await redis.del(stream); // what an interrupted run may have left

const billed = new Set<string | undefined>();
const bills: string[] = []; // by whom, for each bill
const allBilled = new AbortController();

async function bill(consumer: string, { crashAt = Infinity } = {}): Promise<void> {
  const client = redis.duplicate(); // a connection of its own, as in a process of its own
  let count = 0;
  const options = { streams: stream, group, consumer, autoCreate: { from: '0' }, signal: allBilled.signal };
  const work = fromGroup(client, options).pipe(
    backlogFirst(), // what this consumer left unfinished comes before anything fresh
    bufferRefill({ size: 10, refillAt: 5 }), // at most ten orders in hand
    ackAfter(async (order) => {
      await sleep(20);
      if (++count === crashAt) {
        client.disconnect(); // the plug is pulled: nothing can be acked or given back any more
        throw new Error('power cut');
      }
      bills.push(`${consumer}, ${order.origin}`);
      if (billed.add(order.fields['number']).size === total) allBilled.abort();
    }),
  );
  await lastValueFrom(work, { defaultValue: undefined }); // resolves once every ack is confirmed
  await whenIdle(client);
  await client.quit();
}

async function produce(): Promise<void> {
  for (let number = 1; number <= total; number++) {
    await redis.xadd(stream, '*', 'number', number);
    if (number > 20) await sleep(5); // a pile at first, then a trickle
  }
  console.log(`producer: ${total} orders added`);
}

const ben = bill('ben', { crashAt: 12 }).catch(async (error: Error) => {
  const inHand = await redis.xpending(stream, group, '-', '+', total, 'ben');
  console.log(`ben: crashed (${error.message}) with ${inHand.length} orders in hand; starts again`);
  return bill('ben');
});
await Promise.all([produce(), bill('ana'), ben]);
const by = (who: string): number => bills.filter((each) => each === who).length;
console.log(`ana: ${by('ana, fresh')} orders; ben: ${by('ben, fresh')}, and ${by('ben, backlog')} from its backlog`);
const [pending] = await redis.xpending(stream, group);
console.log(`${billed.size} of ${total} orders billed, ${bills.length - billed.size} of them twice; pending: ${String(pending)}`);
process.exitCode = billed.size === total && pending === 0 ? 0 : 1;
await redis.del(stream).then(() => redis.quit());

// expect: ben: crashed (power cut) with
// expect: 60 of 60 orders billed,
// expect: pending: 0
