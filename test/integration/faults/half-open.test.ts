/** A socket that plays dead: bytes vanish both ways and no side is told. The watchdog (twice the timeout and 2 s) replaces it. */
import { describe, expect, it } from 'vitest';
import { ackAfter, fromGroup, fromStreams, whenIdle, type Notice } from '../../../src/index.js';
import { eventually } from '../../support/eventually.js';
import { ground } from './ground.js';
import { notebook } from './notebook.js';

const on = ground();
const TIMEOUT = 200;
const WATCHDOG = 2 * TIMEOUT + 2000;

describe('half-open socket', () => {
  it('the connection is replaced; what Redis wrote into the void comes as recovered', async () => {
    const proxy = await on.proxy();
    const redis = on.clientReadingThrough(proxy);
    const told = notebook();
    const came: [id: string, origin: string, attempt: number][] = [];
    const subscription = fromGroup(redis, { streams: 's', group: 'g', consumer: 'c', timeout: TIMEOUT, notify: told.notify })
      .pipe(ackAfter(({ id, origin, attempt }) => void came.push([id, origin, attempt])))
      .subscribe();
    await on.blocked();
    const frozenAt = performance.now();
    proxy.freeze();
    const ids = await on.fill('s', 3); // delivered to the blocked client, whose socket the server still believes in
    await eventually(async () => (await on.pending('s', 'g')).length > 0, 'Redis has delivered');
    const more = await on.fill('s', 3, { from: 3 });
    await eventually(() => told.of('retrying').length > 0, 'the watchdog has rung');
    expect(performance.now() - frozenAt).toBeGreaterThan(WATCHDOG - TIMEOUT - 100);
    expect(performance.now() - frozenAt).toBeLessThan(WATCHDOG + 500);
    expect(told.of('retrying')[0]).toMatchObject({ what: 'read', attempt: 1 });
    proxy.thaw();
    await eventually(() => came.length >= 6, 'all came');
    await on.settled();
    expect(came.map(([id]) => id).toSorted()).toEqual([...ids, ...more].toSorted());
    expect(came.filter(([, origin]) => origin === 'recovered').length).toBeGreaterThan(0);
    expect(came.every(([, , attempt]) => attempt === 1)).toBe(true);
    expect(told.of('recovered').every(({ after }) => after === 'lost-reply')).toBe(true);
    subscription.unsubscribe();
    await whenIdle(redis);
  });

  it('and the next connection too: it is replaced again, each time with a notice, and a reply in between starts the backoff anew', async () => {
    const proxy = await on.proxy();
    const redis = on.clientReadingThrough(proxy);
    const told = notebook();
    const came: string[] = [];
    const notify = (notice: Notice): void => {
      told.notify(notice);
      // At once: a connection that is made while the line is dead would not hear of its end for 20 s.
      if (notice.type === 'retrying') proxy.thaw();
    };
    const subscription = fromGroup(redis, { streams: 's', group: 'g', consumer: 'c', timeout: TIMEOUT, notify })
      .pipe(ackAfter(({ id }) => void came.push(id)))
      .subscribe();
    const ids: string[] = [];
    for (const times of [1, 2]) {
      await on.blocked();
      proxy.freeze();
      ids.push(...(await on.fill('s', 3)));
      await eventually(() => told.of('retrying').length >= times, `the watchdog has rung for the ${times}. time`);
      await eventually(() => came.length >= ids.length, 'all came');
      await on.settled();
    }
    expect(came.toSorted()).toEqual(ids.toSorted());
    expect(told.of('retrying').map(({ what, attempt }) => `${what} ${attempt}`)).toEqual(['read 1', 'read 1']);
    expect(proxy.stats.accepted).toBe(3);
    subscription.unsubscribe();
    await whenIdle(redis);
  });

  it('unsubscribed meanwhile: closes within its grace, and gives back what went into the void', async () => {
    const proxy = await on.proxy();
    const redis = on.clientReadingThrough(proxy);
    const subscription = fromGroup(redis, { streams: 's', group: 'g', consumer: 'c', timeout: 30_000 }).subscribe();
    await on.blocked();
    proxy.freeze();
    const ids = await on.fill('s', 1);
    await eventually(async () => (await on.pending('s', 'g')).length === 1, 'Redis has delivered');
    const start = performance.now();
    subscription.unsubscribe();
    await whenIdle(redis);
    expect(performance.now() - start).toBeLessThan(1500);
    const [row] = await on.pending('s', 'g');
    expect(row).toMatchObject({ id: ids[0], consumer: 'c', count: 0 });
    expect(row?.idle).toBeGreaterThan(60_000);
  });

  it('the caller’s client is half-open, too (with a socketTimeout, which ends that)', async () => {
    const proxy = await on.proxy();
    const redis = on.client({ port: proxy.port, socketTimeout: 1000, connectTimeout: 500 });
    const came: string[] = [];
    const subscription = fromGroup(redis, { streams: 's', group: 'g', consumer: 'c', timeout: TIMEOUT })
      .pipe(ackAfter(({ id }) => void came.push(id)))
      .subscribe();
    await on.blocked();
    const before = await on.fill('s', 3);
    await eventually(() => came.length === 3, 'the first came');
    proxy.freeze();
    const during = await on.fill('s', 5);
    await new Promise((resolve) => setTimeout(resolve, 1500)); // how long the line is dead: long enough to reconnect into the void
    proxy.thaw();
    await eventually(() => new Set(came).size >= 8, 'all came', { within: 20_000 });
    await on.settled();
    expect([...new Set(came)].toSorted()).toEqual([...before, ...during].toSorted());
    subscription.unsubscribe();
    await whenIdle(redis);
  });

  it('fromStreams goes on behind the last id it saw', async () => {
    const proxy = await on.proxy();
    const redis = on.clientReadingThrough(proxy);
    const told = notebook();
    const came: string[] = [];
    const subscription = fromStreams(redis, { streams: { s: '0' }, timeout: TIMEOUT, notify: told.notify }).subscribe(({ id }) =>
      came.push(id),
    );
    const before = await on.fill('s', 3);
    await eventually(() => came.length === 3, 'the first came');
    proxy.freeze();
    const during = await on.fill('s', 3);
    await eventually(() => told.of('retrying').length > 0, 'the watchdog has rung');
    proxy.thaw();
    await eventually(() => came.length >= 6, 'all came');
    expect(came).toEqual([...before, ...during]);
    subscription.unsubscribe();
    await whenIdle(redis);
  });
});
