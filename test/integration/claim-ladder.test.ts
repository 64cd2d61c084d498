/**
 * Three ways to claim: `XREADGROUP … CLAIM` (Redis 8.4), XAUTOCLAIM, and ours (`XPENDING … IDLE`, then XCLAIM in a script). Each meets the
 * same pending list, so this shows what docs/decisions.md ("One way to claim") says of them, on the server that `REDIS_SERVER` names.
 */
import { lastValueFrom, toArray, type Subscription } from 'rxjs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ackAfter, claimIdle, fromGroup, redeliver, untilDrained, type Delivery } from '../../src/index.js';
import { streams } from '../../src/wire/replies.js';
import { countCommands } from '../support/backends.js';
import { eventually } from '../support/eventually.js';
import { ground } from './faults/ground.js';
import { notebook } from './faults/notebook.js';

const on = ground();
const [MIN_IDLE, OLD] = [30_000, 60_000];
const lease = { renewEvery: MIN_IDLE / 3 };

let told: ReturnType<typeof notebook>;
let redis: ReturnType<typeof on.client>;
beforeEach(() => {
  told = notebook();
  redis = on.client();
});
let neighbour: Subscription | undefined;
afterEach(() => neighbour?.unsubscribe());

const aged = (consumer: string, id: string, count: number) =>
  on.admin.call('XCLAIM', 's', 'g', consumer, 0, id, 'IDLE', OLD, 'RETRYCOUNT', count, 'JUSTID');
const pending = async (): Promise<string[]> =>
  (await on.pending('s', 'g')).map(({ id, consumer, count }) => `${id} ${consumer} ${count}`);
/** `[id, count before]` of what a read with CLAIM brought. */
type Claimed = [id: string, fields: string[], idle: number, before: number];

/**
 * 1-0 and 2-0 are a dead consumer's, 2-0 with one delivery of five left; 3-0 was too, and is deleted; 4-0 is held by another consumer of
 * this process, which stood still for a minute; 5-0 is somebody's who lives; 6-0 is fresh.
 */
async function stage(): Promise<void> {
  await on.admin.xgroup('CREATE', 's', 'g', '0', 'MKSTREAM');
  const add = async (...ids: number[]) => {
    for (const n of ids) await on.admin.xadd('s', `${n}-0`, 'n', n);
  };
  await add(1, 2, 3);
  await on.admin.xreadgroup('GROUP', 'g', 'dead', 'STREAMS', 's', '>');
  await add(4);
  const held = fromGroup(redis, { streams: 's', group: 'g', consumer: 'neighbour', bufferSize: 1, lease });
  neighbour = held.subscribe();
  await eventually(async () => (await pending()).length === 4, 'the neighbour holds its own');
  await add(5);
  await on.admin.xreadgroup('GROUP', 'g', 'alive', 'STREAMS', 's', '>');
  await add(6);
  await aged('dead', '1-0', 1);
  await aged('dead', '2-0', 4);
  await aged('dead', '3-0', 1);
  await aged('neighbour', '4-0', 1);
  await on.admin.xdel('s', '3-0');
}

/** 50 that are stale behind 10,000 that are not. */
async function crowd(): Promise<string[]> {
  const stale = Array.from({ length: 50 }, (_, i) => `${20_000 + i}-0`);
  await on.admin.xgroup('CREATE', 's', 'g', '0', 'MKSTREAM');
  for (let page = 0; page < 20; page++) {
    const pipeline = on.admin.pipeline();
    for (let i = 1; i <= 500; i++) pipeline.xadd('s', `${page * 500 + i}-0`, 'n', i);
    await pipeline.exec();
  }
  await on.admin.xreadgroup('GROUP', 'g', 'alive', 'COUNT', 10_000, 'STREAMS', 's', '>');
  for (const id of stale) await on.admin.xadd('s', id, 'n', 'stale');
  await on.admin.xreadgroup('GROUP', 'g', 'dead', 'STREAMS', 's', '>');
  await on.admin.call('XCLAIM', ['s', 'g', 'dead', '0', ...stale, 'IDLE', `${OLD}`, 'RETRYCOUNT', '1', 'JUSTID']);
  return stale;
}

describe('XREADGROUP … CLAIM', () => {
  /** What Redis 8.6.3 answers after `stage()`; idle times are rounded. */
  const RECORDED: Claimed[] = [
    ['1-0', ['n', '1'], OLD, 1],
    ['2-0', ['n', '2'], OLD, 4],
    ['4-0', ['n', '4'], OLD, 1],
    ['6-0', ['n', '6'], 0, 0],
  ];
  const RECORDED_PENDING = ['1-0 me 2', '2-0 me 5', '3-0 dead 1', '4-0 me 2', '5-0 alive 1', '6-0 me 1'];

  /** From the server, or, where it does not know CLAIM, as it was recorded. */
  async function claimed(): Promise<{ entries: Claimed[]; left: string[] }> {
    await stage();
    const read = ['GROUP', 'g', 'me', 'COUNT', 100, 'CLAIM', MIN_IDLE, 'STREAMS', 's', '>'];
    const reply = await on.admin.call('XREADGROUP', ...read).catch((error: unknown) => {
      expect(error).toMatchObject({ message: 'ERR syntax error' });
    });
    if (reply === undefined) return { entries: RECORDED, left: RECORDED_PENDING };
    const [first, second] = reply as [string, Claimed[]] | [[string, Claimed[]]]; // RESP3 on ioredis 6: flat
    const entries = typeof first === 'string' ? (second ?? []) : first[1];
    return {
      entries: entries.map(([id, fields, idle, before]) => [id, fields, Math.floor(idle / OLD) * OLD, before]),
      left: await pending(),
    };
  }

  it('is what was recorded, and our parser reads it', async () => {
    const { entries, left } = await claimed();
    expect(entries).toEqual(RECORDED);
    expect(left).toEqual(RECORDED_PENDING);
    expect(streams([['s', entries]], '')).toEqual([{ stream: 's', entries: entries.map(([id, pairs]) => ({ id, pairs })) }]);
  });

  it('takes what this process holds from its other consumer, and delivers it a second time', async () => {
    const { entries, left } = await claimed();
    expect(entries.map(([id]) => id)).toContain('4-0');
    expect(left).toContain('4-0 me 2');
  });

  it('has raised the count, and delivered, before anybody could see that this delivery is the last and should be made alone', async () => {
    const { entries, left } = await claimed();
    expect(entries.find(([id]) => id === '2-0')?.[3]).toBe(4);
    expect(left).toContain('2-0 me 5');
    expect(entries.length).toBeGreaterThan(1);
  });

  it('says nothing of a deleted entry, and leaves it pending', async () => {
    const { entries, left } = await claimed();
    expect(entries.map(([id]) => id)).not.toContain('3-0');
    expect(left).toContain('3-0 dead 1');
  });
});

