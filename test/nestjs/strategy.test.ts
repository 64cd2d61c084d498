import { Controller, Inject, Scope, UseFilters, Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { ClientsModule, Ctx, EventPattern, MessagePattern, Payload, RpcException, type ClientProxy } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import { EMPTY, firstValueFrom, NEVER, Observable, of, Subject, throwError, timer, type Observer } from 'rxjs';
import type { RedisStreamsContext } from 'rxjs-redis-streams/nestjs';
import {
  REDIS_STREAMS,
  RedisStreamsClient,
  RedisStreamsModule,
  RedisStreamsStrategy,
  type RedisStreamsStrategyOptions,
} from 'rxjs-redis-streams/nestjs';
import { createMemoryRedis, type MemoryRedis } from 'rxjs-redis-streams/testing';
import { afterEach, expect, test } from 'vitest';
import { eventually } from '../support/eventually.js';
import { pending, silent } from './support.js';

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

interface Hybrid {
  readonly redis: MemoryRedis;
  readonly strategy: RedisStreamsStrategy;
  close(): Promise<void>;
}

/** A hybrid application: the module, and a strategy on its connection. */
async function hybrid(
  controllers: (new (...args: never[]) => object)[],
  { providers = [], ...options }: RedisStreamsStrategyOptions & { providers?: never[] } = {},
  before: (strategy: RedisStreamsStrategy) => void = () => undefined,
): Promise<Hybrid> {
  const redis = createMemoryRedis();
  open.push(async () => redis.disconnect());
  const imports = [RedisStreamsModule.forRoot({ connection: redis })];
  const moduleRef = await Test.createTestingModule({ imports, controllers, providers }).setLogger(silent).compile();
  const app = moduleRef.createNestApplication();
  const strategy = new RedisStreamsStrategy({ group: 'billing', autoCreate: { from: '0' }, ...options });
  before(strategy);
  app.connectMicroservice({ strategy });
  await app.init();
  await app.startAllMicroservices();
  open.unshift(() => app.close());
  return { redis, strategy, close: () => app.close() };
}

test('an entry is acked when the handler is done: a delayed Observable, a value, an empty one', async () => {
  const seen: unknown[] = [];
  const end = new Subject<void>();
  @Controller()
  class Billing {
    @EventPattern<string>('orders', REDIS_STREAMS)
    charge(@Payload() order: Record<string, string>, @Ctx() context: RedisStreamsContext): unknown {
      seen.push([order['n'], context.stream, context.id, context.attempt, context.group, context.signal.aborted]);
      return [undefined, EMPTY, end, Promise.resolve(1)][Number(order['n'])];
    }
  }
  const { redis, strategy } = await hybrid([Billing], { concurrency: 4 });
  expect(strategy.unwrap()).toBe(redis);
  for (const n of ['0', '1', '2', '3']) await redis.xadd('orders', `${n}-1`, 'n', n);
  await eventually(
    async () => seen.length === 4 && (await pending(redis, 'orders', 'billing')).join() === '2-1',
    'three are acked',
  );
  end.next();
  end.complete();
  await eventually(async () => (await pending(redis, 'orders', 'billing')).length === 0, 'all are acked');
  expect(seen[2]).toEqual(['2', 'orders', '2-1', 1, 'billing', false]);
});

test.each<[string, () => unknown]>([
  ['an Observable that fails', () => throwError(() => new Error('no'))],
  [
    'one that fails later',
    () => new Observable((subscriber: Observer<number>) => (subscriber.next(1), subscriber.error(new RpcException('no')))),
  ],
  [
    'an error',
    () => {
      throw new Error('no');
    },
  ],
  ['a rejection', () => Promise.reject(new Error('no'))],
])('%s: the entry is nacked, comes again, and goes to the dead letters at last', async (_, fail) => {
  const attempts: number[] = [];
  @Controller()
  class Billing {
    @EventPattern<string>('orders', REDIS_STREAMS)
    charge(@Payload() order: Record<string, string>, @Ctx() context: RedisStreamsContext): unknown {
      attempts.push(context.attempt);
      return order['fails'] === 'once' && context.attempt === 2 ? undefined : fail();
    }
  }
  const { redis } = await hybrid([Billing], { redeliver: { delay: 1, maxDeliveries: 3, deadLetter: 'dead' } });
  await redis.xadd('orders', '1-0', 'fails', 'once');
  await eventually(async () => attempts.length === 2 && (await pending(redis, 'orders', 'billing')).length === 0, 'acked');
  await redis.xadd('orders', '2-0', 'fails', 'always');
  await eventually(
    async () => (await redis.xlen('dead')) === 1 && (await pending(redis, 'orders', 'billing')).length === 0,
    'put away',
  );
  expect(attempts).toEqual([1, 2, 1, 2, 3]);
});

test('two handlers of one pattern are both done before the ack, however empty the other one is', async () => {
  const [slow, log] = [new Subject<void>(), [] as string[]];
  @Controller()
  class First {
    @EventPattern<string>('orders', REDIS_STREAMS)
    empty(): Observable<never> {
      log.push('empty');
      return EMPTY;
    }
  }
  @Controller()
  class Second {
    @EventPattern<string>('orders', REDIS_STREAMS)
    slow(): Observable<void> {
      return new Observable((subscriber) => {
        log.push('slow');
        slow.subscribe(subscriber);
        return () => log.push('slow is over');
      });
    }
  }
  const { redis } = await hybrid([First, Second]);
  await redis.xadd('orders', '1-0', 'a', 'b');
  await eventually(() => log.length === 2, 'both were called');
  await firstValueFrom(timer(20)); // nothing that happens of itself is to end it
  expect(log).toEqual(['empty', 'slow']);
  expect(await pending(redis, 'orders', 'billing')).toEqual(['1-0']);
  slow.complete();
  await eventually(async () => (await pending(redis, 'orders', 'billing')).length === 0, 'acked');
});

test('when one of two handlers fails the other one ends, and then the entry is nacked', async () => {
  const [slow, log] = [new Subject<void>(), [] as string[]];
  @Controller()
  class Both {
    @EventPattern<string>('orders', REDIS_STREAMS)
    failing(@Ctx() context: RedisStreamsContext): Observable<unknown> {
      log.push(`failing ${context.attempt}`);
      return context.attempt === 1 ? throwError(() => new Error('no')) : of(1);
    }
    @EventPattern<string>('orders', REDIS_STREAMS)
    slow(@Ctx() context: RedisStreamsContext): Observable<unknown> {
      log.push(`slow ${context.attempt}`);
      return context.attempt === 1 ? slow : of(1);
    }
  }
  const { redis } = await hybrid([Both], { redeliver: { delay: 1 } });
  await redis.xadd('orders', '1-0', 'a', 'b');
  await eventually(() => log.length === 2, 'both were called');
  await firstValueFrom(timer(20));
  expect(log).toHaveLength(2);
  slow.complete();
  await eventually(
    async () => log.length === 4 && (await pending(redis, 'orders', 'billing')).length === 0,
    'acked the second time',
  );
  expect(log).toEqual(['failing 1', 'slow 1', 'failing 2', 'slow 2']);
});

test('extras of a pattern go before the options; a pattern in two groups is read for both', async () => {
  const seen: string[] = [];
  @Controller()
  class Both {
    @EventPattern<string>('orders', REDIS_STREAMS)
    charge(@Ctx() context: RedisStreamsContext): void {
      seen.push(`charge in ${context.group}`);
    }
    @EventPattern<string>('orders', REDIS_STREAMS, { group: 'mail', consumer: 'mailer' })
    mail(@Ctx() context: RedisStreamsContext): void {
      seen.push(`mail in ${context.group}`);
    }
  }
  const { redis } = await hybrid([Both]);
  await redis.xadd('orders', '1-0', 'a', 'b');
  await eventually(() => seen.length === 2, 'both were called');
  expect(seen.sort()).toEqual(['charge in billing', 'mail in mail']);
  expect(JSON.stringify(await redis.xinfo('CONSUMERS', 'orders', 'mail'))).toContain('mailer');
});

test('a hybrid application routes only what is ours, and what names no transport', async () => {
  const seen: string[] = [];
  @Controller()
  class Mixed {
    @EventPattern<string>('ours', REDIS_STREAMS)
    ours(): void {
      seen.push('ours');
    }
    @EventPattern<string>('theirs', Symbol('theirs'))
    theirs(): void {
      seen.push('theirs');
    }
    @EventPattern<string>('anybody')
    anybody(): void {
      seen.push('anybody');
    }
    @MessagePattern('question')
    question(): void {
      seen.push('question');
    }
  }
  const { redis, strategy } = await hybrid([Mixed]);
  for (const stream of ['theirs', 'question', 'ours', 'anybody']) await redis.xadd(stream, '1-0', 'a', 'b');
  await eventually(() => seen.length === 2, 'ours were called');
  expect(seen.sort()).toEqual(['anybody', 'ours']);
  expect([...strategy.getHandlers().keys()].sort()).toEqual(['anybody', 'ours']);
});

test('filters apply, and request-scoped controllers', async () => {
  let instances = 0;
  const seen: string[] = [];
  @Catch()
  class Caught implements ExceptionFilter {
    catch(error: Error, host: ArgumentsHost): Observable<unknown> {
      seen.push(`filter ${host.switchToRpc().getContext<RedisStreamsContext>().id} ${error.message}`);
      return EMPTY;
    }
  }
  @Controller({ scope: Scope.REQUEST })
  class Scoped {
    readonly number = ++instances;
    @UseFilters(Caught)
    @EventPattern<string>('orders', REDIS_STREAMS)
    charge(@Payload('n') n: string): void {
      seen.push(`${this.number} ${n}`);
      if (n === '2') throw new Error('no');
    }
  }
  const { redis } = await hybrid([Scoped]);
  await redis.xadd('orders', '1-0', 'n', '1');
  await redis.xadd('orders', '2-0', 'n', '2');
  await eventually(async () => seen.length === 3 && (await pending(redis, 'orders', 'billing')).length === 0, 'all are acked');
  expect(seen).toEqual(['1 1', '2 2', 'filter 2-0 no']);
});

test('the hooks of instrumentation: the first is around the work, the other is called once, and metadata comes along', async () => {
  const log: string[] = [];
  @Controller()
  class Billing {
    @EventPattern<string>('orders', REDIS_STREAMS)
    charge(@Payload() order: { n: number }, @Ctx() context: RedisStreamsContext): Observable<unknown> {
      log.push(`charge ${order.n} ${JSON.stringify(context.getMetadata())}`);
      return order.n === 2 ? throwError(() => new Error('no')) : timer(1);
    }
  }
  const { redis } = await hybrid([Billing], { redeliver: { maxDeliveries: 1, deadLetter: 'dead' } }, (strategy) => {
    strategy.setOnProcessingStartHook((id, context, done) => {
      log.push(`start ${String(id === REDIS_STREAMS)} ${(context as RedisStreamsContext).id}`);
      void done().catch(() => undefined); // as instrumentation may: it returns nothing
    });
    strategy.setOnProcessingEndHook((_, context) => void log.push(`end ${(context as RedisStreamsContext).id}`));
  });
  const client = new RedisStreamsClient({ connection: redis });
  const hooked = 'setOnDispatchHook' in client; // from Nest 12 on
  if (hooked) client.setOnDispatchHook((packet) => Object.assign(packet, { metadata: { traceparent: '00-ab' } }));
  const metadata = hooked ? '{"traceparent":"00-ab"}' : 'undefined';
  const first = await firstValueFrom(client.emit<string>('orders', { n: 1 }));
  await eventually(async () => (await pending(redis, 'orders', 'billing')).length === 0 && log.length === 3, 'acked');
  const second = await firstValueFrom(client.emit<string>('orders', { n: 2 }));
  await eventually(
    async () => (await redis.xlen('dead')) === 1 && (await pending(redis, 'orders', 'billing')).length === 0,
    'put away',
  );
  expect(log).toEqual([
    `start true ${first}`,
    `charge 1 ${metadata}`,
    `end ${first}`,
    `start true ${second}`,
    `charge 2 ${metadata}`,
    `end ${second}`,
  ]);
});

test('emit adds at once and gives the id; what it emitted is what the handler gets; send is refused', async () => {
  const seen: unknown[] = [];
  @Controller()
  class Billing {
    constructor(@Inject('EVENTS') readonly events: ClientProxy) {}
    @EventPattern<string>('orders', REDIS_STREAMS)
    charge(@Payload() order: unknown): void {
      seen.push(order);
    }
  }
  const redis = createMemoryRedis();
  const clients = ClientsModule.register([{ name: 'EVENTS', customClass: RedisStreamsClient, options: { connection: redis } }]);
  const moduleRef = await Test.createTestingModule({ imports: [clients], controllers: [Billing] })
    .setLogger(silent)
    .compile();
  const strategy = new RedisStreamsStrategy({ connection: redis, group: 'billing', autoCreate: { from: '0' } });
  const app = moduleRef.createNestMicroservice({ strategy });
  await app.listen();
  const { events } = moduleRef.get(Billing);
  const order = { amount: 5, lines: [{ item: 'tea', at: null }], ünï: '✓' };
  const id = await firstValueFrom(events.emit<string>('orders', order));
  expect(await redis.xrange('orders', id, id)).toHaveLength(1);
  void events.emit('orders', 'a text');
  await eventually(() => seen.length === 2, 'both were called');
  expect(seen).toEqual([order, 'a text']);
  await expect(firstValueFrom(events.send('orders', order))).rejects.toThrow(
    'send("orders"): streams have no answers: use emit(), and let the answer be an event of its own; or send() over another transport.',
  );
  await expect(firstValueFrom(events.emit({ cmd: 'orders' }, order))).rejects.toThrow(
    'emit: the pattern is {"cmd":"orders"}, but must be the key of a stream.',
  );
  await app.close();
  expect(await redis.ping()).toBe('PONG');
  redis.disconnect();
});

test('a serializer and a deserializer of their own, and a bound for the stream', async () => {
  const seen: unknown[] = [];
  @Controller()
  class Billing {
    @EventPattern<string>('orders', REDIS_STREAMS)
    charge(@Payload() order: unknown): void {
      seen.push(order);
    }
  }
  const deserialize = ({ fields }: { fields: Record<string, string> }) => ({ pattern: 'orders', data: Number(fields['n']) });
  const { redis } = await hybrid([Billing], { deserializer: { deserialize: deserialize as never } });
  const serializer = { serialize: ({ data }: { data: unknown }) => ['n', String(data)] };
  const client = new RedisStreamsClient({ connection: redis, serializer, maxLength: 1 });
  await firstValueFrom(client.emit('orders', 7));
  await eventually(() => seen.length === 1, 'it came');
  expect(seen).toEqual([7]);
  expect(await redis.xrange('orders', '-', '+')).toEqual([[expect.any(String), ['n', '7']]]);
  for (let n = 0; n < 300; n++) await firstValueFrom(client.emit('orders', n));
  expect(await redis.xlen('orders')).toBeLessThan(300);
});

test('status and notices are told', async () => {
  const log: string[] = [];
  @Controller()
  class Billing {
    @EventPattern<string>('orders', REDIS_STREAMS)
    charge(): void {
      log.push('charge');
    }
  }
  const { close } = await hybrid([Billing], {}, (strategy) => {
    strategy.status.subscribe((status) => log.push(status));
    strategy.on('notice', ({ type }) => type === 'joined' && log.push(type));
  });
  await eventually(() => log.length === 2, 'reading');
  await close();
  expect(log.sort()).toEqual(['connected', 'disconnected', 'joined']);
});

test('the shutdown cancels what takes longer than drainTimeout, and it stays pending', async () => {
  const log: string[] = [];
  @Controller()
  class Billing {
    @EventPattern<string>('orders', REDIS_STREAMS)
    charge(@Ctx() context: RedisStreamsContext): Observable<never> {
      context.signal.addEventListener('abort', () => log.push('aborted'));
      return new Observable((subscriber) => {
        log.push('begun');
        NEVER.subscribe(subscriber);
        return () => log.push('unsubscribed');
      });
    }
  }
  const { redis, close } = await hybrid([Billing], { drainTimeout: 30 });
  await redis.xadd('orders', '1-0', 'a', 'b');
  await eventually(() => log.length === 1, 'begun');
  await close();
  expect(log).toEqual(['begun', 'aborted', 'unsubscribed']);
  expect(await pending(redis, 'orders', 'billing')).toEqual(['1-0']);
});

test.each<[string, unknown, RedisStreamsStrategyOptions, string]>([
  [
    'a wildcard',
    'orders.*',
    {},
    `Billing.charge: @EventPattern: "orders.*" is a wildcard, and a consumer group reads streams by their names: list them, as in streams: ['orders:eu', 'orders:us'].`,
  ],
  [
    'a pattern that is no text',
    { cmd: 'orders' },
    {},
    `Billing.charge: a pattern is the name of a feature or the key of a stream, as in @EventPattern('orders', REDIS_STREAMS).`,
  ],
  [
    'no group',
    'orders',
    { group: undefined },
    `Billing.charge: there is no group: give it one, as in new RedisStreamsStrategy({ group: 'billing' }), or in the pattern's extras.`,
  ],
  [
    'an unknown connection',
    'orders',
    { connection: 'eu' },
    `RedisStreamsStrategy needs the connection "eu", which there is not (known: "default"): import RedisStreamsModule.forRoot({ name: 'eu', connection: … }) in the root module.`,
  ],
  ['a wrong option', 'orders', { concurrency: -1 }, 'concurrency is -1, but must be a whole number from 1, or Infinity.'],
])('%s: told at bootstrap, with the class', async (_, pattern, options, message) => {
  @Controller()
  class Billing {
    @EventPattern(pattern, REDIS_STREAMS)
    charge(): void {
      throw new Error('never called');
    }
  }
  await expect(hybrid([Billing], options)).rejects.toThrow(message);
});

test('handlers of one pattern and group whose extras differ', async () => {
  @Controller()
  class Billing {
    @EventPattern<string>('orders', REDIS_STREAMS, { concurrency: 2 })
    charge(): void {
      throw new Error('never called');
    }
    @EventPattern<string>('orders', REDIS_STREAMS, { concurrency: 3 })
    mail(): void {
      throw new Error('never called');
    }
  }
  await expect(hybrid([Billing])).rejects.toThrow(
    'handles "orders" with another concurrency already, and one reader serves both',
  );
});

test('without the module a strategy has to have a connection', async () => {
  const moduleRef = await Test.createTestingModule({}).setLogger(silent).compile();
  const app = moduleRef.createNestMicroservice({ strategy: new RedisStreamsStrategy({ group: 'billing' }) });
  await expect(app.listen()).rejects.toThrow(`RedisStreamsStrategy has no connection: give it one`);
});
