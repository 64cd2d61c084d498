import { hostname } from 'node:os';
import { Module } from '@nestjs/common';
import { RedisStreamsModule } from 'rxjs-redis-streams/nestjs';
import { createMemoryRedis } from 'rxjs-redis-streams/testing';
import { Bank } from './bank.js';
import { Billing } from './billing.js';
import { DeadLettersController } from './dead-letters.controller.js';
import { FiguresController } from './figures.controller.js';
import { Generator } from './generator.js';
import { FIGURES, ORDERS } from './keys.js';
import { Order } from './order.js';
import { OrdersController } from './orders.controller.js';
import { SettingsController } from './settings.controller.js';
import { SettingsService } from './settings.js';
import { Watch } from './watch.js';

@Module({
  imports: [
    RedisStreamsModule.forRoot({
      connection: process.env['REDIS_URL'] ?? createMemoryRedis(),
      consumer: process.env['CONSUMER'] ?? hostname(), // the same after a restart: what it had left comes first
      drainTimeout: 10_000,
    }),
    RedisStreamsModule.forFeature([
      { name: 'orders', streams: ORDERS, schema: Order, autoCreate: { from: '0' } },
      { name: 'figures', streams: FIGURES },
    ]),
  ],
  controllers: [OrdersController, FiguresController, DeadLettersController, SettingsController],
  providers: [SettingsService, Bank, Billing, Generator, Watch],
})
export class AppModule {}