describe('XAUTOCLAIM', () => {
  type Reply = [cursor: string, entries: (string | [string, string[]])[], gone: string[]];
  const autoclaim = async (from: string, count: number, ...more: string[]): Promise<Reply> =>
    (await on.admin.call('XAUTOCLAIM', ['s', 'g', 'me', `${MIN_IDLE}`, from, 'COUNT', `${count}`, ...more])) as Reply;

  it('gives up after COUNT × 10 rows: 50 stale ones behind 10,000 take 125 calls that find nothing, and 7 that do', async () => {
    const stale = await crowd();
    const found: string[][] = [];
    for (let cursor = '0-0'; found.length === 0 || cursor !== '0-0';) {
      const [next, ids] = await autoclaim(cursor, 8, 'JUSTID');
      found.push(ids as string[]);
      cursor = next;
    }
    expect(found.flat()).toEqual(stale);
    expect([found.filter((ids) => ids.length === 0).length, found.filter((ids) => ids.length > 0).length]).toEqual([125, 7]);
  });

  it('takes what this process holds from its other consumer; without JUSTID it delivers, and raises each count', async () => {
    await stage();
    const [, entries, gone] = await autoclaim('0-0', 100);
    expect(entries.map(([id]) => id)).toEqual(['1-0', '2-0', '4-0']);
    expect(gone).toEqual(['3-0']);
    expect(await pending()).toEqual(['1-0 me 2', '2-0 me 5', '4-0 me 2', '5-0 alive 1']);
  });

  it('with JUSTID it raises none, and tells none: which delivery is the last takes another command', async () => {
    await stage();
    expect(await autoclaim('0-0', 100, 'JUSTID')).toEqual(['0-0', ['1-0', '2-0', '4-0'], ['3-0']]);
    expect(await pending()).toEqual(['1-0 me 1', '2-0 me 4', '4-0 me 1', '5-0 alive 1']);
  });
});

describe('claimIdle()', () => {
  const source = (more: object = {}) =>
    fromGroup(redis, { streams: 's', group: 'g', consumer: 'me', lease, notify: told.notify, ...more });
  const claims = claimIdle({ minIdle: MIN_IDLE });

  it('takes nothing that this process holds, counts right, makes the last delivery alone, and tells what is deleted', async () => {
    await stage();
    let out = 0;
    const came = await lastValueFrom(
      source().pipe(
        claims,
        redeliver({ maxDeliveries: 5, deadLetter: 'dead' }),
        untilDrained(),
        ackAfter(
          async ({ id, origin, attempt }) => {
            const beside = out++;
            await sleep(20);
            out -= 1;
            return `${id} ${origin} ${attempt} beside ${beside}`;
          },
          { concurrency: 8 },
        ),
        toArray(),
      ),
    );
    expect(came.toSorted()).toEqual(['1-0 claimed 2 beside 0', '2-0 claimed 5 beside 0', '6-0 fresh 1 beside 0']);
    expect(told.of('gone')).toEqual([{ type: 'gone', stream: 's', ids: ['3-0'] }]);
    expect(told.of('claimed')).toEqual([{ type: 'claimed', stream: 's', ids: ['1-0', '2-0'] }]);
    expect(await pending()).toEqual(['4-0 neighbour 1', '5-0 alive 1']);
    expect(await on.admin.exists('dead')).toBe(0);
  });

  it('finds 50 stale ones behind 10,000 in 7 pages of a window of 8, each found by one look through the whole list', async () => {
    const stale = await crowd();
    const counts = countCommands(redis);
    const work = ackAfter(({ id }: Delivery) => id);
    expect(await lastValueFrom(source({ bufferSize: 8 }).pipe(claims, untilDrained(), work, toArray()))).toEqual(stale);
    expect(counts.get('XPENDING')).toBe(7);
  });

  it('is not kept waiting by a blocked read that has all the room there is', async () => {
    await stage();
    const seen: string[] = [];
    const work = ackAfter(({ id, origin }: Delivery) => seen.push(`${id} ${origin}`));
    const running = source({ timeout: 60_000 })
      .pipe(claimIdle({ minIdle: MIN_IDLE, every: 100 }), work)
      .subscribe();
    await eventually(() => seen.length === 3, 'what is there comes');
    await on.blocked();
    await aged('alive', '5-0', 1);
    await eventually(() => seen.includes('5-0 claimed'), 'it is claimed long before the block is over', { within: 10_000 });
    running.unsubscribe();
  });
});
