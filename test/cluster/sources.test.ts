/** Sources on a Cluster: streams in several slots, on several nodes, behave as streams of one server do. */
import { setTimeout as sleep } from 'node:timers/promises';
import { firstValueFrom, lastValueFrom, retry, take, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  ackAfter,
  backlogFirst,
  claimIdle,
  forwardTo,
  fromGroup,
  fromStreams,
  groupLag,
  publishTo,
  redeliver,
  replayDeadLetters,
  untilDrained,
  whenIdle,
  type Delivery,
  type Notice,
} from '../../src/index.js';
import { eventually } from '../support/eventually.js';
import { clusterGround } from './cluster-ground.js';

const on = clusterGround();
const G = { group: 'g', consumer: 'c', autoCreate: { from: '0' } } as const;

describe('streams on three nodes', () => {
  it('all of them come, in the order of each, and are acked where they are; one connection for each slot', async () => {
    const redis = on.client();
    const keys = on.keys();
    const came = new Map<string, string[]>();
    const subscription = fromGroup(redis, { streams: [...keys], ...G })
      .pipe(ackAfter(({ stream, id }) => void came.set(stream, [...(came.get(stream) ?? []), id])))
      .subscribe();
    await on.blocked(3);
    const ids = await Promise.all(keys.map((key) => on.fill(key, 200)));
    await eventually(() => [...came.values()].flat().length === 600, 'all came');
    expect(keys.map((key) => came.get(key))).toEqual(ids);
    await on.settled(...keys);
    await on.blocked(3);
    subscription.unsubscribe();
    await whenIdle(redis);
  });

  it('with a keyPrefix that decides the slot, names are without it', async () => {
    const redis = on.client({ keyPrefix: 'app:{tag}:' });
    const names = ['one', 'two'];
    const subscription = fromGroup(redis, { streams: names, ...G })
      .pipe(ackAfter())
      .subscribe(({ stream }) => seen.push(stream));
    const seen: string[] = [];
    await on.blocked(1);
    for (const name of names) await on.fill(`app:{tag}:${name}`, 1);
    await eventually(() => seen.length === 2, 'both came');
    expect(seen.toSorted()).toEqual(names);
    await on.settled('app:{tag}:one', 'app:{tag}:two');
    subscription.unsubscribe();
  });

  it('the window is one: unsettled entries are bounded over all readers', async () => {
    const redis = on.client();
    const keys = on.keys();
    for (const key of keys) await on.fill(key, 100);
    let held: Delivery[] = [];
    const subscription = fromGroup(redis, { streams: [...keys], ...G, bufferSize: 10 }).subscribe((entry) => held.push(entry));
    await eventually(() => held.length >= 10, 'the window is full');
    await sleep(300); // what would pass the bound would come now
    const pending = (await Promise.all(keys.map((key) => on.pending(key)))).flat();
    expect(pending.length).toBeLessThanOrEqual(12);
    const seen = new Set<string>();
    while (seen.size < 300) {
      const batch = held;
      held = [];
      for (const entry of batch) seen.add(`${entry.stream} ${entry.id}`);
      await Promise.all(batch.map((entry) => entry.ack()));
      await sleep(1);
      expect(held.length).toBeLessThanOrEqual(12);
    }
    await on.settled(...keys);
    subscription.unsubscribe();
  });

  it('a silent stream costs a busy one nothing, and its entry comes at once', async () => {
    const redis = on.client();
    const [busy, silent, other] = on.keys();
    const seen: string[] = [];
    const subscription = fromGroup(redis, { streams: [busy, silent, other], ...G, timeout: 5_000, bufferSize: 10 })
      .pipe(ackAfter(({ stream }) => void seen.push(stream)))
      .subscribe();
    await on.blocked(3);
    const filling = on.fill(busy, 2_000);
    await on.fill(silent, 1);
    const start = performance.now();
    await eventually(() => seen.includes(silent), 'the silent one came');
    expect(performance.now() - start).toBeLessThan(2_000);
    await filling;
    await eventually(() => seen.length === 2_001, 'all came');
    subscription.unsubscribe();
  });

  it('drained: completes once all are', async () => {
    const redis = on.client();
    const keys = on.keys();
    for (const [i, key] of keys.entries()) await on.fill(key, 30 * i);
    const notices: Notice[] = [];
    const came = await lastValueFrom(
      fromGroup(redis, { streams: [...keys], ...G, bufferSize: 7, notify: (notice) => notices.push(notice) }).pipe(
        untilDrained(),
        ackAfter(({ id }) => id),
        toArray(),
      ),
    );
    expect(came).toHaveLength(90);
    await whenIdle(redis);
    await on.settled(...keys);
    expect(notices.filter(({ type }) => type === 'closing' || type === 'closed')).toEqual([
      { type: 'closing', why: 'drained' },
      { type: 'closed' },
    ]);
  });

  it('what is wrong with one stream ends the source, once, with nothing left behind', async () => {
    const redis = on.client();
    const [one, two, wrong] = on.keys();
    await on.admin.set(wrong, 'a string');
    const notices: Notice[] = [];
    const source = fromGroup(redis, { streams: [one, two, wrong], ...G, notify: (notice) => notices.push(notice) });
    await expect(lastValueFrom(source)).rejects.toMatchObject({ code: 'WRONG_TYPE' });
    await whenIdle(redis);
    await on.blocked(0);
    expect(notices.filter(({ type }) => type === 'closing')).toEqual([{ type: 'closing', why: 'error' }]);
    expect(notices.at(-1)).toMatchObject({ type: 'closed', error: { code: 'WRONG_TYPE' } });
  });

  it('a signal stops all readers, and what was not started goes back', async () => {
    const redis = on.client();
    const keys = on.keys();
    const stop = new AbortController();
    for (const key of keys) await on.fill(key, 20);
    const done: string[] = [];
    const all = lastValueFrom(
      fromGroup(redis, { streams: [...keys], ...G, signal: stop.signal }).pipe(
        ackAfter(async ({ id }) => {
          await sleep(5);
          done.push(id);
          if (done.length === 10) stop.abort();
          return id;
        }),
        toArray(),
      ),
    );
    const came = await all;
    await whenIdle(redis);
    const left = (await Promise.all(keys.map((key) => on.pending(key)))).flat();
    const unread = 60 - came.length - left.length;
    expect(unread).toBeGreaterThanOrEqual(0);
    expect(left.filter((id) => came.includes(id))).toEqual([]);
    const rest = await lastValueFrom(
      fromGroup(redis, { streams: [...keys], ...G }).pipe(
        backlogFirst(),
        untilDrained(),
        ackAfter(({ id }) => id),
        toArray(),
      ),
    );
    expect([...came, ...rest]).toHaveLength(60);
  });

  it('retry() takes over what was held, in every slot', async () => {
    const redis = on.client();
    const keys = on.keys();
    for (const key of keys) await on.fill(key, 10);
    let failures = 0;
    const came = await lastValueFrom(
      fromGroup(redis, { streams: [...keys], ...G }).pipe(
        untilDrained({ timeout: 200 }),
        ackAfter((entry) => {
          if (failures < 3 && entry.fields['n'] === '5') throw new Error(`no ${++failures}`);
          return `${entry.stream} ${entry.id}`;
        }),
        retry(3),
        toArray(),
      ),
    );
    expect(failures).toBe(3);
    expect(new Set(came).size).toBe(30);
    await on.settled(...keys);
  });

  it('the same name is in use while one of its streams is read', async () => {
    const redis = on.client();
    const [one, two, three] = on.keys();
    const subscription = fromGroup(redis, { streams: [one, two], ...G }).subscribe();
    await on.blocked(2);
    await expect(firstValueFrom(fromGroup(redis, { streams: [three, two], ...G }))).rejects.toMatchObject({
      code: 'CONSUMER_IN_USE',
    });
    subscription.unsubscribe();
  });

  it('take(1) acks the one it took, and leaves the rest of all slots to others', async () => {
    const redis = on.client();
    const keys = on.keys();
    for (const key of keys) {
      await on.fill(key, 5);
      await on.admin.xgroup('CREATE', key, 'g', '0');
    }
    const came = await lastValueFrom(fromGroup(redis, { streams: [...keys], ...G }).pipe(ackAfter(), take(1), toArray()));
    await whenIdle(redis);
    const left = (await Promise.all(keys.map((key) => on.pending(key)))).flat();
    expect(left).not.toContain(came[0]?.id);
    const rest = await lastValueFrom(
      fromGroup(redis, { streams: [...keys], ...G, consumer: 'other' }).pipe(
        claimIdle({ minIdle: 60_000 }),
        untilDrained(),
        ackAfter(({ id }) => id),
        toArray(),
      ),
    );
    expect(rest).toHaveLength(14);
  });

  it('fromStreams reads them all from where it is told, on a client that has not connected yet', async () => {
    const redis = on.client({ lazyConnect: true });
    const keys = on.keys();
    const ids = await Promise.all(keys.map((key) => on.fill(key, 50)));
    const streams = Object.fromEntries(keys.map((key) => [key, '0-0']));
    const came = await lastValueFrom(fromStreams(redis, { streams, bufferSize: 8 }).pipe(untilDrained(), toArray()));
    expect(keys.map((key) => came.filter(({ stream }) => stream === key).map(({ id }) => id))).toEqual(ids);
  });

  it('a checkpoint keeps the positions of all slots in one hash', async () => {
    const redis = on.client();
    const keys = on.keys();
    const streams = Object.fromEntries(keys.map((key) => [key, '0']));
    for (const key of keys) await on.fill(key, 10);
    const read = () =>
      lastValueFrom(
        fromStreams(redis, { streams, checkpoint: `positions${keys[0]}` }).pipe(
          untilDrained(),
          ackAfter(({ id }) => id),
          toArray(),
        ),
      );
    expect(await read()).toHaveLength(30);
    await whenIdle(redis);
    for (const key of keys) await on.fill(key, 1);
    expect(await read()).toHaveLength(3);
    await whenIdle(redis);
    expect(Object.keys(await on.admin.hgetall(`positions${keys[0]}`)).toSorted()).toEqual(['', ...keys].toSorted());
  });

  it('a generated name is one, and goes from every slot', async () => {
    const redis = on.client();
    const keys = on.keys();
    const notices: Notice[] = [];
    const subscription = fromGroup(redis, {
      streams: [...keys],
      group: 'g',
      notify: (notice) => notices.push(notice),
    }).subscribe();
    await on.blocked(3);
    subscription.unsubscribe();
    await whenIdle(redis);
    const names = notices.flatMap((notice) => (notice.type === 'joined' ? [notice.consumer] : []));
    expect(names).toHaveLength(3);
    expect(new Set(names).size).toBe(1);
    for (const key of keys) expect(await on.admin.xinfo('CONSUMERS', key, 'g')).toEqual([]);
  });
});

