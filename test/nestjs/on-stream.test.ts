import {
  Catch,
  Injectable,
  Logger,
  Scope,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
  Inject,
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  type ExceptionFilter,
  type ExecutionContext,
  type NestInterceptor,
  type PipeTransform,
} from '@nestjs/common';
import { APP_INTERCEPTOR, REQUEST } from '@nestjs/core';
import { Ctx, Payload } from '@nestjs/microservices';
import { BehaviorSubject, EMPTY, filter, Observable, of, Subject, tap, throwError } from 'rxjs';
import {
  OnStream,
  RedisStreamsContext,
  RedisStreamsHealthIndicator,
  RedisStreamsModule,
  type StreamRequest,
} from 'rxjs-redis-streams/nestjs';
import { createMemoryRedis } from 'rxjs-redis-streams/testing';
import { expect, test, vi } from 'vitest';
import { eventually } from '../support/eventually.js';
import { pending, start } from './support.js';

const orders = RedisStreamsModule.forFeature([{ name: 'orders', streams: { orders: '0' }, autoCreate: { from: '0' } }]);
type Fields = Record<string, string>;

test('the entry is acked when what the method returned is done: nothing, a value, a promise, an Observable', async () => {
  const seen: unknown[] = [];
  const done = new Subject<void>();
  const promise = deferred();
  @Injectable()
  class Billing {
    @OnStream('orders', { group: 'billing', concurrency: 4 })
    charge(order: Fields): unknown {
      seen.push(order['kind']);
      if (order['kind'] === 'nothing') return undefined;
      if (order['kind'] === 'value') return { charged: true };
      return order['kind'] === 'promise' ? promise.promise : done;
    }
  }
  const { redis } = await start({ imports: [orders], providers: [Billing] });
  for (const [i, kind] of ['nothing', 'value', 'promise', 'observable'].entries())
    await redis.xadd('orders', `${i + 1}-0`, 'kind', kind);

  await eventually(
    async () => seen.length === 4 && (await pending(redis, 'orders', 'billing')).join() === '3-0,4-0',
    'two acked',
  );
  promise.resolve();
  await eventually(async () => (await pending(redis, 'orders', 'billing')).join() === '4-0', 'the promise is acked');
  done.next();
  expect(await pending(redis, 'orders', 'billing')).toEqual(['4-0']); // a value is not the end
  done.complete();
  await eventually(async () => (await pending(redis, 'orders', 'billing')).length === 0, 'the Observable is acked');
});

test('an empty Observable is a success, of the method and of an interceptor', async () => {
  const seen: string[] = [];
  @Injectable()
  class NoOdd implements NestInterceptor {
    intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
      return next.handle().pipe(filter((value) => value === 'even'));
    }
  }
  @Injectable()
  class Billing {
    @OnStream('orders', { group: 'empty' })
    nothing(order: Fields): Observable<unknown> {
      seen.push(`empty ${order['n']}`);
      return EMPTY;
    }
    @UseInterceptors(NoOdd)
    @OnStream('orders', { group: 'intercepted' })
    odd(order: Fields): string {
      seen.push(`intercepted ${order['n']}`);
      return 'odd';
    }
  }
  const { redis } = await start({ imports: [orders], providers: [Billing] });
  await redis.xadd('orders', '1-0', 'n', '1');
  await eventually(() => seen.length === 2, 'both were called');
  for (const group of ['empty', 'intercepted']) {
    await eventually(async () => (await pending(redis, 'orders', group)).length === 0, `${group} is acked`);
  }
  expect(seen.sort()).toEqual(['empty 1', 'intercepted 1']);
});

test.each<[string, () => unknown]>([
  [
    'throws',
    () => {
      throw new Error('no');
    },
  ],
  ['rejects', () => Promise.reject(new Error('no'))],
  ['errors', () => throwError(() => new Error('no'))],
  [
    'errors after a value',
    () =>
      new Observable((subscriber) => {
        subscriber.next(1);
        subscriber.error(new Error('no'));
      }),
  ],
])('a method that %s: the entry is nacked, and comes again', async (_, fail) => {
  const attempts: number[] = [];
  @Injectable()
  class Billing {
    @OnStream('orders', { group: 'billing', redeliver: { delay: 1 } })
    charge(_order: Fields, context: RedisStreamsContext): unknown {
      attempts.push(context.attempt);
      return context.attempt < 3 ? fail() : undefined;
    }
  }
  const { redis } = await start({ imports: [orders], providers: [Billing] });
  await redis.xadd('orders', '1-0', 'n', '1');
  await eventually(
    async () => attempts.length === 3 && (await pending(redis, 'orders', 'billing')).length === 0,
    'acked at last',
  );
  expect(attempts).toEqual([1, 2, 3]);
});

