/** Replies that Redis wrote and nobody read: the entries are pending, `>` never returns them again, and still none is lost. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { lastValueFrom, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { ackAfter, fromGroup, fromStreams, untilDrained, whenIdle } from '../../../src/index.js';
import { eventually } from '../../support/eventually.js';
import type { Proxy, ReplyMatch } from '../../support/tcp-proxy.js';
import { ground } from './ground.js';
import { notebook, register } from './records.js';

const on = ground();

/** A reply that holds entries (RESP2: the reader always speaks that). An empty one is `*-1`. */
const entriesRead: ReplyMatch = (chunk, { lastRequest }) =>
  /xreadgroup/i.test(lastRequest) && chunk.toString('latin1', 0, 3) !== '*-1';
/** Every other one: what lost its reply has to get through before the next is lost. */
function everyOther(match: ReplyMatch): ReplyMatch {
  let seen = 0;
  return (chunk, connection) => match(chunk, connection) && ++seen % 2 === 0;
}

interface Cuts {
  match: ReplyMatch;
  side: 'both' | 'client';
  cuts: number;
}

/** Nothing lost, nothing twice, nothing pending at the end. */
async function survive(redis: Redis, proxy: Proxy, { match, side, cuts }: Cuts): Promise<void> {
  const told = notebook();
  const seen = register();
  await on.admin.xgroup('CREATE', 's', 'g', '$', 'MKSTREAM');
  let failure: unknown;
  const subscription = fromGroup(redis, {
    streams: 's',
    group: 'g',
    consumer: 'c',
    bufferSize: 16,
    timeout: 300,
    notify: told.notify,
  })
    .pipe(
      ackAfter(
        async (entry) => {
          seen.came(entry);
          seen.start(entry);
          await sleep(1);
          seen.end(entry);
        },
        { concurrency: 4 },
      ),
    )
    .subscribe({ error: (error: unknown) => (failure = error) });

  const cutting = proxy.cutReplies(everyOther(match), { side, times: cuts });
  const added: string[] = [];
  while (cutting.cuts < cuts && failure === undefined && added.length < 40_000) {
    added.push(...(await on.fill('s', 8, { from: added.length })));
    await sleep(4); // a producer that never stops; nothing is waited for
  }
  cutting.cancel();
  expect(failure).toBeUndefined();
  await eventually(() => seen.ids.length >= added.length || `${seen.ids.length} of ${added.length}`, 'every entry was processed');
  await on.settled();
  subscription.unsubscribe();
  await whenIdle(redis);

  expect(cutting.cuts).toBe(cuts);
  expect(seen.ids.toSorted()).toEqual(added.toSorted());
  expect(seen.duplicates).toEqual([]);
  expect(seen.overlaps).toEqual([]);
  expect(told.of('recovered').filter(({ after }) => after === 'lost-reply').length).toBeGreaterThan(0);
  expect(failure).toBeUndefined();
}

describe.each(['both', 'client'] as const)('replies cut in mid-air, %s side(s) closed', (side) => {
  it('of the reader, while acks go straight', async () => {
    const proxy = await on.proxy();
    await survive(on.clientReadingThrough(proxy), proxy, { match: entriesRead, side, cuts: 40 });
  });

  it('a hundred of reads and of acks: an ack whose reply was lost is sent again', async () => {
    const proxy = await on.proxy();
    const cut = { reads: 0, acks: 0 };
    const either: ReplyMatch = (chunk, connection) => {
      if (/xack/i.test(connection.lastRequest)) return Boolean(++cut.acks);
      return entriesRead(chunk, connection) && Boolean(++cut.reads);
    };
    await survive(on.client({ port: proxy.port }), proxy, { match: either, side, cuts: 100 });
    expect(cut.reads).toBeGreaterThan(20);
    expect(cut.acks).toBeGreaterThan(20);
  });
});

describe('other readers', () => {
  it.each([0, 200])('a drained source (timeout %i) completes only when what was lost has come', async (timeout) => {
    const proxy = await on.proxy();
    const redis = on.clientReadingThrough(proxy);
    const ids = await on.filled(100);
    const cutting = proxy.cutReplies(everyOther(entriesRead), { times: 6 });
    const came = await lastValueFrom(
      fromGroup(redis, { streams: 's', group: 'g', consumer: 'c', bufferSize: 8 }).pipe(
        untilDrained({ timeout }),
        ackAfter(({ id }) => id),
        toArray(),
      ),
    );
    expect(cutting.cuts).toBe(6);
    expect(came.toSorted()).toEqual(ids.toSorted());
    expect(await on.pending('s', 'g')).toEqual([]);
    await whenIdle(redis);
  });

  it('fromStreams loses nothing and sees nothing twice', async () => {
    const proxy = await on.proxy();
    const redis = on.clientReadingThrough(proxy);
    const came: string[] = [];
    const cutting = proxy.cutReplies(
      everyOther((chunk) => chunk.toString('latin1', 0, 3) === '*1\r'),
      { times: 20 },
    );
    const subscription = fromStreams(redis, { streams: { s: '0' }, bufferSize: 5, timeout: 300 }).subscribe(({ id }) =>
      came.push(id),
    );
    const ids: string[] = [];
    while (cutting.cuts < 20) {
      ids.push(...(await on.fill('s', 4)));
      await sleep(4); // as above
    }
    await eventually(() => came.length >= ids.length, 'all came');
    expect(came).toEqual(ids);
    subscription.unsubscribe();
    await whenIdle(redis);
  });

  it('autoAcknowledge is at most once: what was lost is lost, and reading goes on', async () => {
    const proxy = await on.proxy();
    const redis = on.clientReadingThrough(proxy);
    const told = notebook();
    const came: string[] = [];
    const subscription = fromGroup(redis, {
      streams: 's',
      group: 'g',
      consumer: 'c',
      timeout: 300,
      autoAcknowledge: true,
      autoCreate: { from: '0' },
      notify: told.notify,
    }).subscribe(({ id }) => came.push(id));
    await on.blocked();
    const cutting = proxy.cutReplies(entriesRead);
    await on.fill('s', 1);
    await cutting.done;
    const [id] = await on.fill('s', 1);
    await eventually(() => came.length === 1, 'the next came');
    expect(came).toEqual([id]);
    expect(told.of('recovered')).toEqual([]);
    subscription.unsubscribe();
    await whenIdle(redis);
  });
});