describe('what fails', () => {
  it('comes again, and goes to a dead-letter stream in another slot byte for byte; from there it is put back', async () => {
    const redis = on.client();
    const [one, two, dead] = on.keys();
    const raw = Buffer.from([0xff, 0x00, 0xfe]);
    for (const key of [one, two]) await on.admin.xadd(key, '*', raw, raw, 'n', '1');
    const attempts: number[] = [];
    const source = fromGroup(redis, { streams: [one, two], ...G }).pipe(
      redeliver({ maxDeliveries: 2, delay: 10, deadLetter: dead }),
      untilDrained({ timeout: 200 }),
      ackAfter(
        (entry) => {
          attempts.push(entry.attempt);
          throw new Error('bad');
        },
        { onError: 'nack' },
      ),
    );
    await lastValueFrom(source, { defaultValue: undefined });
    await whenIdle(redis);
    expect(attempts.toSorted()).toEqual([1, 1, 2, 2]);
    await on.settled(one, two);
    const letters = await on.admin.xrangeBuffer(dead, '-', '+');
    expect(letters).toHaveLength(2);
    for (const [, fields] of letters) expect(fields.slice(0, 4)).toEqual([raw, raw, Buffer.from('n'), Buffer.from('1')]);
    const origins = letters.map(([, fields]) => Object.fromEntries(pairs(fields.slice(4).map(String))));
    expect(origins.map((origin) => origin['dead-letter.stream']).toSorted()).toEqual([one, two].toSorted());
    expect(origins[0]).toMatchObject({
      'dead-letter.group': 'g',
      'dead-letter.consumer': 'c',
      'dead-letter.deliveries': '2',
      'dead-letter.error': 'Error',
      'dead-letter.message': 'bad',
    });
    expect(Math.abs(Number(origins[0]?.['dead-letter.time']) - Date.now())).toBeLessThan(60_000);

    const replayed = await replayDeadLetters(redis, { from: dead, dryRun: false });
    expect(replayed).toMatchObject({ found: 2, replayed: 2, streams: { [one]: 1, [two]: 1 } });
    expect(await on.admin.xlen(dead)).toBe(0);
    const [, back] = await on.admin.xrangeBuffer(one, '-', '+');
    expect(back?.[1]).toEqual([raw, raw, Buffer.from('n'), Buffer.from('1')]);
  });

  it('what a dead consumer left in each slot is claimed', async () => {
    const redis = on.client();
    const keys = on.keys();
    for (const key of keys) {
      await on.fill(key, 3);
      await on.admin.xgroup('CREATE', key, 'g', '0');
      await on.admin.xreadgroup('GROUP', 'g', 'dead', 'COUNT', 3, 'STREAMS', key, '>');
    }
    await sleep(60);
    const came = await lastValueFrom(
      fromGroup(redis, { streams: [...keys], ...G, lease: { renewEvery: 10 } }).pipe(
        claimIdle({ minIdle: 50 }),
        untilDrained(),
        ackAfter(({ origin }) => origin),
        toArray(),
      ),
    );
    expect(came).toEqual(Array(9).fill('claimed'));
  });
});

