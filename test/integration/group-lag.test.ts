import fc from 'fast-check';
import { Redis } from 'ioredis';
import { firstValueFrom, type Subscription } from 'rxjs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { groupLag, type GroupLag, type Notice, type StreamLag, type StreamsError } from '../../src/index.js';
import { backends, connections, countCommands, type Backend } from '../support/backends.js';
import { eventually } from '../support/eventually.js';
import { startRedis } from '../support/redis-server.js';
import { byHand } from './group-lag/by-hand.js';
import { Looks } from './group-lag/looks.js';
import { Player, script } from './group-lag/script.js';

const SCRIPTS = 600;
const me = { streams: 's', group: 'g' } as const;

describe.each(backends)('on $name', ({ start }) => {
  let backend: Backend;
  let redis: Redis;

  beforeAll(async () => {
    backend = await start();
  });
  afterAll(() => backend.stop());
  beforeEach(async () => {
    redis = backend.connect();
    await redis.flushall();
  });
  afterEach(async () => {
    expect(await connections(redis)).toBe(1);
    await redis.quit();
  });

  const look = (options: Parameters<typeof groupLag>[1] = me): Promise<GroupLag> => firstValueFrom(groupLag(redis, options));
  const fail = (options: Parameters<typeof groupLag>[1] = me): Promise<StreamsError> =>
    look(options).then(
      (lag) => Promise.reject(new Error(`it told a lag of ${lag.total.lag}`)),
      (error: StreamsError) => error,
    );
  async function fill(stream: string, entries: number): Promise<void> {
    const pipeline = redis.pipeline();
    for (let number = 1; number <= entries; number++) pipeline.xadd(stream, `${number}-0`, 'f', 'v');
    await pipeline.exec();
  }
  const read = (consumer: string, count: number) =>
    redis.call('XREADGROUP', ['GROUP', 'g', consumer, 'COUNT', count, 'STREAMS', 's', '>']);

  it('tells the same as counting by hand, whatever becomes of stream and group', { timeout: 120_000 }, async () => {
    const player = new Player(redis);
    await fc.assert(
      fc.asyncProperty(script, async ({ before, at, steps }) => {
        await player.begin(before, at);
        const looks = new Looks(redis, me);
        try {
          for (const step of steps) {
            if (step.do !== 'look') await player.play(step);
            else expect(comparable(await looks.next())).toEqual(await byHand(redis));
          }
        } finally {
          looks.stop();
        }
      }),
      { numRuns: SCRIPTS },
    );
  });

  it('is right where Redis is wrong: entries were trimmed away from a group, which then read on', async () => {
    await fill('s', 10);
    await redis.xgroup('CREATE', 's', 'g', '0');
    await read('c', 2);
    await redis.xtrim('s', 'MAXLEN', 3);
    await read('c', 1);
    const [group] = (await redis.xinfo('GROUPS', 's')) as unknown[][];
    // Redis 7.0, and the in-memory Redis; mended in later ones.
    expect([['lag', 7], ['lag', 2]]).toContainEqual(group?.slice(-2)); // prettier-ignore
    expect((await look()).total).toMatchObject({ lag: 2, lagIs: 'exact' });
  });

  it('is right where Redis says nothing: a group made in the middle, and an entry ahead of it deleted', async () => {
    await fill('s', 10);
    await redis.xgroup('CREATE', 's', 'g', '4-0');
    await redis.xdel('s', '7-0');
    const [group] = (await redis.xinfo('GROUPS', 's')) as unknown[][];
    expect(group?.slice(-2)).toEqual(['lag', null]);
    expect((await look()).total).toMatchObject({ length: 9, lag: 5, lagIs: 'exact' });
  });

  it('counts ten thousand entries at most, and says so', async () => {
    await fill('s', 10_011);
    await redis.xgroup('CREATE', 's', 'g', '11-0');
    expect((await look()).total).toMatchObject({ lag: 10_000, lagIs: 'at-least' });
    await redis.xdel('s', '5000-0');
    expect((await look()).total).toMatchObject({ lag: 9_999, lagIs: 'exact' });
  });

  it('goes by what Redis says where there is too much to count', async () => {
    await fill('s', 10_020);
    await redis.xgroup('CREATE', 's', 'g', '0');
    await read('c', 11);
    const looks = new Looks(redis, me);
    expect((await looks.next()).total).toMatchObject({ lag: 10_009, lagIs: 'estimate' });
    await read('c', 4_000);
    expect((await looks.next()).total).toMatchObject({ lag: 6_009, lagIs: 'estimate' });
    await read('c', 4_000);
    expect((await looks.next()).total).toMatchObject({ lag: 2_009, lagIs: 'exact' });
    looks.stop();
  });

  it('ages are those of the entries, by the clock of Redis', async () => {
    await redis.xgroup('CREATE', 's', 'g', '0', 'MKSTREAM');
    const now = await clock(redis);
    await redis.xadd('s', `${now - 60_000}-0`, 'f', 'v');
    await redis.xadd('s', `${now - 30_000}-0`, 'f', 'v');
    await redis.xadd('s', `${now - 10_000}-0`, 'f', 'v');
    await read('c', 2);
    await redis.xack('s', 'g', `${now - 60_000}-0`);
    const lag = await look();
    const since = lag.at - now;
    expect(since).toBeGreaterThanOrEqual(0);
    expect(lag.total).toMatchObject({ oldestPendingAge: 30_000 + since, behind: (10_000 + since) / 1_000 });
    expect(lag.streams[0]?.consumers).toEqual([{ name: 'c', pending: 1, idle: expect.any(Number) }]);
    expect(lag.streams[0]?.consumers[0]?.idle).toBeLessThanOrEqual(since);
  });

  it('sends two commands for a group that has got everything, through the client that it was given', async () => {
    await fill('s', 3);
    await redis.xgroup('CREATE', 's', 'g', '$');
    const sent = countCommands(redis);
    const before = listeners(redis);
    const looks = new Looks(redis, me);
    for (let times = 0; times < 10; times++) await looks.next();
    expect([...sent]).toEqual([['XINFO', 10], ['TIME', 10]]); // prettier-ignore
    looks.stop();
    expect(listeners(redis)).toEqual(before);
  });

  it('counts once, and reads one entry a look from then on', async () => {
    await fill('s', 40);
    await redis.xgroup('CREATE', 's', 'g', '0');
    const counts: unknown[] = [];
    const { call } = redis;
    Object.assign(redis, {
      call(name: string, args: unknown[]) {
        if (name === 'XRANGE') counts.push(args.at(-1));
        return (call as (name: string, args: unknown[]) => Promise<unknown>).call(redis, name, args);
      },
    });
    await read('c', 5);
    const looks = new Looks(redis, me);
    for (const lag of [35, 30, 25]) {
      expect((await looks.next()).total).toMatchObject({ lag, lagIs: 'exact' });
      await read('c', 5);
    }
    expect(counts).toEqual([500, 1, 1]);
    looks.stop();
  });

  it('names streams without the prefix of the client', async () => {
    const prefixed = backend.connect({ keyPrefix: 'app:' });
    await fill('app:s', 4);
    await redis.xgroup('CREATE', 'app:s', 'g', '1-0');
    const lag = await firstValueFrom(groupLag(prefixed, me));
    expect(lag.streams).toMatchObject([{ stream: 's', group: 'g', lag: 3, lagIs: 'exact' }]);
    await prefixed.quit();
    await eventually(async () => (await connections(redis)) === 1, 'the other client is gone');
  });

  it('a stream that is missing, a group that is missing, and what is no stream', async () => {
    expect(await fail()).toMatchObject({ code: 'NO_GROUP', message: expect.stringContaining('Stream s has no group g') });
    await redis.xadd('s', '1-0', 'f', 'v');
    expect(await fail()).toMatchObject({ code: 'NO_GROUP' });
    await redis.set('text', 'x');
    expect(await fail({ streams: 'text', group: 'g' })).toMatchObject({ code: 'WRONG_TYPE' });
    expect(await redis.keys('*')).toHaveLength(2); // nothing was made
  });

  it('a client that is closed meanwhile', async () => {
    await redis.xgroup('CREATE', 's', 'g', '0', 'MKSTREAM');
    const other = backend.connect();
    let first: GroupLag | undefined;
    const ended = new Promise<StreamsError>((resolve) => {
      groupLag(other, me).subscribe({ next: (lag) => (first = lag), error: resolve });
    });
    await eventually(() => first !== undefined, 'the first look');
    other.disconnect();
    expect(await ended).toMatchObject({ code: 'CLIENT_ENDED' });
    expect(other.listenerCount('end')).toBe(0);
    await eventually(async () => (await connections(redis)) === 1, 'it is gone');
  });

  it('looks again by itself, until nobody listens', async () => {
    await redis.xgroup('CREATE', 's', 'g', '0', 'MKSTREAM');
    const seen: number[] = [];
    const subscription: Subscription = groupLag(redis, { ...me, every: 5 }).subscribe(({ total }) => seen.push(total.lag));
    await eventually(() => seen.length >= 2, 'two looks');
    await redis.xadd('s', '1-0', 'f', 'v');
    await eventually(() => seen.at(-1) === 1, 'the new entry');
    subscription.unsubscribe();
    const sent = countCommands(redis);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect([...sent]).toEqual([]);
  });
});

