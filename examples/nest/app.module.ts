import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { getRedisToken, RedisStreamsClient, RedisStreamsModule } from 'rxjs-redis-streams/nestjs';
import { createMemoryRedis, type MemoryRedis } from 'rxjs-redis-streams/testing';
import { Bank } from './bank.js';
import { Billing } from './billing.js';
import { HealthController } from './health.controller.js';
import { DEAD, Order, ORDERS } from './order.js';
import { OrdersController } from './orders.controller.js';

@Module({
  imports: [
    RedisStreamsModule.forRoot({ connection: process.env['REDIS_URL'] ?? createMemoryRedis(), drainTimeout: 10_000 }),
    RedisStreamsModule.forFeature([
      { name: 'orders', streams: ORDERS, schema: Order, autoCreate: { from: '0' } },
      { name: 'dead orders', streams: DEAD, schema: Order, autoCreate: { from: '0' } },
    ]),
    TerminusModule,
  ],
  controllers: [OrdersController, HealthController],
  providers: [
    Bank,
    Billing,
    {
      provide: RedisStreamsClient,
      inject: [getRedisToken()],
      useFactory: (connection: MemoryRedis) => new RedisStreamsClient({ connection, maxLength: 10_000 }),
    },
  ],
})
export class AppModule {}
