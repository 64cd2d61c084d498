/** XADDs whose replies are lost, or that cannot reach Redis: added again, and where the server knows repeats again, once. */
import { interval, lastValueFrom, map, range, take, tap, toArray, type Observable } from 'rxjs';
import { expect, it } from 'vitest';
import { isStreamsError, publishTo, type PublishOptions } from '../../../src/index.js';
import { eventually } from '../../support/eventually.js';
import { ground } from './ground.js';
import { notebook } from './notebook.js';

const on = ground();

/** Redis 8.6 does. */
async function knowsRepeats(): Promise<boolean> {
  return on.admin.call('XADD', 'probe', 'IDMP', 'p', '1', '*', 'f', 'v').then(
    () => true,
    () => false,
  );
}
const numbers = async (): Promise<number[]> => (await on.admin.xrange('out', '-', '+')).map(([, [, n]]) => Number(n));
const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const numbered: PublishOptions<number> = { encode: (n) => ({ n }) };

/** All are there in their order; each once, where the server knows repeats again. */
async function allAreThere(n: number): Promise<void> {
  const added = await numbers();
  expect([...new Set(added)]).toEqual(upTo(n));
  if (await knowsRepeats()) expect(added).toEqual(upTo(n));
}

it.each([
  ['ioredis sends again by itself', {}],
  ['ioredis gives up at once', { maxRetriesPerRequest: 0 }],
  ['ioredis does not send again', { autoResendUnfulfilledCommands: false, maxRetriesPerRequest: 0 }],
])('replies are lost, again and again: nothing is lost, and ids come in order (%s)', async (_, options) => {
  const proxy = await on.proxy();
  const redis = on.client({ port: proxy.port, ...options });
  await eventually(() => redis.status === 'ready', 'the client is ready');
  const told = notebook();
  let seen = 0;
  const cutting = proxy.cutReplies((chunk, { lastRequest }) => /xadd/i.test(lastRequest) && ++seen % 3 === 0, { times: 5 });
  const published = range(0, 400).pipe(publishTo(redis, 'out', { ...numbered, concurrency: 20, notify: told.notify }), toArray());
  const ids = await lastValueFrom(published);
  expect(cutting.cuts).toBe(5);
  expect(ids).toHaveLength(400);
  const added = new Map((await on.admin.xrange('out', '-', '+')).map(([id, [, n]]) => [id, Number(n)]));
  expect(ids.map((id) => added.get(id))).toEqual(upTo(400));
  await allAreThere(400);
  if ('maxRetriesPerRequest' in options) expect(told.of('retrying').some(({ what }) => what === 'publish')).toBe(true);
});

it('Redis cannot be reached for a while: what comes meanwhile waits, and is added when it is back', async () => {
  const proxy = await on.proxy();
  const redis = on.client({ port: proxy.port, maxRetriesPerRequest: 0 });
  const told = notebook();
  const away = (n: number): void => {
    if (n === 20) {
      proxy.refuse(true);
      proxy.cut();
    }
    if (n === 60) proxy.refuse(false);
  };
  const source: Observable<number> = interval(5).pipe(take(100), tap(away));
  const ids = await lastValueFrom(source.pipe(publishTo(redis, 'out', { ...numbered, notify: told.notify }), toArray()));
  expect(ids).toHaveLength(100);
  await allAreThere(100);
  expect(told.of('retrying').length).toBeGreaterThan(0);
});

it('too many come meanwhile: PUBLISH_OVERFLOW, and no more are held than that', async () => {
  const proxy = await on.proxy();
  const redis = on.client({ port: proxy.port, maxRetriesPerRequest: 0 });
  await lastValueFrom(range(0, 1).pipe(publishTo(redis, 'out', numbered)));
  proxy.refuse(true);
  proxy.cut();
  const taken: number[] = [];
  const source = interval(1).pipe(tap((n) => taken.push(n)));
  const error: unknown = await lastValueFrom(
    source.pipe(publishTo(redis, 'out', { ...numbered, concurrency: 10, maxWaiting: 50 })),
  ).catch((thrown: unknown) => thrown);
  proxy.refuse(false);
  expect(isStreamsError(error) && error.code).toBe('PUBLISH_OVERFLOW');
  expect(taken.length).toBeLessThanOrEqual(10 + 50 + 1);
});

it('unsubscribed while Redis cannot be reached: nothing is left, and nothing is added any more', async () => {
  const proxy = await on.proxy();
  const redis = on.client({ port: proxy.port, maxRetriesPerRequest: 0 });
  await lastValueFrom(range(0, 1).pipe(publishTo(redis, 'out', numbered)));
  proxy.refuse(true);
  proxy.cut();
  const told = notebook();
  const subscription = interval(1)
    .pipe(
      map((n) => n + 1),
      publishTo(redis, 'out', { ...numbered, notify: told.notify }),
    )
    .subscribe();
  await eventually(() => told.of('retrying').length > 0, 'it tries again');
  subscription.unsubscribe();
  proxy.refuse(false);
  await eventually(() => redis.ping().then((pong) => pong === 'PONG'), 'the client is back');
  expect(await numbers()).toEqual([0]);
});
