import { Injectable, type ModuleMetadata } from '@nestjs/common';
import { HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { NEVER, of, throwError, type Observable } from 'rxjs';
import { OnStream, RedisStreamsHealthIndicator, RedisStreamsModule, type HealthLimits } from 'rxjs-redis-streams/nestjs';
import { createMemoryRedis } from 'rxjs-redis-streams/testing';
import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.js';
import { pending, start, type App } from './support.js';

const orders = RedisStreamsModule.forFeature([{ name: 'orders', streams: 'orders', autoCreate: { from: '0' } }]);

@Injectable()
class Billing {
  @OnStream('orders', { group: 'billing', consumer: 'one', bufferSize: 1, redeliver: false })
  charge(order: Record<string, string>): Observable<unknown> {
    if (order['kind'] === 'slow') return NEVER;
    return order['kind'] === 'bad' ? throwError(() => new Error('bad')) : of(1);
  }
}

function startBilling(options: Parameters<typeof start>[1] = {}): Promise<App> {
  const metadata: ModuleMetadata = {
    imports: [TerminusModule.forRoot({ logger: false }), orders],
    providers: [Billing],
  };
  return start(metadata, { drainTimeout: 10, ...options });
}

/** What Terminus makes of it. */
async function health({ app }: App, limits?: HealthLimits) {
  const indicator = app.get(RedisStreamsHealthIndicator);
  const service = app.get(HealthCheckService, { strict: false });
  const checked = await service
    .check([() => indicator.isHealthy('streams', limits)])
    .catch((error: { getResponse(): unknown }) => error.getResponse());
  const { status, details } = checked as { status: string; details: Record<string, unknown> };
  return { status, ...(details['streams'] as { message?: string; handlers: Record<string, Record<string, unknown>> }) };
}

test('up: what was read and settled last, what is in flight, and how far behind the group is', async () => {
  const started = await startBilling();
  const { redis } = started;
  await eventually(async () => (await health(started)).status === 'up', 'reading has begun');
  await redis.xadd('orders', '*', 'kind', 'good');
  await eventually(async () => 'sinceSettled' in ((await health(started)).handlers['Billing.charge'] ?? {}), 'settled');
  const { status, handlers } = await health(started);
  expect(status).toBe('up');
  expect(handlers).toEqual({
    'Billing.charge': {
      streams: ['orders'],
      group: 'billing',
      consumer: 'one',
      sinceRead: expect.any(Number),
      sinceSettled: expect.any(Number),
      inFlight: 0,
      lag: 0,
      pending: 0,
      behind: 0,
    },
  });
});

test('down: an entry that is worked on for too long, and more waiting than allowed', async () => {
  const started = await startBilling();
  for (const kind of ['slow', 'good', 'good']) await started.redis.xadd('orders', '*', 'kind', kind);
  await eventually(
    async () => (await health(started, { stuckAfter: 1 })).message?.includes('worked on') === true,
    'it is noticed',
  );
  const stuck = await health(started, { stuckAfter: 1 });
  expect(stuck.message).toMatch(/^Billing\.charge: entry \d+-0 of orders has been worked on for \d+ ms$/);
  expect(stuck.handlers['Billing.charge']).toMatchObject({ inFlight: 1, lag: 2, oldestInFlight: { stream: 'orders' } });
  expect((await health(started)).message).toBeUndefined();
  expect((await health(started, { maxLag: 1 })).message).toBe('Billing.charge: 2 entries wait, more than 1');
});

test('a handler that fails is no fault of the stream: up, with what is pending', async () => {
  const started = await startBilling();
  await started.redis.xadd('orders', '1-0', 'kind', 'bad');
  await eventually(async () => (await pending(started.redis, 'orders', 'billing')).length === 1, 'it was read');
  await eventually(async () => (await health(started)).handlers['Billing.charge']?.['inFlight'] === 0, 'it has failed');
  const { status, handlers } = await health(started);
  expect(status).toBe('up');
  expect(handlers['Billing.charge']).toMatchObject({ pending: 1 });
});

test('down: a source that is broken off, until it reads again', async () => {
  const redis = createMemoryRedis();
  await redis.set('orders', 'a text');
  const started = await startBilling({ connection: redis });
  await eventually(async () => (await health(started)).message?.includes('WRONGTYPE') === true, 'it is noticed');
  await redis.del('orders');
  await eventually(async () => (await health(started)).status === 'up', 'it reads again');
  redis.disconnect();
});

test('down: Redis is not there', async () => {
  const started = await startBilling({ connection: { host: '127.0.0.1', port: 1, retryStrategy: () => 20 } });
  const { status, message } = await health(started, { timeout: 20 });
  expect(status).toBe('down');
  expect(message).toMatch(/^Billing\.charge: /);
});