test('what fails too often goes to the dead-letter stream, and redeliver: false leaves it pending', async () => {
  let calls = 0;
  @Injectable()
  class Billing {
    @OnStream('orders', { group: 'twice', redeliver: { delay: 1, maxDeliveries: 2, deadLetter: 'dead' } })
    twice(): never {
      throw new Error('never');
    }
    @OnStream('orders', { group: 'once', redeliver: false })
    once(): never {
      calls++;
      throw new Error('never');
    }
  }
  const { redis } = await start({ imports: [orders], providers: [Billing] });
  await redis.xadd('orders', '1-0', 'n', '1');
  await eventually(async () => (await redis.xlen('dead')) === 1, 'dead-lettered');
  expect(JSON.stringify(await redis.xrange('dead', '-', '+'))).toContain('never');
  await eventually(() => calls === 1, 'called once');
  expect(await pending(redis, 'orders', 'once')).toEqual(['1-0']);
});

test('guards, pipes, interceptors and filters apply, in their order, with the context', async () => {
  const log: string[] = [];
  @Injectable()
  class Allowed implements CanActivate {
    canActivate(context: ExecutionContext): boolean {
      const rpc = context.switchToRpc();
      log.push(
        `guard ${context.getType()} ${context.getClass().name}.${context.getHandler().name} ${rpc.getContext<RedisStreamsContext>().id}`,
      );
      return rpc.getData<Fields>()['amount'] !== '0';
    }
  }
  @Injectable()
  class ToNumber implements PipeTransform<Fields, { amount: number }> {
    transform(value: Fields): { amount: number } {
      log.push('pipe');
      return { amount: Number(value['amount']) };
    }
  }
  @Injectable()
  class Logged implements NestInterceptor {
    intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
      log.push('before');
      return next.handle().pipe(tap((value) => log.push(`after ${String(value)}`)));
    }
  }
  @Catch()
  class Caught implements ExceptionFilter {
    catch(error: Error, host: ArgumentsHost): Observable<unknown> {
      const context = host.switchToRpc().getContext<RedisStreamsContext>();
      log.push(`filter ${context.id}: ${error.message}`);
      return error.message === 'Forbidden resource' ? EMPTY : throwError(() => error);
    }
  }
  @Injectable()
  @UseFilters(Caught)
  class Billing {
    @UseGuards(Allowed)
    @UsePipes(ToNumber)
    @UseInterceptors(Logged)
    @OnStream('orders', { group: 'billing', redeliver: { delay: 1, maxDeliveries: 1, deadLetter: 'dead' } })
    charge(order: { amount: number }, context: RedisStreamsContext): Observable<number> {
      log.push(`charge ${order.amount} ${context instanceof RedisStreamsContext}`);
      return order.amount > 9 ? throwError(() => new Error('too much')) : of(order.amount * 2);
    }
  }
  const { redis } = await start({ imports: [orders], providers: [Billing] });
  await redis.xadd('orders', '1-0', 'amount', '2');
  await eventually(() => log.includes('after 4'), 'charged');
  await redis.xadd('orders', '2-0', 'amount', '0');
  await eventually(() => log.length === 7, 'forbidden');
  await redis.xadd('orders', '3-0', 'amount', '10');
  await eventually(
    async () => (await redis.xlen('dead')) === 1 && (await pending(redis, 'orders', 'billing')).length === 0,
    'put away',
  );
  expect(log).toEqual([
    'guard rpc Billing.charge 1-0',
    'before',
    'pipe',
    'charge 2 true',
    'after 4',
    'guard rpc Billing.charge 2-0',
    'filter 2-0: Forbidden resource',
    'guard rpc Billing.charge 3-0',
    'before',
    'pipe',
    'charge 10 true',
    'filter 3-0: too much',
  ]);
  expect(JSON.stringify(await redis.xrange('dead', '-', '+'))).toContain('"3-0"');
});

