import { Controller, Injectable } from '@nestjs/common';
import type { StreamsSource } from 'rxjs-redis-streams';
import { InjectGroup, InjectStreams, OnStream, RedisStreamsModule, type OnStreamOptions } from 'rxjs-redis-streams/nestjs';
import { createMemoryRedis } from 'rxjs-redis-streams/testing';
import { expect, test } from 'vitest';
import { refused } from './support.js';
import { Test } from '@nestjs/testing';

const orders = RedisStreamsModule.forFeature([{ name: 'orders', streams: 'orders' }]);

function billing(feature: string, options: OnStreamOptions = {}) {
  @Injectable()
  class Billing {
    @OnStream(feature, options)
    charge(): void {
      throw new Error('never called');
    }
  }
  return Billing;
}

test.each<[string, string, OnStreamOptions | undefined, string]>([
  [
    'an unknown feature',
    'ordres',
    { group: 'billing' },
    `Billing.charge: @OnStream('ordres') names a feature that there is not (known: "orders"): add { name: 'ordres', streams: 'ordres' } to a RedisStreamsModule.forFeature([…]).`,
  ],
  [
    'no group',
    'orders',
    undefined,
    `Billing.charge: @OnStream('orders') has no group: give it one, as in @OnStream('orders', { group: 'billing' }), or the feature.`,
  ],
  [
    'a wildcard',
    'orders.*',
    { group: 'billing' },
    `Billing.charge: @OnStream: "orders.*" is a wildcard, and a consumer group reads streams by their names: list them, as in streams: ['orders:eu', 'orders:us'].`,
  ],
  [
    'a wrong option of the stage',
    'orders',
    { group: 'billing', concurrency: 0 },
    'Billing.charge: @OnStream: concurrency is 0, but must be a whole number from 1, or Infinity.',
  ],
  [
    'a wrong option of the source',
    'orders',
    { group: 'billing', bufferSize: 0 },
    'Billing.charge: @OnStream: bufferSize is 0, but must be a whole number from 1.',
  ],
])('%s: the error names the class, the method and what to do', async (_, feature, options, message) => {
  const error = await refused({ imports: [orders], providers: [billing(feature, options)] });
  expect(error.message).toBe(message);
});

test('a backlog without a name that stays', async () => {
  const error = await refused({ imports: [orders], providers: [billing('orders', { group: 'billing', backlogFirst: true })] });
  expect(error.message).toMatch(/^Billing\.charge: @OnStream: .*consumer/);
});

test('a second handler for one stream and group, in another class', async () => {
  const features = RedisStreamsModule.forFeature([
    { name: 'orders', streams: ['orders', 'returns'] },
    { name: 'returns', streams: 'returns', group: 'billing' },
  ]);
  @Controller()
  class Returns {
    @OnStream('returns')
    take(): void {
      throw new Error('never called');
    }
  }
  const error = await refused({
    imports: [features],
    providers: [billing('orders', { group: 'billing' })],
    controllers: [Returns],
  });
  expect(error.message).toBe(
    'Returns.take: Billing.charge handles "returns" in the group "billing" already, and each entry of a group goes to one of its handlers: give one of them another group. (A class that two modules provide is two handlers: provide it in one, and export it.)',
  );
});

test('two handlers of one stream in two groups are none of that', async () => {
  const error = await refused({
    imports: [orders],
    providers: [billing('orders', { group: 'billing' }), { provide: 'other', useClass: billing('orders', { group: 'mail' }) }],
  }).catch((started: Error) => started);
  expect(error.message).toBe('the application started');
});

