/** Programs of a user of `/nestjs`, who has the packed package and one major of Nest. */
const app = `
async function handles({ redis, nest, common, streams }, how) {
  const { Injectable, Module } = common;
  const { OnStream, RedisStreamsModule, InjectGroup } = streams;
  const seen = [];
  class Billing {
    constructor(orders) { this.orders = orders; }
    charge(order, context) { seen.push(context.id + ' ' + order.item + ' ' + typeof this.orders.pipe); }
  }
  OnStream('orders', { group: 'billing' })(Billing.prototype, 'charge', Object.getOwnPropertyDescriptor(Billing.prototype, 'charge'));
  InjectGroup('audit')(Billing, undefined, 0);
  Injectable()(Billing);
  class App {}
  const features = [{ name: 'orders', streams: 'orders', autoCreate: { from: '0' } }, { name: 'audit', streams: 'orders', group: 'audit' }];
  const imports = [RedisStreamsModule.forRoot({ connection: redis }), RedisStreamsModule.forFeature(features)];
  Module({ imports, providers: [Billing] })(App);
  await redis.xadd('orders', '1-1', 'item', 'tea');
  const context = await nest.NestFactory.createApplicationContext(App, { logger: false });
  for (let i = 0; i < 500 && seen.length === 0; i++) await new Promise((resolve) => setTimeout(resolve, 10));
  await context.close();
  redis.disconnect();
  if (seen.join() !== '1-1 tea function') throw new Error(how + ': the handler got [' + seen + ']');
}
const major = (microservices, how) => {
  const is = 'handleRequest' in microservices.Server.prototype ? '12' : '11';
  if (is !== process.argv[2]) throw new Error(how + ': this is Nest ' + is + ', not ' + process.argv[2]);
};
`;

export const nestPrograms = {
  'nest.mjs': `${app}
import * as common from '@nestjs/common';
import * as nest from '@nestjs/core';
import * as microservices from '@nestjs/microservices';
import * as streams from 'rxjs-redis-streams/nestjs';
import { createMemoryRedis } from 'rxjs-redis-streams/testing';
import expected from './names.cjs';
major(microservices, 'import');
same(streams, expected['rxjs-redis-streams/nestjs'], 'import');
await handles({ redis: createMemoryRedis(), nest, common, streams }, 'import');
`,
  'nest.cjs': `${app}
const common = require('@nestjs/common');
const nest = require('@nestjs/core');
const streams = require('rxjs-redis-streams/nestjs');
const { createMemoryRedis } = require('rxjs-redis-streams/testing');
major(require('@nestjs/microservices'), 'require');
same(streams, require('./names.cjs')['rxjs-redis-streams/nestjs'], 'require');
void handles({ redis: createMemoryRedis(), nest, common, streams }, 'require');
`,
};

const usage = `
import { Injectable, Module } from '@nestjs/common';
import type { Observable } from 'rxjs';
import type { GroupSource, StreamsSource } from 'rxjs-redis-streams';
import { InjectGroup, InjectStreams, OnStream, RedisStreamsContext, RedisStreamsModule } from 'rxjs-redis-streams/nestjs';
import { createMemoryRedis } from 'rxjs-redis-streams/testing';
interface Order { customer: string }
@Injectable()
export class Billing {
  constructor(
    @InjectStreams('orders') readonly all: StreamsSource<Order>,
    @InjectGroup('orders') readonly orders: GroupSource<Order>,
  ) {}
  @OnStream('orders', { concurrency: 8, key: ({ fields }) => fields['customer'], claimIdle: false })
  charge(order: Order, { signal }: RedisStreamsContext): Observable<never> | Promise<string> { return Promise.resolve(order.customer + signal.aborted); }
}
@Module({
  imports: [
    RedisStreamsModule.forRoot({ connection: createMemoryRedis() }),
    RedisStreamsModule.forRootAsync({ name: 'two', inject: ['URL'], useFactory: (url: string) => ({ connection: url }) }),
    RedisStreamsModule.forFeature([{ name: 'orders', streams: 'orders', group: 'billing' }]),
  ],
  providers: [Billing],
})
export class App {}
`;
export const typedNest = { 'nest-esm.mts': usage, 'nest-cjs.cts': usage };
