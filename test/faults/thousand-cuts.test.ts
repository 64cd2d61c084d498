/** More than a thousand replies that Redis wrote and nobody read: the entries are pending, `>` never returns them, and none is stranded. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { ackAfter, fromGroup, whenIdle } from '../../src/index.js';
import { eventually } from '../support/eventually.js';
import type { Proxy, ReplyMatch } from '../support/tcp-proxy.js';
import { entriesRead, everyOther } from '../integration/faults/cut-replies.js';
import { ground } from '../integration/faults/ground.js';
import { notebook } from '../integration/faults/notebook.js';
import { register } from '../integration/faults/register.js';

const on = ground();

interface Cuts {
  match: ReplyMatch;
  side: 'both' | 'client';
  cuts: number;
  /** How many consumers share the group: a cut costs a backoff, which the others do not wait for. */
  consumers: number;
}

/** Nothing lost, nothing twice, nothing pending at the end. */
async function survive(client: () => Redis, proxy: Proxy, { match, side, cuts, consumers }: Cuts): Promise<void> {
  const told = notebook();
  const seen = register();
  await on.admin.xgroup('CREATE', 's', 'g', '$', 'MKSTREAM');
  const failures: unknown[] = [];
  const clients = Array.from({ length: consumers }, client);
  const subscriptions = clients.map((redis, i) =>
    fromGroup(redis, {
      streams: 's',
      group: 'g',
      consumer: `c${i}`,
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
      .subscribe({ error: (error: unknown) => failures.push(error) }),
  );

  const cutting = proxy.cutReplies(everyOther(match), { side, times: cuts });
  const added: string[] = [];
  while (cutting.cuts < cuts && failures.length === 0 && added.length < 100_000) {
    added.push(...(await on.fill('s', 8, { from: added.length })));
    await sleep(4); // a producer that never stops; nothing is waited for
  }
  cutting.cancel();
  expect(failures).toEqual([]);
  await eventually(
    () => seen.ids.length >= added.length || `${seen.ids.length} of ${added.length}`,
    'every entry was processed',
    {
      within: 10_000,
    },
  );
  await on.settled();
  for (const subscription of subscriptions) subscription.unsubscribe();
  await Promise.all(clients.map((redis) => whenIdle(redis)));

  expect(cutting.cuts).toBe(cuts);
  expect(seen.ids.toSorted()).toEqual(added.toSorted());
  expect(seen.duplicates).toEqual([]);
  expect(seen.overlaps).toEqual([]);
  expect(told.of('recovered').filter(({ after }) => after === 'lost-reply').length).toBeGreaterThan(0);
  expect(failures).toEqual([]);
}

describe.each(['both', 'client'] as const)('replies cut in mid-air, %s side(s) closed', (side) => {
  it.each([
    [40, 1],
    [250, 8],
  ])('%i of reads, while acks go straight, with %i consumer(s): none stranded', async (cuts, consumers) => {
    const proxy = await on.proxy();
    await survive(() => on.clientReadingThrough(proxy), proxy, { match: entriesRead, side, cuts, consumers });
  });

  it.each([
    [40, 1],
    [250, 8],
  ])('%i of reads and of acks, with %i consumer(s): an ack whose reply was lost is sent again', async (cuts, consumers) => {
    const proxy = await on.proxy();
    const cut = { reads: 0, acks: 0 };
    const either: ReplyMatch = (chunk, connection) => {
      if (/xack/i.test(connection.lastRequest)) return Boolean(++cut.acks);
      return entriesRead(chunk, connection) && Boolean(++cut.reads);
    };
    await survive(() => on.client({ port: proxy.port }), proxy, { match: either, side, cuts, consumers });
    expect(cut.reads).toBeGreaterThan(cuts / 5);
    expect(cut.acks).toBeGreaterThan(cuts / 5);
  });
});
