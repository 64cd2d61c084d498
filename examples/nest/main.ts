/**
 * A small service of Nest: orders come in by HTTP, are charged by a consumer group, tried again where the bank was busy, and put
 * away where they cannot be charged. It shows itself and ends; with PORT=3000 it stays, for you to POST orders.
 */
import type { AddressInfo, Server } from 'node:net';
import { NestFactory } from '@nestjs/core';
import type { Redis } from 'ioredis';
import { lastValueFrom, take, tap } from 'rxjs';
import { getRedisToken } from 'rxjs-redis-streams/nestjs';
import { AppModule } from './app.module.js';
import { Billing } from './billing.js';
import { DEAD, ORDERS } from './order.js';

const port = process.env['PORT'];
const app = await NestFactory.create(AppModule, { logger: port ? ['log', 'warn', 'error'] : ['warn'] });
const redis = app.get<Redis>(getRedisToken());
if (port === undefined) await redis.del(ORDERS, DEAD); // what an earlier run has left
app.enableShutdownHooks(); // without it a SIGTERM is no shutdown in order
await app.listen(port ?? 0);

if (port === undefined) {
  const at = `http://127.0.0.1:${((app.getHttpServer() as Server).address() as AddressInfo).port}`;
  const orders = [
    { customer: 'ann', amount: 5 },
    { customer: 'bob', amount: 500 }, // the bank is busy at first
    { customer: 'nobody', amount: 1 }, // never
    { customer: 'ann', amount: 7 },
  ];
  for (const order of orders) {
    const headers = { 'content-type': 'application/json' };
    await fetch(`${at}/orders`, { method: 'POST', headers, body: JSON.stringify(order) });
  }
  const done = app.get(Billing).done.pipe(
    take(orders.length),
    tap((what) => console.log(what)),
  );
  await lastValueFrom(done);

  const { status, details } = (await (await fetch(`${at}/health`)).json()) as {
    status: string;
    details: { streams: { handlers: object } };
  };
  console.log(`health: ${status}, of ${Object.keys(details.streams.handlers).join(' and ')}`);

  const [pending] = await redis.xpending(ORDERS, 'billing');
  console.log(`${String(pending)} pending, ${await redis.xlen(DEAD)} put away`);
  await app.close();
}

// expect: ann paid 5, at attempt 1
// expect: bob paid 500, at attempt 2
// expect: nobody did not pay 1: no such customer
// expect: health: ok, of Billing.charge and Billing.complain
// expect: 0 pending, 1 put away
