/** Subscribes, waits until the read is blocked, and unsubscribes, again and again; reports what there is before and after. */
import { getEventListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { ackAfter, backlogFirst, fromGroup, fromStreams, whenIdle, type Notice } from '../../../src/index.js';
import { clientOf } from '../../integration/faults/children/client.js';
import { report } from '../../support/child.js';

const [port, cycles] = process.argv.slice(2).map(Number) as [number, number];
const redis = clientOf(port);
const abort = new AbortController();
await redis.ping();

/** Of each kind how many; `closed`: subscriptions that told their end. */
interface Counts {
  connections: number;
  listeners: Record<string, number>;
  resources: string[];
}

async function counts(): Promise<Counts> {
  const list = String(await redis.call('CLIENT', 'LIST')).trim();
  const events = (redis as unknown as NodeJS.EventEmitter).eventNames();
  return {
    connections: list.split('\n').length,
    listeners: {
      ...Object.fromEntries(events.map((name) => [String(name), redis.listenerCount(name as string)])),
      abort: getEventListeners(abort.signal, 'abort').length,
      process: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name as 'exit'), 0),
    },
    resources: process.getActiveResourcesInfo().filter((each) => !/^FS|^PipeWrap$|^TTYWrap$/.test(each)),
  };
}
async function blocked(): Promise<boolean> {
  return String(await redis.call('CLIENT', 'LIST'))
    .split('\n')
    .some((line) => / flags=\S*b/.test(line));
}

const told = { joined: 0, closed: 0 };
const notify = ({ type }: Notice): void => {
  if (type === 'joined' || type === 'closed') told[type] += 1;
};
const options = { timeout: 30_000, signal: abort.signal, notify };
const sources = [
  () => fromGroup(redis, { ...options, streams: 's', group: 'g', consumer: 'c' }).pipe(backlogFirst(), ackAfter()),
  () => fromGroup(redis, { ...options, streams: ['s', 't'], group: 'h' }).pipe(ackAfter()), // a generated name, which is removed
  () => fromStreams(redis, { ...options, streams: ['s', 't'] }),
];

async function cycle(n: number): Promise<void> {
  const subscription = sources[n % sources.length]!().subscribe();
  while (!(await blocked())) await sleep(1);
  subscription.unsubscribe();
  await whenIdle(redis);
}

for (let n = 0; n < sources.length; n++) await cycle(n); // what is made once and kept, is made now
const before = await counts();
for (let n = 0; n < cycles; n++) await cycle(n);
let after = await counts();
// A socket that is closed takes the server, and Node, a moment to forget.
for (let tries = 0; tries < 50 && JSON.stringify(after) !== JSON.stringify(before); tries++) {
  await sleep(10);
  after = await counts();
}
report({ before, after, told });
await redis.quit();
report({ quit: true });
