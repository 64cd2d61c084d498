/** The caller's client may be set up in ways that would harm a reader: none of them reaches ours, and every promise holds. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RedisOptions } from 'ioredis';
import { firstValueFrom, lastValueFrom, retry, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { ackAfter, fromGroup, fromStreams, untilDrained, whenIdle } from '../../../src/index.js';
import { eventually } from '../../support/eventually.js';
import { ground } from './ground.js';
import { notebook } from './notebook.js';

const on = ground();
const six: [string, RedisOptions][] = [
  ['RESP3', { protocol: 3 } as RedisOptions],
  ['RESP3 with resp3 mapping', { protocol: 3, replyMapping: 'resp3' } as RedisOptions],
  ['RESP2', { protocol: 2 } as RedisOptions],
];
const clients: [string, RedisOptions][] = [
  ['keyPrefix', { keyPrefix: 'app:' }],
  ['commandTimeout', { commandTimeout: 800 }],
  ['enableAutoPipelining', { enableAutoPipelining: true }],
  ['lazyConnect', { lazyConnect: true }],
  ['all of them', { keyPrefix: 'app:', commandTimeout: 800, enableAutoPipelining: true, lazyConnect: true }],
  ['a database of its own', { db: 3 }],
  ...(process.env['IOREDIS_MAJOR'] === '6' ? six : []),
];

describe.each(clients)('%s', (_, options) => {
  it('work, failure, retry, takeover, vanished group and closing', async () => {
    const redis = on.client(options);
    const block = 400 + (options.commandTimeout ?? 0); // longer than the commandTimeout
    const told = notebook();
    const ids: string[] = [];
    for (let i = 0; i < 60; i++) ids.push((await redis.xadd('s', '*', 'n', i)) ?? '');
    const done: string[] = [];
    const failed = new Set<string>();
    const subscription = fromGroup(redis, {
      streams: 's',
      group: 'g',
      consumer: 'c',
      bufferSize: 10,
      timeout: block,
      autoCreate: { from: '0' },
      notify: told.notify,
    })
      .pipe(
        ackAfter(
          async ({ id, stream }) => {
            expect(stream).toBe('s');
            await sleep(1);
            if (ids.indexOf(id) % 20 === 5 && !failed.has(id)) {
              failed.add(id);
              throw new Error('the first time');
            }
            done.push(id);
          },
          { concurrency: 3 },
        ),
        retry(),
      )
      .subscribe();
    await eventually(() => done.length >= 60, 'all are done');
    expect(done.toSorted()).toEqual(ids.toSorted());
    await sleep(block + 200); // longer than the commandTimeout and the block: nothing may come of it
    expect(told.of('retrying')).toEqual([]);
    // XGROUP of ioredis 5 does not add the prefix.
    const key = `${options.keyPrefix ?? ''}s`;
    const admin = on.admin.duplicate({ db: options.db ?? 0 });
    await admin.xgroup('DESTROY', key, 'g');
    await eventually(() => told.of('healed').length === 1, 'it is healed');
    const more = (await redis.xadd('s', '*', 'n', 60)) ?? '';
    await eventually(() => done.length >= 61, 'the next came');
    expect(done.at(-1)).toBe(more);
    await eventually(async () => ((await admin.xpending(key, 'g')) as [number])[0] === 0, 'nothing is pending');
    admin.disconnect();
    subscription.unsubscribe();
    await whenIdle(redis);
    expect(told.all.at(-1)).toEqual({ type: 'closed' });
  });

  it('giving back and fromStreams', async () => {
    const redis = on.client(options);
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.push((await redis.xadd('s', '*', 'n', i)) ?? '');
    const source = fromGroup(redis, { streams: 's', group: 'g', consumer: 'c', autoCreate: { from: '0' } });
    await firstValueFrom(source);
    await whenIdle(redis);
    const again = await lastValueFrom(
      source.pipe(
        untilDrained(),
        ackAfter(({ attempt }) => attempt),
        toArray(),
      ),
    );
    expect(again).toEqual([2, 1, 1, 1, 1]);
    const all = await lastValueFrom(fromStreams(redis, { streams: { s: '0' }, until: 'drained' }).pipe(toArray()));
    expect(all.map(({ id, fields }) => [id, fields['n']])).toEqual(ids.map((id, i) => [id, `${i}`]));
    await whenIdle(redis);
  });
});

it('more than ten subscriptions on one client are no warning of Node', async () => {
  const warnings: Error[] = [];
  const listen = (warning: Error): void => void warnings.push(warning);
  process.on('warning', listen);
  const redis = on.client();
  const before = redis.listenerCount('end');
  const subscriptions = Array.from({ length: 15 }, (_, i) =>
    fromGroup(redis, { streams: 's', group: 'g', consumer: `c${i}` }).subscribe(),
  );
  await on.blocked(15);
  for (const subscription of subscriptions) subscription.unsubscribe();
  await whenIdle(redis);
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', listen);
  expect(warnings).toEqual([]);
  expect(redis.listenerCount('end')).toBe(before);
});
