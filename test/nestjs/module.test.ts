import { Inject, Injectable, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { firstValueFrom, map, toArray, type Observable } from 'rxjs';
import { ackAfter, fromGroup, type GroupSource, type StandardSchema, type StreamsSource } from 'rxjs-redis-streams';
import {
  getGroupToken,
  getRedisToken,
  getStreamsToken,
  InjectGroup,
  InjectRedis,
  InjectStreams,
  OnStream,
  RedisStreamsModule,
} from 'rxjs-redis-streams/nestjs';
import { createMarbles, createMemoryRedis, type MemoryRedis } from 'rxjs-redis-streams/testing';
import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.js';
import { pending, silent, start } from './support.js';

interface Order {
  amount: number;
}
/** A Standard Schema, made by hand: `amount` is a number. */
const Order: StandardSchema<Order> = {
  '~standard': {
    version: 1,
    vendor: 'by hand',
    validate: (value) => {
      const amount = Number((value as { amount?: unknown }).amount);
      return Number.isNaN(amount) ? { issues: [{ message: 'amount is no number', path: ['amount'] }] } : { value: { amount } };
    },
  },
};

const orders = RedisStreamsModule.forFeature([
  { name: 'orders', streams: { orders: '0' }, group: 'billing', autoCreate: { from: '0' }, schema: Order },
]);

@Injectable()
class Shop {
  constructor(
    @InjectStreams('orders') readonly feed: StreamsSource<Order>,
    @InjectGroup('orders') readonly work: GroupSource<Order>,
    @InjectRedis() readonly redis: MemoryRedis,
  ) {}
}

test('the sources of a feature are injected: streams that show all, and a group to work on; values are those of the schema', async () => {
  const { app, redis } = await start({ imports: [orders], providers: [Shop] });
  const shop = app.get(Shop);
  expect(shop.redis).toBe(redis);
  await shop.redis.xadd('orders', '1-0', 'amount', '5');
  expect(await firstValueFrom(shop.feed.pipe(map(({ value }) => value)))).toEqual({ amount: 5 });
  expect(await firstValueFrom(shop.work.pipe(ackAfter(({ value }) => value.amount + 1)))).toBe(6);
  expect(await pending(redis, 'orders', 'billing')).toEqual([]);
});

test('a client that was handed in is not closed with the application', async () => {
  const redis = createMemoryRedis();
  const app = await Test.createTestingModule({ imports: [RedisStreamsModule.forRoot({ connection: redis })] }).compile();
  await app.init();
  await app.close();
  expect(await redis.ping()).toBe('PONG');
  redis.disconnect();
});

test('injected sources complete when the application shuts down, and what they emitted is worked off', async () => {
  const { app, redis } = await start({ imports: [orders], providers: [Shop] });
  const { feed, work } = app.get(Shop);
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  const seen: string[] = [];
  const ended = Promise.all([
    firstValueFrom(feed.pipe(toArray())),
    firstValueFrom(
      work.pipe(
        ackAfter(async ({ id }) => (seen.push(id), held)),
        toArray(),
      ),
    ),
  ]);
  await redis.xadd('orders', '1-0', 'amount', '5');
  await eventually(() => seen.length === 1, 'the work has begun');
  const closed = app.close();
  release();
  const [fed, worked] = await ended;
  await closed;
  expect([fed.length, worked.length]).toEqual([1, 1]);
  expect(await pending(redis, 'orders', 'billing')).toEqual([]);
});

test('several connections have names; features, handlers and clients are theirs', async () => {
  const [main, audit] = [createMemoryRedis(), createMemoryRedis()];
  const seen: string[] = [];
  @Injectable()
  class Both {
    constructor(@InjectRedis('audit') readonly client: MemoryRedis) {}
    @OnStream('orders')
    main(): void {
      seen.push('main');
    }
    @OnStream('audited')
    audit(): void {
      seen.push('audit');
    }
  }
  const here = { streams: 'orders', group: 'billing', autoCreate: { from: '0' } };
  const features = [
    { ...here, name: 'orders' },
    { ...here, name: 'audited', connection: 'audit' },
  ];
  const { app } = await start(
    {
      imports: [RedisStreamsModule.forRoot({ name: 'audit', connection: audit }), RedisStreamsModule.forFeature(features)],
      providers: [Both],
    },
    { connection: main },
  );
  expect(app.get(Both).client).toBe(audit);
  await audit.xadd('orders', '*', 'a', 'b');
  await eventually(() => seen.length === 1, 'one was called');
  await main.xadd('orders', '*', 'a', 'b');
  await eventually(() => seen.length === 2, 'the other was called');
  expect(seen).toEqual(['audit', 'main']);
  await app.close();
  for (const redis of [main, audit]) redis.disconnect();
});

test('forRootAsync: a factory with what it needs, a class, and one that is there already', async () => {
  const redis = createMemoryRedis();
  @Injectable()
  class Config {
    createRedisStreamsOptions() {
      return { connection: redis };
    }
  }
  @Module({ providers: [Config], exports: [Config] })
  class ConfigModule {}
  const useFactory = async (config: Config) => config.createRedisStreamsOptions();
  const ways = [
    { imports: [ConfigModule], inject: [Config], useFactory },
    { useClass: Config },
    { imports: [ConfigModule], useExisting: Config },
  ];
  for (const [i, way] of ways.entries()) {
    const app = await Test.createTestingModule({
      imports: [RedisStreamsModule.forRootAsync({ name: `way ${i}`, ...way })],
    }).compile();
    expect(app.get(getRedisToken(`way ${i}`))).toBe(redis);
    await app.close();
  }
  redis.disconnect();
});

test('a feature may be asked for by several modules', async () => {
  @Injectable()
  class Other {
    constructor(@Inject(getStreamsToken('orders')) readonly feed: StreamsSource<Order>) {}
  }
  const feature = { name: 'orders', streams: ['orders'], group: 'billing' };
  @Module({ imports: [RedisStreamsModule.forFeature([feature])], providers: [Other], exports: [Other] })
  class OtherModule {}
  const { app } = await start({
    imports: [OtherModule, RedisStreamsModule.forFeature([{ ...feature, streams: ['orders'] }])],
    providers: [Shop],
  });
  expect(typeof app.get(Other).feed.pipe).toBe('function');
  expect(typeof app.get(Shop).feed.pipe).toBe('function');
});

test('tokens override a source without a connection: with what the marble kit plays', async () => {
  @Injectable()
  class Totals {
    constructor(@InjectGroup('orders') private readonly orders: GroupSource<Order>) {}
    sums(): Observable<number> {
      return this.orders.pipe(ackAfter(({ value }) => value.amount * 2));
    }
  }
  let played: GroupSource<Order> | undefined;
  const app = await Test.createTestingModule({ imports: [orders], providers: [Totals] })
    .overrideProvider(getGroupToken('orders'))
    .useValue({ pipe: (...operators: []) => played?.pipe(...operators) })
    .overrideProvider(getStreamsToken('orders'))
    .useValue({})
    .setLogger(silent)
    .compile();
  const marbles = createMarbles((actual, expected) => expect(actual).toEqual(expected));
  marbles.run(({ group, expectObservable, expectSettled }) => {
    const source = (played = group({
      live: '-a-b--',
      values: { a: { amount: '1' }, b: { amount: '4' } },
      options: { decode: Order },
    }));
    expectObservable(app.get(Totals).sums()).toBe('-x-y--', { x: 2, y: 8 });
    expectSettled(source).toBe('-a-b--');
  });
  await app.close();
});

test('an overridden group is what @OnStream handles, too', async () => {
  const seen: unknown[] = [];
  @Injectable()
  class Billing {
    @OnStream('orders')
    charge(order: Order): void {
      seen.push(order);
    }
  }
  const redis = createMemoryRedis();
  const app = await Test.createTestingModule({
    imports: [RedisStreamsModule.forRoot({ connection: redis }), orders],
    providers: [Billing],
  })
    .overrideProvider(getGroupToken('orders'))
    .useFactory({
      inject: [getRedisToken()],
      factory: (client: MemoryRedis) => fromGroup(client, { streams: { elsewhere: '0' }, group: 'test', decode: Order }),
    })
    .setLogger(silent)
    .compile();
  await app.init();
  await redis.xadd('elsewhere', '1-0', 'amount', '3');
  await eventually(() => seen.length === 1, 'called with what the other source emits');
  expect(seen).toEqual([{ amount: 3 }]);
  await app.close();
  redis.disconnect();
});
