/**
 * No entry content, no password and no URL in whatever comes out: errors with their causes, notices, the diagnostics channel, process
 * warnings. The token stands in everything that is nobody's business; where a test says so, the client's own error carries it.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Redis } from 'ioredis';
import { lastValueFrom, map, of } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  ackAfter,
  backlogFirst,
  DecodeError,
  forwardTo,
  fromGroup,
  GroupConsumer,
  publishTo,
  redeliver,
  untilDrained,
  whenIdle,
  type Delivery,
  type GroupOptions,
} from '../../src/index.js';
import { everythingIn } from '../support/everything-in.js';
import { eventually } from '../support/eventually.js';
import { ground } from './faults/ground.js';
import { notebook } from './faults/notebook.js';

const SECRET = 'S3CRET';
const FIELDS = [`${SECRET}-name`, `${SECRET}-value`] as const;

const on = ground();
/** Whatever came out of the library in a test. */
let heard: unknown[];
let told: ReturnType<typeof notebook>;

const hear = (each: unknown): void => void heard.push(each);
beforeEach(() => {
  heard = [];
  told = notebook();
  subscribe('rxjs-redis-streams', hear);
  process.on('warning', hear);
});
afterEach(async () => {
  await on.admin.config('SET', 'maxmemory', 0);
  unsubscribe('rxjs-redis-streams', hear);
  process.off('warning', hear);
});

/** What `DecodeError` is there to hold; it is not enumerable, so neither `console.log` nor JSON shows it. */
const asked = (owner: object, property: PropertyKey): boolean =>
  owner instanceof DecodeError
    ? property === 'reason' || property === 'issues'
    : property === 'fields' && Object.getOwnPropertyDescriptor(owner, 'fields')?.enumerable === false;

/** Nothing that was heard, errors and notices included, has the token. */
function isClean(...more: unknown[]): void {
  const text = everythingIn([heard, told.all, more], { except: asked });
  const at = text.indexOf(SECRET);
  expect(at < 0 ? 'clean' : text.slice(Math.max(0, at - 200), at + 100)).toBe('clean');
  expect(heard.length + more.length).toBeGreaterThan(0);
}

const source = (redis: Redis, options: Partial<GroupOptions> = {}) =>
  fromGroup(redis, { streams: 's', group: 'g', consumer: 'c', autoCreate: { from: '0' }, notify: told.notify, ...options });
const entry = (): Promise<string | null> => on.admin.xadd('s', '*', ...FIELDS);
/** The error it ends with. */
const errorOf = (ending: Promise<unknown>): Promise<unknown> =>
  ending.then(
    () => expect.unreachable('it does not fail'),
    (error: unknown) => error,
  );
const acl = (...rights: string[]): Promise<unknown> => on.admin.call('ACL', 'SETUSER', 'worker', 'reset', 'on', '~*', ...rights);
const quoting = (): Error => new Error(`cannot charge ${SECRET}`);

describe('of the connection', () => {
  const wrong = (): Redis => on.client({ username: 'worker', password: `${SECRET}-password`, retryStrategy: () => null });

  it('a wrong password: the client has it in its error', async () => {
    await acl('>right', '+@all');
    const redis = wrong();
    const own = await errorOf(new Promise((_, reject) => redis.once('error', reject)));
    expect(everythingIn(own)).toContain(SECRET);
    const redisOnly = on.client();
    redisOnly.duplicate = (override) => wrong().duplicate(override); // our reader is refused, and the client is not
    const error = await errorOf(lastValueFrom(source(redisOnly)));
    expect(error).toMatchObject({ code: 'NOT_ALLOWED', cause: { name: 'ReplyError', command: { name: 'auth' } } });
    expect((error as Error).message).toContain('WRONGPASS');
    expect(((error as Error).cause as Error).stack).toMatch(/^ReplyError: WRONGPASS .*\n\s+at /);
    isClean(error, await errorOf(new GroupConsumer(wrong(), { streams: 's', group: 'g', consumer: 'd' }).getEntry()));
  });

  it('a URL that was given as the host, which name lookup quotes', async () => {
    const url = `redis://${SECRET}-user:${SECRET}-password@nowhere.invalid:1`;
    const redis = on.client({ host: url });
    const own = await errorOf(new Promise((_, reject) => redis.once('error', reject)));
    expect(everythingIn(own)).toContain(SECRET);
    const reading = on.client();
    reading.duplicate = (override) => new Redis({ ...reading.options, ...override, host: url });
    const subscription = source(reading).subscribe();
    await eventually(() => told.of('retrying').length > 0, 'connecting is tried again');
    subscription.unsubscribe();
    await whenIdle(reading);
    expect(told.of('retrying')[0]).toMatchObject({ what: 'connect', error: { syscall: 'getaddrinfo' } });
    isClean();
  });

  it('what is given in place of a client: a URL, or its options', () => {
    for (const given of [`redis://u:${SECRET}@h`, { host: 'h', password: SECRET }]) {
      const thrown: unknown[] = [];
      try {
        void source(given as unknown as Redis);
      } catch (error) {
        thrown.push(error);
      }
      expect(thrown).toEqual([expect.any(TypeError)]);
      isClean(thrown);
    }
  });
});