describe('a real server', () => {
  it('tells numbers of one moment, while others are at work', async () => {
    const server = await startRedis();
    const [redis, producer, consumer] = [1, 2, 3].map(() => new Redis(server.port, '127.0.0.1')) as [Redis, Redis, Redis];
    await redis.xgroup('CREATE', 's', 'g', '0', 'MKSTREAM');
    const looks = new Looks(redis, me);
    let working = true;
    const add = async (): Promise<void> => {
      while (working) await Promise.all([1, 2, 3].map(() => producer.xadd('s', '*', 'f', 'v')));
    };
    const read = async (): Promise<void> => {
      while (working) await consumer.call('XREADGROUP', ['GROUP', 'g', 'c', 'COUNT', 4, 'STREAMS', 's', '>']);
    };
    const look = async (): Promise<number> => {
      let pending = 0;
      for (let times = 0; times < 300; times++) {
        const { total } = await looks.next();
        // Nothing is acked and nothing trimmed: what is not ahead is pending.
        expect({ ...total, pending: total.length - total.lag }).toEqual({ ...total, lagIs: 'exact' });
        pending = total.pending;
      }
      return pending;
    };
    const work = [add(), read()];
    try {
      expect(await look()).toBeGreaterThan(0);
    } finally {
      working = false;
      await Promise.all(work);
      looks.stop();
      for (const client of [redis, producer, consumer]) client.disconnect();
      await server.stop();
    }
  });

  it('that restarts is looked at again, and that is told', async () => {
    const server = await startRedis({ args: ['--appendonly', 'yes'] });
    const redis = new Redis(server.port, '127.0.0.1', { maxRetriesPerRequest: 0, retryStrategy: () => 20 });
    redis.on('error', () => undefined); // ioredis tells each attempt
    await redis.xgroup('CREATE', 's', 'g', '0', 'MKSTREAM');
    const seen: GroupLag[] = [];
    const told: Notice[] = [];
    const errors: unknown[] = [];
    const subscription = groupLag(redis, { ...me, every: 10, notify: (notice) => told.push(notice) }).subscribe({
      next: (lag) => seen.push(lag),
      error: (error: unknown) => errors.push(error),
    });
    await eventually(() => seen.length > 0, 'a look');
    await server.restart({ down: 200 });
    await eventually(() => told.length > 0, 'a notice');
    expect(told[0]).toMatchObject({ type: 'retrying', what: 'lag', attempt: 1, delay: expect.any(Number) });
    const before = seen.length;
    await eventually(() => seen.length > before + 1, 'looks after the restart');
    expect(errors).toEqual([]);
    subscription.unsubscribe();
    redis.disconnect();
    await server.stop();
  });

  it('needs the rights that docs/security.md says, and tells where one is missing', async () => {
    const server = await startRedis();
    const admin = new Redis(server.port, '127.0.0.1');
    await admin.xadd('s', '1-0', 'f', 'v');
    await admin.xadd('s', '2-0', 'f', 'v');
    await admin.xadd('s', '3-0', 'f', 'v');
    await admin.xgroup('CREATE', 's', 'g', '2-0');
    const rights = ['+info', '+client', '+xinfo|stream', '+xrange', '+time'];
    const as = async (...some: string[]) => {
      await admin.call('ACL', ['SETUSER', 'viewer', 'reset', 'on', '>secret', '~s', ...some]);
      const viewer = new Redis(server.port, '127.0.0.1', { username: 'viewer', password: 'secret' });
      const outcome = await firstValueFrom(groupLag(viewer, me)).then(
        ({ total }) => total.lag,
        ({ code }: StreamsError) => code,
      );
      viewer.disconnect();
      return outcome;
    };
    expect(await as(...rights)).toBe(1);
    for (const missing of ['+xinfo|stream', '+xrange', '+time']) {
      expect([missing, await as(...rights.filter((right) => right !== missing))]).toEqual([missing, 'NOT_ALLOWED']);
    }
    admin.disconnect();
    await server.stop();
  });
});

/** The part of a look that does not hang on the time of day, with the ids that ages were told by. */
function comparable({ at, streams }: GroupLag): object {
  const { length, lag, lagIs, pending, oldestPendingAge, behind, consumers } = streams[0] as StreamLag;
  const idAt = (age: number): string => `${Math.round(at - age)}-0`;
  return {
    ...{ length, lag, lagIs, pending },
    firstAhead: behind === 0 ? undefined : idAt(behind * 1_000),
    oldest: oldestPendingAge === undefined ? undefined : idAt(oldestPendingAge),
    consumers: consumers.map(({ name, pending }) => ({ name, pending })),
  };
}

async function clock(redis: Redis): Promise<number> {
  const [seconds, micros] = await redis.time();
  return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
}

function listeners(redis: Redis): [string | symbol, number][] {
  return redis.eventNames().map((name) => [name, redis.listenerCount(name)]);
}