test('a feature that nobody declared, injected: the error of Nest names the class and what is missing', async () => {
  @Injectable()
  class Shop {
    constructor(@InjectStreams('ordres') readonly feed: StreamsSource) {}
  }
  @Injectable()
  class Work {
    constructor(@InjectGroup('orders') readonly feed: StreamsSource) {}
  }
  const unknown = await refused({ imports: [orders], providers: [Shop] });
  expect(unknown.message).toContain(`dependencies of the Shop (?)`);
  expect(unknown.message).toContain(`RedisStreamsModule.forFeature([{ name: "ordres", streams: … }])`);
  const groupless = await refused({ imports: [orders], providers: [Work] });
  expect(groupless.message).toContain(`dependencies of the Work (?)`);
  expect(groupless.message).toContain(`RedisStreamsModule.forFeature([{ name: "orders", streams: …, group: … }])`);
});

test('forRoot is missing: the error names the classes that need it', async () => {
  @Injectable()
  class Shop {
    constructor(@InjectStreams('orders') readonly feed: StreamsSource) {}
  }
  const module = Test.createTestingModule({ imports: [orders], providers: [billing('orders'), Shop] });
  await expect(module.compile()).rejects.toThrow(
    'RedisStreamsModule.forFeature: the feature "orders" of Billing and Shop has no connection: import RedisStreamsModule.forRoot({ connection: … }) in the root module.',
  );
});

test('a connection that no forRoot has, and one that two have', async () => {
  const unknown = await refused({
    imports: [RedisStreamsModule.forFeature([{ name: 'orders', streams: 'orders', connection: 'eu' }])],
  });
  expect(unknown.message).toBe(
    `RedisStreamsModule.forFeature: the feature "orders" needs the connection "eu", which there is not (known: "default"): import RedisStreamsModule.forRoot({ name: 'eu', connection: … }) in the root module.`,
  );
  const connection = createMemoryRedis({ lazyConnect: true });
  const twice = await refused({ imports: [RedisStreamsModule.forRoot({ connection })] });
  expect(twice.message).toContain(`there are two connections "default": give one of them another name`);
});

test('two features of one name that differ', async () => {
  const error = await refused({ imports: [orders, RedisStreamsModule.forFeature([{ name: 'orders', streams: 'others' }])] });
  expect(error.message).toBe(
    'RedisStreamsModule.forFeature: two features are named "orders", and differ: give one of them another name, or declare it once and share it.',
  );
});

test.each<[string, object, string]>([
  [
    'a schema that is none',
    { name: 'orders', streams: 'orders', schema: { parse: () => 1 } },
    'RedisStreamsModule.forFeature, feature "orders": schema is no Standard Schema: give a schema of zod 3.24, valibot 1, arktype 2 or another of https://standardschema.dev.',
  ],
  [
    'no name',
    { streams: 'orders' },
    `RedisStreamsModule.forFeature: a feature has no name: give { name: 'orders', streams: 'orders' }.`,
  ],
  [
    'no streams',
    { name: 'orders' },
    'RedisStreamsModule.forFeature, feature "orders": streams is missing: give a key, a list of keys, or { key: start }.',
  ],
  [
    'a wildcard among the streams',
    { name: 'orders', streams: ['orders:*'] },
    `RedisStreamsModule.forFeature, feature "orders": "orders:*" is a wildcard, and a consumer group reads streams by their names: list them, as in streams: ['orders:eu', 'orders:us'].`,
  ],
])('a feature with %s is refused where it is declared', (_, feature, message) => {
  expect(() => RedisStreamsModule.forFeature([feature as never])).toThrow(message);
});

test.each<[unknown, string]>([
  [undefined, 'connection is missing: give a client of ioredis, its options, or a URL.'],
  [6379, 'connection is a number: give a client of ioredis, its options, or a URL.'],
  ['user:secret@host', 'connection is a string, but no URL: give "redis://host:6379" or "rediss://…".'],
])('forRoot with the connection %j quotes nothing of it', async (connection, message) => {
  const error = await refused({}, { connection: connection as string });
  expect(error.message).toBe(`RedisStreamsModule.forRoot, connection "default": ${message}`);
});

test('forRootAsync without a factory', () => {
  expect(() => RedisStreamsModule.forRootAsync({})).toThrow('give one of useFactory, useClass and useExisting');
});