describe('of commands', () => {
  it.each([
    ['no right to the dead-letter stream', ['+@all', '-xadd']],
    ['no right to ack, and none to scripts', ['+@all', '-xack', '-eval', '-evalsha']],
  ])('refused: %s', async (_, rights) => {
    await acl('>right', ...rights);
    await entry();
    const redis = on.client({ username: 'worker', password: 'right' });
    const failing = ackAfter(() => Promise.reject(quoting()), { onError: 'reject' });
    const error = await errorOf(lastValueFrom(source(redis).pipe(redeliver({ deadLetter: 'dead' }), failing)));
    expect(error).toMatchObject({ code: 'ACK_REFUSED', cause: { command: { name: expect.stringMatching(/^EVAL(SHA)?$/) } } });
    await whenIdle(redis);
    isClean(error);
  });

  it('a dead letter that is tried again, with the reason among its arguments: the client has those in its error', async () => {
    await on.admin.xgroup('CREATE', 's', 'g', '0', 'MKSTREAM');
    await entry();
    const redis = on.client();
    await on.admin.config('SET', 'maxmemory', 1);
    const own = await errorOf(redis.call('XADD', 's', '*', ...FIELDS));
    expect(everythingIn(own)).toContain(SECRET);
    const failing = ackAfter(() => Promise.reject(quoting()), { onError: 'reject' });
    const ending = lastValueFrom(source(redis).pipe(redeliver({ deadLetter: 'dead' }), untilDrained(), failing), {
      defaultValue: undefined,
    });
    await eventually(() => told.of('retrying').some(({ what }) => what === 'dead-letter'), 'it is tried again');
    await on.admin.config('SET', 'maxmemory', 0);
    await ending;
    await whenIdle(redis);
    expect(told.of('dead-lettered')).toHaveLength(1);
    expect(await on.admin.xrange('dead', '-', '+')).toMatchObject([[expect.any(String), expect.arrayContaining([...FIELDS])]]);
    isClean();
  });
});

