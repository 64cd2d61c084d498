/** An ack that cannot reach Redis is sent again until it is confirmed, and reading pauses when too many wait. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ackAfter, fromGroup, whenIdle, type Delivery } from '../../../src/index.js';
import { eventually } from '../../support/eventually.js';
import { ground } from './ground.js';
import { notebook } from './notebook.js';

const on = ground();

describe('acks that cannot reach Redis', () => {
  it.each([
    ['ioredis waits by itself', {}],
    ['ioredis gives up at once', { maxRetriesPerRequest: 0 }],
    ['ioredis has no queue', { enableOfflineQueue: false }],
  ])('for a second: confirmed at last, nothing runs twice (%s)', async (_, options) => {
    const proxy = await on.proxy();
    const ids = await on.filled(50);
    const redis = on.client({ port: proxy.port, ...options });
    await eventually(() => redis.status === 'ready', 'the client is ready');
    const told = notebook();
    const done: string[] = [];
    let away = false;
    const subscription = fromGroup(redis, { streams: 's', group: 'g', consumer: 'c', timeout: 300, notify: told.notify })
      .pipe(
        ackAfter(
          async ({ id }) => {
            if (!away) {
              away = true;
              proxy.refuse(true);
              proxy.cut();
            }
            await sleep(1);
            done.push(id);
          },
          { concurrency: 4 },
        ),
      )
      .subscribe();
    await eventually(() => done.length === 50, 'all are done while Redis is away');
    await sleep(1000); // how long it is away
    expect(await on.pending('s', 'g')).toHaveLength(50);
    proxy.refuse(false);
    await on.settled();
    await eventually(() => told.of('acked').flatMap((notice) => notice.ids).length === 50, 'all are confirmed');
    expect(done.toSorted()).toEqual(ids.toSorted());
    expect(
      told
        .of('acked')
        .flatMap((notice) => notice.ids)
        .toSorted(),
    ).toEqual(ids.toSorted());
    // Otherwise ioredis sends an XACK again by itself.
    if ('maxRetriesPerRequest' in options) expect(told.of('retrying').some(({ what }) => what === 'ack')).toBe(true);
    subscription.unsubscribe();
    await whenIdle(redis);
  });

  it('too many of them: reading pauses, is told, and resumes', async () => {
    const proxy = await on.proxy();
    const ids = await on.filled(200);
    const redis = on.client({ port: proxy.port, maxRetriesPerRequest: 0 });
    // The reader goes straight, so that only acks are held up.
    const duplicate = redis.duplicate.bind(redis);
    redis.duplicate = (override) => duplicate({ ...override, port: on.server.port });
    await eventually(() => redis.status === 'ready', 'the client is ready');
    const told = notebook();
    const done: string[] = [];
    const subscription = fromGroup(redis, {
      streams: 's',
      group: 'g',
      consumer: 'c',
      bufferSize: 20,
      reader: 'client', // no ack goes ahead of a read
      timeout: 300,
      notify: told.notify,
    })
      .pipe(
        ackAfter(({ id }) => {
          if (done.length === 0) {
            proxy.refuse(true);
            proxy.cut();
          }
          done.push(id);
        }),
      )
      .subscribe();
    await eventually(() => told.of('paused').length === 1, 'it pauses');
    expect((await on.pending('s', 'g')).length).toBeLessThanOrEqual(40); // the window, and as many acks unconfirmed
    expect(done.length).toBeLessThanOrEqual(40);
    proxy.refuse(false);
    await eventually(async () => done.length === 200 && (await on.pending('s', 'g')).length === 0, 'it goes on');
    expect(told.of('resumed')).toHaveLength(1);
    expect(done).toEqual(ids);
    subscription.unsubscribe();
    await whenIdle(redis);
  });

  it('ack() resolves only when it is confirmed, however late', async () => {
    const proxy = await on.proxy();
    await on.filled(1);
    const redis = on.client({ port: proxy.port });
    const entries: Delivery[] = [];
    const subscription = fromGroup(redis, { streams: 's', group: 'g', consumer: 'c', timeout: 300 }).subscribe((entry) =>
      entries.push(entry),
    );
    await eventually(() => entries.length === 1, 'it came');
    proxy.refuse(true);
    proxy.cut();
    let confirmed = false;
    const acked = entries[0]?.ack().then(() => (confirmed = true));
    await sleep(300); // how long Redis is away
    expect(confirmed).toBe(false);
    proxy.refuse(false);
    await acked;
    expect(await on.pending('s', 'g')).toEqual([]);
    subscription.unsubscribe();
    await whenIdle(redis);
  });
});