test('global enhancers apply, and a method may handle two features', async () => {
  const log: string[] = [];
  class Everywhere implements NestInterceptor {
    intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
      log.push(`before ${context.getHandler().name}`);
      return next.handle();
    }
  }
  @Injectable()
  class Billing {
    @OnStream('orders', { group: 'billing' })
    @OnStream('returns', { group: 'billing' })
    book(_entry: Fields, { stream }: RedisStreamsContext): void {
      log.push(stream);
    }
  }
  const returns = RedisStreamsModule.forFeature([{ name: 'returns', streams: 'returns', autoCreate: { from: '0' } }]);
  const everywhere = { provide: APP_INTERCEPTOR, useClass: Everywhere };
  const { redis } = await start({ imports: [orders, returns], providers: [Billing, everywhere] });
  await redis.xadd('orders', '1-0', 'n', '1');
  await eventually(() => log.length === 2, 'the first');
  await redis.xadd('returns', '1-0', 'n', '1');
  await eventually(() => log.length === 4, 'the second');
  expect(log).toEqual(['before book', 'orders', 'before book', 'returns']);
});

test('what is logged: each failure with its entry, and once that Redis is not there', async () => {
  const log: string[] = [];
  const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation((text: string) => void log.push(text));
  @Injectable()
  class Billing {
    @OnStream('orders', { group: 'billing', redeliver: false })
    charge(): never {
      throw new Error('no such customer');
    }
  }
  const { redis } = await start({ imports: [orders], providers: [Billing] });
  await redis.xadd('orders', '1-0', 'n', '1');
  await eventually(() => log.length === 1, 'logged');
  await start(
    { imports: [orders], providers: [Billing] },
    { connection: { host: '127.0.0.1', port: 1, retryStrategy: () => 5 } },
  );
  await eventually(() => log.length === 2, 'logged');
  expect(log[0]).toBe('Billing.charge: entry 1-0 of orders failed, delivery 1: no such customer');
  expect(log[1]).toMatch(/^Billing\.charge cannot read at present, and tries again: /);
  warn.mockRestore();
});

test('parameters are what @Payload and @Ctx say, and pipes are for the data alone', async () => {
  const seen: unknown[] = [];
  class Twice implements PipeTransform {
    transform(value: unknown): unknown {
      return typeof value === 'string' ? value + value : value;
    }
  }
  @Injectable()
  class Billing {
    @UsePipes(new Twice())
    @OnStream('orders', { group: 'billing' })
    charge(@Ctx() context: RedisStreamsContext, @Payload('n') n: string): void {
      seen.push([context.id, context.stream, context.attempt, context.origin, n]);
    }
  }
  const { redis } = await start({ imports: [orders], providers: [Billing] });
  await redis.xadd('orders', '1-0', 'n', '7');
  await eventually(() => seen.length === 1, 'called');
  expect(seen).toEqual([['1-0', 'orders', 1, 'fresh', '77']]);
});

test('a request-scoped provider: an instance for each entry, with the request', async () => {
  const seen: string[] = [];
  let instances = 0;
  @Injectable({ scope: Scope.REQUEST })
  class Tenant {
    readonly number = ++instances;
    constructor(@Inject(REQUEST) readonly request: StreamRequest) {}
  }
  @Injectable({ scope: Scope.REQUEST })
  class Doubled implements PipeTransform<Fields> {
    transform(value: Fields): Fields {
      return { n: `${value['n']}${value['n']}` };
    }
  }
  @Injectable()
  class Billing {
    constructor(@Inject(Tenant) private readonly tenant: Tenant) {}
    @UsePipes(Doubled)
    @OnStream('orders', { group: 'billing' })
    charge(order: Fields): void {
      const { pattern, data, context } = this.tenant.request;
      seen.push(`${this.tenant.number} ${pattern} ${(data as Fields)['n']} ${context.id} ${order['n']}`);
    }
  }
  const { redis } = await start({ imports: [orders], providers: [Billing, Tenant] });
  await redis.xadd('orders', '1-0', 'n', '1');
  await redis.xadd('orders', '2-0', 'n', '2');
  await eventually(async () => seen.length === 2 && (await pending(redis, 'orders', 'billing')).length === 0, 'both are acked');
  expect(seen).toEqual(['1 orders 1 1-0 11', '2 orders 2 2-0 22']);
});