describe('of entries', () => {
  const decode = (): never => {
    throw quoting();
  };
  const schema = {
    '~standard': { version: 1 as const, vendor: 'test', validate: () => ({ issues: [{ message: `no ${SECRET}` }] }) },
  };

  it.each([
    ['decode throws', decode],
    ['a schema reports issues', schema],
  ])('%s', async (_, how) => {
    for (const onInvalid of ['error', 'skip', 'reject'] as const) {
      await entry();
      const redis = on.client();
      const running = source(redis, { decode: how, onInvalid }).pipe(
        backlogFirst(),
        redeliver({ deadLetter: 'dead' }),
        untilDrained(),
        ackAfter(),
      );
      const end = await lastValueFrom(running, { defaultValue: 'done' }).catch((error: unknown) => error);
      if (onInvalid === 'error') expect(end).toMatchObject({ code: 'DECODE_FAILED', entry: { stream: 's' } });
      else expect([end, told.of('invalid').length]).toEqual(['done', onInvalid === 'skip' ? 1 : 2]);
      await whenIdle(redis);
      isClean(end);
      await on.admin.del('s');
    }
  });

  it.each([
    ['a text', ({ fields }: Delivery): unknown => fields[FIELDS[0]]],
    ['an object', ({ fields }: Delivery): unknown => ({ ...fields })],
  ])('%s of it reaches a stage in place of the entry', async (_, pick) => {
    await entry();
    const redis = on.client();
    const error = await errorOf(lastValueFrom(source(redis).pipe(map(pick), ackAfter() as never)));
    expect(String(error)).toContain('mapValue');
    await whenIdle(redis);
    isClean(error);
  });

  it('projects that fail with errors that quote it, until it is a dead letter', async () => {
    await entry();
    const redis = on.client();
    const failing = ackAfter(() => Promise.reject(quoting()), { onError: 'nack' });
    await lastValueFrom(
      source(redis).pipe(redeliver({ maxDeliveries: 2, delay: 5, deadLetter: 'dead' }), untilDrained(), failing),
      {
        defaultValue: undefined,
      },
    );
    await whenIdle(redis);
    expect(told.all.map(({ type }) => type)).toEqual(expect.arrayContaining(['waiting', 'dead-lettered', 'closed']));
    isClean();
  });

  it('it is rejected where there is no dead-letter stream: the error of the project is the cause, and told to nobody else', async () => {
    await entry();
    const redis = on.client();
    const failed = quoting();
    const failing = ackAfter(() => Promise.reject(failed), { onError: 'reject' });
    const error = await errorOf(lastValueFrom(source(redis).pipe(failing)));
    expect(error).toMatchObject({ code: 'NO_DEAD_LETTER' });
    expect((error as Error).cause).toBe(failed);
    await whenIdle(redis);
    isClean((error as Error).message, (error as Error).stack);
  });

  it('onError picks something of it in place of an action', async () => {
    await entry();
    const redis = on.client();
    const onError = (__: unknown, { fields }: Delivery) => fields[FIELDS[0]] as 'nack';
    const failing = ackAfter((___: Delivery) => Promise.reject(new Error('no')), { onError });
    const ending = source(redis).pipe(failing);
    const error = await errorOf(lastValueFrom(ending));
    expect(String(error)).toContain('onError must pick');
    await whenIdle(redis);
    isClean(error);
  });

  it('nobody settles: a notice and a process warning', async () => {
    await entry();
    const redis = on.client();
    const subscription = source(redis, { bufferSize: 1, stallAfter: 20 }).subscribe();
    await eventually(() => heard.some((each) => each instanceof Error && each.name === 'RxjsRedisStreamsWarning'), 'a warning');
    expect(told.of('stalled')).toHaveLength(1);
    subscription.unsubscribe();
    await whenIdle(redis);
    isClean();
  });

  it('its lease is lost: the reason of its signal, and what its ack rejects with', async () => {
    await entry();
    const redis = on.client();
    const reasons: unknown[] = [];
    const subscription = source(redis, { lease: { renewEvery: 30 } }).subscribe(({ id, signal, ack }) => {
      signal.addEventListener('abort', () => {
        reasons.push(signal.reason);
        ack().catch((error: unknown) => reasons.push(error));
      });
      void on.admin.call('XCLAIM', 's', 'g', 'thief', '0', id);
    });
    await eventually(() => reasons.length === 2, 'both');
    subscription.unsubscribe();
    await whenIdle(redis);
    expect(reasons).toMatchObject([{ code: 'LEASE_LOST' }, { code: 'LEASE_LOST' }]);
    isClean(reasons);
  });
});

describe('what is published or forwarded', () => {
  it('is in no error: of Redis, of its server before 8.6, and of what is no fields', async () => {
    const redis = on.client();
    await on.admin.set('text', 'x');
    const secret = { [FIELDS[0]]: FIELDS[1] };
    const errors: unknown[] = [];
    errors.push(await errorOf(lastValueFrom(of(secret).pipe(publishTo(redis, 'text', { notify: hear })))));
    errors.push(await errorOf(lastValueFrom(of(SECRET).pipe(publishTo(redis, 'out')))));
    errors.push(
      await errorOf(lastValueFrom(of({ [FIELDS[0]]: null }).pipe(publishTo(redis, 'out', { encode: (bad) => bad as never })))),
    );
    await on.admin.xadd('s', '*', ...FIELDS);
    errors.push(await errorOf(lastValueFrom(source(redis).pipe(forwardTo('text')))));
    errors.push(
      await errorOf(
        lastValueFrom(
          source(redis).pipe(
            backlogFirst(),
            forwardTo('out', () => SECRET as never),
          ),
        ),
      ),
    );
    await whenIdle(redis);
    expect(errors.map((error) => (error as { code?: string }).code ?? (error as Error).name)).toEqual([
      'WRONG_TYPE',
      'TypeError',
      'TypeError',
      'ACK_REFUSED',
      'TypeError',
    ]);
    isClean(...errors);
  });
});

describe('a server that knows no EVALSHA, and quotes what came with it', () => {
  const without = ground({ args: ['--rename-command', 'EVALSHA', ''] });

  it('is quoted by us without', async () => {
    await without.admin.xadd('s', '*', ...FIELDS);
    const redis = without.client();
    const own = await errorOf(redis.call('EVALSHA', 'x', '1', 's', SECRET));
    expect((own as Error).message).toContain(SECRET);
    const failing = ackAfter(() => Promise.reject(new Error(SECRET)), { onError: 'reject' });
    const error = await errorOf(lastValueFrom(source(redis).pipe(redeliver({ deadLetter: 'd' }), failing)));
    expect(error).toMatchObject({ code: 'ACK_REFUSED', message: expect.stringContaining("unknown command 'EVALSHA'") });
    await whenIdle(redis);
    isClean(error);
  });
});