it('groupLag looks at all slots', async () => {
  const redis = on.client();
  const keys = on.keys();
  for (const [i, key] of keys.entries()) {
    await on.fill(key, i + 1);
    await on.admin.xgroup('CREATE', key, 'g', '0');
  }
  const lag = await firstValueFrom(groupLag(redis, { streams: [...keys], group: 'g' }));
  expect(lag.streams.map(({ lag: behind }) => behind)).toEqual([1, 2, 3]);
  expect(lag.total.lag).toBe(6);
});

it('more slots than connections are good for are an error that says what to do', async () => {
  const redis = on.client();
  const streams = Array.from({ length: 300 }, (_, i) => `many:${i}`);
  await expect(lastValueFrom(fromStreams(redis, { streams }))).rejects.toMatchObject({
    code: 'TOO_MANY_STREAMS',
    message: expect.stringMatching(/These 300 streams take (29\d|300) connections.* 256 at most.*hashtag/) as string,
  });
});

function pairs(flat: readonly string[]): [string, string][] {
  return Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i] ?? '', flat[2 * i + 1] ?? '']);
}

describe('what goes on to another stream', () => {
  it('in its slot: added together with the ack, with a keyPrefix too', async () => {
    const redis = on.client({ keyPrefix: 'p:' });
    const [one] = on.keys();
    const ids = await on.fill(`p:${one}`, 20);
    await lastValueFrom(
      fromGroup(redis, { streams: one, ...G }).pipe(
        untilDrained(),
        forwardTo(`${one}:out`, ({ id }) => ({ of: id })),
      ),
    );
    await whenIdle(redis);
    expect((await on.admin.xrange(`p:${one}:out`, '-', '+')).map(([, [, id]]) => id)).toEqual(ids);
    await on.settled(`p:${one}`);
  });

  it('in another slot: OTHER_SLOT at once, before any work, and the entry stays pending', async () => {
    const redis = on.client();
    const [one, two] = on.keys();
    const ids = await on.fill(one, 2);
    let worked = 0;
    const forwarded = fromGroup(redis, { streams: one, ...G }).pipe(forwardTo(two, () => ({ n: ++worked })));
    await expect(lastValueFrom(forwarded)).rejects.toMatchObject({ code: 'OTHER_SLOT' });
    await whenIdle(redis);
    expect([worked, await on.pending(one), await on.admin.exists(two)]).toEqual([0, ids, 0]);
  });

  it('published to any slot, in order, and acked when it is there', async () => {
    const redis = on.client();
    const [one, ...outs] = on.keys();
    await on.fill(one, 50);
    const published = fromGroup(redis, { streams: one, ...G }).pipe(
      untilDrained(),
      publishTo(redis, ({ fields }) => outs[Number(fields['n']) % 2] ?? ''),
      toArray(),
    );
    expect(await lastValueFrom(published)).toHaveLength(50);
    await whenIdle(redis);
    const numbers = await Promise.all(
      outs.map(async (out) => (await on.admin.xrange(out, '-', '+')).map(([, [, n]]) => Number(n))),
    );
    expect(numbers).toEqual([0, 1].map((odd) => Array.from({ length: 25 }, (_, i) => 2 * i + odd)));
    await on.settled(one);
  });
});
