/** However early or late it is unsubscribed: it closes promptly, nothing of ours is left, and no entry is stranded. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { fromGroup, fromStreams } from '../../../src/index.js';
import { eventually } from '../../support/eventually.js';
import { ground, onServer } from './ground.js';
import { notebook } from './notebook.js';

const on = ground();
const group = (options: object = {}) => ({ streams: 's', group: 'g', consumer: 'c', ...options });

describe('while blocked', () => {
  it('an entry added at that moment is not stranded: fresh for another consumer, or given back', async () => {
    const redis = on.client();
    await on.admin.xgroup('CREATE', 's', 'g', '0', 'MKSTREAM');
    const fates = { fresh: 0, back: 0, acked: 0 };
    for (let round = 0; round < 60; round++) {
      let came = 0;
      const running = fromGroup(redis, group({ timeout: 5000 })).subscribe((entry) => {
        came += 1;
        void entry.ack();
      });
      await on.blocked();
      // The unsubscription meets the entry at all sorts of moments.
      const early = round % 3 === 0 ? on.admin.xadd('s', '*', 'n', round) : undefined;
      if (round % 2 === 1) await sleep(0);
      running.unsubscribe();
      const id = await (early ?? on.admin.xadd('s', '*', 'n', round));
      await on.closes(redis);
      const fresh = (await on.admin.xreadgroup('GROUP', 'g', 'other', 'STREAMS', 's', '>')) as [string, [string][]][] | null;
      const back = await on.claimable();
      const got = [...(fresh ?? []).flatMap(([, entries]) => entries.map(([each]) => each)), ...back];
      expect([...got, ...(came > 0 ? [id] : [])], `round ${round}`).toEqual([id]);
      fates[came > 0 ? 'acked' : back.length > 0 ? 'back' : 'fresh'] += 1;
      if (got.length > 0) await on.admin.xack('s', 'g', ...got);
      expect(await on.pending('s', 'g')).toEqual([]);
    }
    expect(fates.fresh + fates.back + fates.acked).toBe(60);
    // CLIENT UNBLOCK asks first who is there, so the entry is mostly faster: given back, then, and never lost.
    expect(fates.back).toBeGreaterThan(0);
  });

  it('returns promptly for fromStreams, too', async () => {
    const redis = on.client();
    const running = fromStreams(redis, { streams: ['s', 't'], timeout: 30_000 }).subscribe();
    await on.blocked();
    running.unsubscribe();
    await on.closes(redis, { within: 900 });
  });

  onServer('where CLIENT UNBLOCK is not allowed, the connection is cut, and an entry that it still got is found', async () => {
    await on.admin.xgroup('CREATE', 's', 'g', '0', 'MKSTREAM');
    await on.admin.call('ACL', 'SETUSER', 'limited', 'on', '>pw', '~*', '+@all', '-client|unblock');
    const redis = on.client({ username: 'limited', password: 'pw' });
    const running = fromGroup(redis, group({ timeout: 30_000 })).subscribe();
    await on.blocked();
    running.unsubscribe();
    const id = await on.admin.xadd('s', '*', 'n', 1);
    await on.closes(redis);
    const fresh = (await on.admin.xreadgroup('GROUP', 'g', 'other', 'STREAMS', 's', '>')) as [string, [string][]][] | null;
    expect([...(fresh ?? []).flatMap(([, entries]) => entries.map(([each]) => each)), ...(await on.claimable())]).toEqual([id]);
  });
});

describe('before it reads', () => {
  it('unsubscribed in the turn of the subscription', async () => {
    const redis = on.client();
    fromGroup(redis, group()).subscribe().unsubscribe();
    await on.closes(redis, { within: 900 });
  });

  it('unsubscribed at every stage of joining and connecting', async () => {
    const redis = on.client();
    await redis.ping();
    for (let ms = 0; ms < 12; ms++) {
      const running = fromGroup(redis, group()).subscribe();
      await sleep(ms);
      running.unsubscribe();
      await on.closes(redis, { within: 900 });
    }
  });

  onServer('unsubscribed while it waits for a reader that cannot connect', async () => {
    const proxy = await on.proxy();
    const redis = on.clientReadingThrough(proxy);
    const told = notebook();
    proxy.refuse(true);
    const running = fromGroup(redis, group({ notify: told.notify })).subscribe();
    await eventually(() => told.of('retrying').length >= 2, 'it has tried again');
    running.unsubscribe();
    await on.closes(redis, { within: 900 });
    expect(told.of('retrying').every(({ what }) => what === 'connect')).toBe(true);
  });
});