test('an entry settled by hand stays as it was settled', async () => {
  const seen: string[] = [];
  @Injectable()
  class Billing {
    @OnStream('orders', { group: 'billing', redeliver: { delay: 1, deadLetter: 'dead' } })
    async charge(order: Fields, context: RedisStreamsContext): Promise<void> {
      seen.push(`${order['n']} ${context.attempt}`);
      if (order['n'] === '1') {
        await context.ack();
        throw new Error('too late');
      }
      if (order['n'] === '2') await context.reject(new Error('no such customer'));
      else if (context.attempt === 1) context.nack({ delay: 2 });
    }
  }
  const { redis } = await start({ imports: [orders], providers: [Billing] });
  for (const n of ['1', '2', '3']) await redis.xadd('orders', `${n}-0`, 'n', n);
  await eventually(async () => seen.length === 4 && (await pending(redis, 'orders', 'billing')).length === 0, 'all are settled');
  expect(seen).toEqual(['1 1', '2 1', '3 1', '3 2']);
  expect(JSON.stringify(await redis.xrange('dead', '-', '+'))).toContain('no such customer');
});

test('backlogFirst: what this consumer left comes first; claimIdle: and what others left, too', async () => {
  const seen: string[] = [];
  @Injectable()
  class Billing {
    @OnStream('orders', {
      group: 'billing',
      consumer: 'one',
      backlogFirst: true,
      lease: { renewEvery: 10 },
      claimIdle: { minIdle: 30, every: 5 },
    })
    charge(_order: Fields, { id, origin }: RedisStreamsContext): void {
      seen.push(`${id} ${origin}`);
    }
  }
  const connection = createMemoryRedis();
  for (const id of ['1-0', '2-0', '3-0']) await connection.xadd('orders', id, 'n', '1');
  await connection.xgroup('CREATE', 'orders', 'billing', '0');
  await connection.xreadgroup('GROUP', 'billing', 'two', 'COUNT', 1, 'STREAMS', 'orders', '>');
  await connection.xreadgroup('GROUP', 'billing', 'one', 'COUNT', 1, 'STREAMS', 'orders', '>');
  await start({ imports: [orders], providers: [Billing] }, { connection });
  await eventually(() => seen.length === 3, 'all are handled');
  expect(seen[0]).toBe('2-0 backlog');
  expect(seen.slice(1).sort()).toEqual(['1-0 claimed', '3-0 fresh']);
  await eventually(async () => (await pending(connection, 'orders', 'billing')).length === 0, 'all are acked');
  connection.disconnect();
});

test('streams that come and go, as an Observable of lists', async () => {
  const seen: string[] = [];
  const streams = new BehaviorSubject(['orders']);
  @Injectable()
  class Billing {
    @OnStream('changing', { group: 'billing' })
    charge(_order: Fields, { stream }: RedisStreamsContext): void {
      seen.push(stream);
    }
  }
  const changing = RedisStreamsModule.forFeature([{ name: 'changing', streams, autoCreate: { from: '0' } }]);
  const { redis, app } = await start({ imports: [changing], providers: [Billing] });
  await redis.xadd('orders', '1-0', 'n', '1');
  await redis.xadd('returns', '1-0', 'n', '1');
  await eventually(() => seen.length === 1, 'the first');
  streams.next(['orders', 'returns']);
  await eventually(() => seen.length === 2, 'the second');
  expect(seen).toEqual(['orders', 'returns']);
  const { health } = await app.get(RedisStreamsHealthIndicator).isHealthy('health');
  expect(health).toMatchObject({ status: 'up', handlers: { 'Billing.charge': { streams: [], inFlight: 0 } } });
});

test('concurrency and key are those of ackAfter', async () => {
  const running: string[] = [];
  const ends = new Map<string, Subject<void>>();
  @Injectable()
  class Billing {
    @OnStream('orders', { group: 'billing', concurrency: 2, key: ({ fields }) => fields['customer'] })
    charge(order: Fields): Observable<void> {
      const end = new Subject<void>();
      ends.set(order['n'] ?? '', end);
      running.push(order['n'] ?? '');
      return end;
    }
  }
  const { redis } = await start({ imports: [orders], providers: [Billing] });
  for (const [n, customer] of [
    ['1', 'a'],
    ['2', 'a'],
    ['3', 'b'],
    ['4', 'b'],
  ] as const)
    await redis.xadd('orders', `${n}-0`, 'n', n, 'customer', customer);
  await eventually(() => running.length === 2, 'two run');
  expect(running).toEqual(['1', '3']);
  ends.get('3')?.complete();
  await eventually(() => running.length === 3, 'the next of its key');
  expect(running).toEqual(['1', '3', '4']);
  for (const end of ends.values()) end.complete();
  await eventually(() => running.length === 4, 'all ran');
  ends.get('2')?.complete();
});

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((fulfil) => (resolve = fulfil));
  return { promise, resolve };
}
