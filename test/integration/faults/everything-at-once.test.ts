/** Lost replies, decodes that take their time, projects that fail, subscriptions that come and go: nothing is lost. */
import { setTimeout as sleep } from 'node:timers/promises';
import { repeat, retry, takeUntil, timer } from 'rxjs';
import { expect, it } from 'vitest';
import { ackAfter, fromGroup, whenIdle, type Delivery, type Fields } from '../../../src/index.js';
import { eventually } from '../../support/eventually.js';
import type { ReplyMatch } from '../../support/tcp-proxy.js';
import { ground } from './ground.js';
import { register } from './register.js';

const on = ground();

/** Every other reply of an XACK, or of a read that brings entries. */
function everyOther(): ReplyMatch {
  let seen = 0;
  return (chunk, { lastRequest }) => {
    const entries = /xreadgroup/i.test(lastRequest) && chunk.toString('latin1', 0, 3) !== '*-1';
    return (entries || /xack/i.test(lastRequest)) && ++seen % 2 === 0;
  };
}

it.each([
  ['both sides closed, one name', 'both', 'c', true],
  ['our side closed, one name, acks go straight', 'client', 'c', false],
  ['our side closed, a generated name', 'client', undefined, true],
  ['both sides closed, a generated name, acks go straight', 'both', undefined, false],
] as const)('%s', async (_, side, consumer, all) => {
  const proxy = await on.proxy();
  const redis = all ? on.client({ port: proxy.port }) : on.clientReadingThrough(proxy);
  await on.admin.xgroup('CREATE', 's', 'g', '$', 'MKSTREAM');
  const seen = register();
  const done = new Set<string>();
  const end: { error?: unknown } = {};
  let works = 0;
  const work = async (entry: Delivery): Promise<void> => {
    seen.came(entry);
    seen.start(entry);
    await sleep(Math.random() * 4); // how long work takes
    seen.end(entry);
    if (++works % 50 === 0) throw new Error('now and then');
    done.add(entry.id);
  };
  const decode = async (fields: Fields): Promise<Fields> => {
    await sleep(Math.random() * 2); // likewise
    return fields;
  };
  const name = consumer === undefined ? {} : { consumer };
  const subscription = fromGroup(redis, { streams: 's', group: 'g', ...name, bufferSize: 16, timeout: 300, decode })
    .pipe(takeUntil(timer(150)), ackAfter(work, { concurrency: 8 }), retry(), repeat())
    .subscribe({ error: (error: unknown) => (end.error = error) });

  const cutting = proxy.cutReplies(everyOther(), { side, times: 30 });
  const ids: string[] = [];
  while (cutting.cuts < 30 && ids.length < 20_000 && end.error === undefined) {
    ids.push(...(await on.fill('s', 6, { from: ids.length })));
    await sleep(5); // a producer that never stops; nothing is waited for
  }
  cutting.cancel();
  await eventually(() => done.size >= ids.length || `${done.size} of ${ids.length}`, 'every entry is done', { within: 20_000 });
  await on.settled();
  subscription.unsubscribe();
  await whenIdle(redis);
  expect(cutting.cuts).toBe(30);
  expect([...done].toSorted()).toEqual(ids.toSorted());
  expect(seen.overlaps).toEqual([]);
  expect(end).toEqual({});
});
