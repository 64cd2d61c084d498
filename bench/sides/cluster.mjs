/** One side of cluster.ts: one busy stream among so many; ms from XADD to the subscriber. */
import { Cluster } from 'ioredis';
import { ackAfter, fromGroup, whenIdle } from '../../dist/esm/index.js';
import { setTimeout as sleep } from 'node:timers/promises';

const [addresses, count] = [JSON.parse(process.argv[2]), Number(process.argv[3])];
const ENTRIES = 2_000;
const redis = new Cluster(addresses);
const producer = new Cluster(addresses);
const name = `bench${process.pid}`;
const streams = Array.from({ length: count }, (_, i) => `${name}:${i}`);
const took = [];
let joined = 0;

const subscription = fromGroup(redis, {
  ...{ streams, group: 'g', consumer: 'c', timeout: 2_000 },
  notify: ({ type }) => (joined += type === 'joined' ? 1 : 0),
})
  .pipe(ackAfter(({ fields }) => took.push(performance.now() - Number(fields.at))))
  .subscribe();
while (joined < count) await sleep(10);
await sleep(500);
const connections = (await Promise.all(producer.nodes('master').map((node) => node.client('LIST'))))
  .join('')
  .match(/ flags=\w*b/g).length;
for (let i = 0; i < ENTRIES; i++) {
  await producer.xadd(streams[0], '*', 'at', performance.now());
  if (i % 4 === 0) await sleep(1);
}
while (took.length < ENTRIES) await sleep(5);
subscription.unsubscribe();
await whenIdle(redis);
redis.disconnect();
producer.disconnect();
took.splice(0, 100); // warming up
took.sort((a, b) => a - b);
console.log(JSON.stringify({ p50: took[took.length >> 1], p99: took[Math.floor(took.length * 0.99)], connections }));
