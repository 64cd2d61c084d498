/** Ends subscriptions in every way there is, and reports what keeps the process alive after each; then it has to end by itself. */
import { setTimeout as sleep } from 'node:timers/promises';
import { firstValueFrom, lastValueFrom, NEVER, take, takeUntil, timer, type Observable } from 'rxjs';
import { ackAfter, fromGroup, fromStreams, whenIdle, type Delivery, type GroupOptions } from '../../../../src/index.js';
import { report } from '../../../support/child.js';
import { clientOf } from './client.js';

const port = Number(process.argv[2]);
const redis = clientOf(port);
await redis.ping();
const baseline = resources();
let name = 0;

const source = (options: Partial<GroupOptions> = {}) =>
  fromGroup(redis, { streams: 's', group: 'g', consumer: `c${++name}`, autoCreate: { from: '0' }, ...options });
const add = (n: number): Promise<unknown> => Promise.all(Array.from({ length: n }, (_, i) => redis.xadd('s', '*', 'n', i)));
const work = ({ id }: Delivery): string => id;
const settled = (end: Observable<unknown>): Promise<unknown> =>
  lastValueFrom(end, { defaultValue: undefined }).catch(() => undefined);
const stop = (): AbortSignal => AbortSignal.timeout(30);

const ways: Record<string, () => Promise<unknown>> = {
  unsubscribed: async () => {
    const subscription = source().pipe(ackAfter(work)).subscribe();
    await add(3);
    subscription.unsubscribe();
  },
  'take, in the middle of a batch': async () => {
    await add(10);
    await settled(source().pipe(ackAfter(work), take(2)));
  },
  'takeUntil above': () => settled(source().pipe(takeUntil(timer(30)), ackAfter(work))),
  drained: async () => {
    await add(3);
    await settled(source({ until: 'drained' }).pipe(ackAfter(work)));
  },
  signal: () => settled(source({ signal: stop() }).pipe(ackAfter(work))),
  'a project failed': async () => {
    await add(3);
    await settled(source().pipe(ackAfter(() => Promise.reject(new Error('failed')))));
  },
  'drainTimeout ran out': async () => {
    await add(1);
    await settled(source({ signal: stop(), drainTimeout: 50 }).pipe(ackAfter(() => NEVER)));
  },
  refused: async () => {
    await redis.set('text', 'text');
    await settled(source({ streams: 'text' }));
  },
  'a plain subscriber that settles nothing': async () => {
    await add(3);
    await firstValueFrom(source());
  },
  standalone: () => settled(fromStreams(redis, { streams: { s: '0' } }).pipe(take(3))),
  'a full window': async () => {
    await add(10);
    await settled(source({ bufferSize: 2 }).pipe(takeUntil(timer(50))));
  },
};

for (const [way, end] of Object.entries(ways)) {
  await end();
  await whenIdle(redis);
  // A socket that is closed takes the server, and Node, a moment to forget.
  for (let tries = 0; tries < 50 && (left().length > 0 || (await connections()) > 2); tries++) await sleep(5);
  report({ way, left: left(), connections: await connections() });
}
await redis.quit();
report({ quit: true });

function resources(): string[] {
  return process.getActiveResourcesInfo().filter((each) => !each.startsWith('FS') && each !== 'PipeWrap' && each !== 'TTYWrap');
}
function left(): string[] {
  const rest = [...baseline];
  return resources().filter((each) => {
    const at = rest.indexOf(each);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
}
/** Ours, that of the test's admin, and those that should not be. */
async function connections(): Promise<number> {
  return String(await redis.call('CLIENT', 'LIST'))
    .trim()
    .split('\n').length;
}
