/** `signal` stops gracefully: no operator order and no `retry()` can undo it; `drainTimeout` bounds the rest. */
import { getEventListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { catchError, EMPTY, lastValueFrom, NEVER, repeat, retry, tap, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { ackAfter, AckError, fromGroup, whenIdle } from '../../../src/index.js';
import { eventually } from '../../support/eventually.js';
import { ground, onServer } from './ground.js';
import { notebook } from './notebook.js';

const on = ground();
const group = (options: object = {}) => ({ streams: 's', group: 'g', consumer: 'c', ...options });

describe('signal', () => {
  it('reading ends, what is queued still runs, everything is acked, then it completes', async () => {
    const redis = on.client();
    const ids = await on.filled(20);
    const stop = new AbortController();
    const done: string[] = [];
    await lastValueFrom(
      fromGroup(redis, group({ signal: stop.signal })).pipe(
        ackAfter(
          async ({ id }) => {
            stop.abort();
            await sleep(2);
            done.push(id);
          },
          { concurrency: 2 },
        ),
      ),
    );
    expect(done).toEqual(ids);
    expect(await on.pending('s', 'g')).toEqual([]);
    await whenIdle(redis);
  });

  it('while blocked: completes promptly', async () => {
    const redis = on.client();
    const stop = new AbortController();
    const ended = lastValueFrom(fromGroup(redis, group({ signal: stop.signal, timeout: 30_000 })).pipe(toArray()));
    await on.blocked();
    const start = performance.now();
    stop.abort();
    expect(await ended).toEqual([]);
    await whenIdle(redis);
    expect(performance.now() - start).toBeLessThan(900);
  });

  it('retry() does not start again what the signal has ended', async () => {
    const redis = on.client();
    await on.filled(5);
    const stop = new AbortController();
    let subscriptions = 0;
    await lastValueFrom(
      fromGroup(redis, group({ signal: stop.signal })).pipe(
        tap({ subscribe: () => (subscriptions += 1) }),
        ackAfter(() => {
          if (subscriptions === 3) stop.abort();
          throw new Error('fails each time');
        }),
        retry(),
      ),
      { defaultValue: undefined },
    );
    expect(subscriptions).toBe(4); // the last one found the signal, and completed
    await whenIdle(redis);
    expect(await on.pending('s', 'g')).toHaveLength(5);
  });

  it('repeat() does not read again, and does not spin', async () => {
    const redis = on.client();
    const told = notebook();
    const ids = await on.filled(5);
    const stop = new AbortController();
    const done: string[] = [];
    let subscriptions = 0;
    const running = fromGroup(redis, group({ signal: stop.signal, notify: told.notify }))
      .pipe(
        tap({
          subscribe: () => {
            if (++subscriptions > 1000) throw new Error('it spins'); // and would never let go of this process
          },
        }),
        ackAfter(({ id }) => void done.push(id)),
        repeat(),
      )
      .subscribe();
    await eventually(() => done.length === 5, 'all are done');
    stop.abort();
    await whenIdle(redis);
    await on.fill('s', 3);
    await sleep(100); // nothing to wait for: nothing happens
    expect(done).toEqual(ids);
    expect(subscriptions).toBeLessThan(150);
    expect(told.of('closed')).toHaveLength(1);
    running.unsubscribe();
  });
});

describe('one signal for a whole service', () => {
  const reading = async (redis: Redis, signal: AbortSignal) => {
    const ends: string[] = [];
    const running = Array.from({ length: 15 }, (_, i) =>
      fromGroup(redis, group({ consumer: `c${i}`, signal })).subscribe({ complete: () => ends.push(`c${i}`) }),
    );
    await on.blocked(15);
    return { ends, running };
  };
  const listeners = (signal: AbortSignal) => getEventListeners(signal, 'abort').length;

  it('fifteen subscriptions are one listener, and no warning of Node; the abort ends them all and leaves none', async () => {
    const warnings: Error[] = [];
    const listen = (warning: Error): void => void warnings.push(warning);
    process.on('warning', listen);
    const redis = on.client();
    const stop = new AbortController();
    const { ends } = await reading(redis, stop.signal);
    expect(listeners(stop.signal)).toBe(1);
    stop.abort();
    await whenIdle(redis);
    expect(ends).toHaveLength(15);
    expect(listeners(stop.signal)).toBe(0);
    process.off('warning', listen);
    expect(warnings).toEqual([]);
  });

  it.each([
    ['drained', {}],
    ['failed', { decode: () => Promise.reject(new Error('bad')) }],
  ])('a subscription that ended by itself, %s, leaves none', async (_, options) => {
    const redis = on.client();
    await on.filled(3);
    const { signal } = new AbortController();
    const source = fromGroup(redis, group({ signal, until: 'drained', ...options }));
    await lastValueFrom(
      source.pipe(
        ackAfter(),
        catchError(() => EMPTY),
      ),
      { defaultValue: undefined },
    );
    await whenIdle(redis);
    expect(listeners(signal)).toBe(0);
  });

  it('unsubscribed, they leave no listener either', async () => {
    const redis = on.client();
    const { signal } = new AbortController();
    const { running } = await reading(redis, signal);
    for (const each of running) each.unsubscribe();
    await whenIdle(redis);
    expect(listeners(signal)).toBe(0);
  });
});

describe('drainTimeout', () => {
  it('of a drained source is one of silence: ten entries take longer, and all are done', async () => {
    const redis = on.client();
    const ids = await on.filled(10);
    const done = await lastValueFrom(
      fromGroup(redis, group({ until: 'drained', drainTimeout: 400 })).pipe(
        ackAfter(async ({ id }) => {
          await sleep(100);
          return id;
        }),
        toArray(),
      ),
    );
    expect(done).toEqual(ids);
    await whenIdle(redis);
    expect(await on.pending('s', 'g')).toEqual([]);
  });

  it('bounds a project that never ends', async () => {
    const redis = on.client();
    const told = notebook();
    const [id] = await on.filled(3);
    const stop = new AbortController();
    let error: unknown;
    let started = 0;
    fromGroup(redis, group({ signal: stop.signal, drainTimeout: 200, notify: told.notify }))
      .pipe(
        ackAfter(() => {
          started += 1;
          return NEVER;
        }),
      )
      .subscribe({ error: (each: unknown) => (error = each) });
    await eventually(() => started === 1, 'one runs');
    const start = performance.now();
    stop.abort();
    await whenIdle(redis);
    expect(performance.now() - start).toBeGreaterThan(150);
    expect(performance.now() - start).toBeLessThan(1000);
    expect(error).toBeInstanceOf(AckError);
    expect(error).toMatchObject({ code: 'DRAIN_TIMEOUT', unconfirmed: [] });
    expect(started).toBe(1);
    expect((await on.pending('s', 'g'))[0]).toMatchObject({ id, count: 1 });
    expect(told.all.at(-1)?.type).toBe('closed');
  });

  onServer('bounds acks that cannot be confirmed, and lists them', async () => {
    const proxy = await on.proxy();
    const redis = on.client({ port: proxy.port });
    const ids = await on.filled(3);
    const stop = new AbortController();
    let error: unknown;
    const done: string[] = [];
    fromGroup(redis, group({ signal: stop.signal, drainTimeout: 300 }))
      .pipe(
        ackAfter(({ id }) => {
          if (done.length === 0) {
            proxy.refuse(true);
            proxy.cut();
          }
          done.push(id);
        }),
      )
      .subscribe({ error: (each: unknown) => (error = each) });
    await eventually(() => done.length === 3, 'all are done');
    stop.abort();
    await whenIdle(redis);
    expect(error).toMatchObject({ code: 'DRAIN_TIMEOUT', unconfirmed: [{ stream: 's', ids }] });
    expect(await on.pending('s', 'g')).toHaveLength(3);
  });
});
