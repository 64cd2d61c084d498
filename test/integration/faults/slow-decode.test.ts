/** An asynchronous `decode` that is slow, or never settles: memory stays bounded, and the source ends all the same. */
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { NEVER, Subject, takeUntil, type Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { ackAfter, fromGroup, fromStreams, isStreamsError, type Fields, type GroupOptions } from '../../../src/index.js';
import { eventually } from '../../support/eventually.js';
import { ANYONE, ground } from './ground.js';
import { notebook } from './notebook.js';

const on = ground();
const group = (options: Partial<GroupOptions<string>>) =>
  fromGroup<string>(on.client(), { streams: 's', group: 'g', consumer: 'c', timeout: 60_000, ...options });
const never = () => new Promise<string>(() => undefined);

/** How an Observable ended, and what it gave before. */
function watch(observable: Observable<unknown>) {
  const seen: unknown[] = [];
  /** `complete`, or the code of the error. */
  const end: { how?: string } = {};
  const subscription = observable.subscribe({
    next: (value) => seen.push(value),
    error: (error: unknown) => (end.how = isStreamsError(error) ? error.code : String(error)),
    complete: () => (end.how = 'complete'),
  });
  return { seen, end, subscription, ended: () => eventually(() => end.how !== undefined, 'it ends') };
}

/** All of it is ours, was not counted as delivered, and is anybody's at once. */
async function expectBack(ids: readonly string[]): Promise<void> {
  const pending = await on.pending('s', 'g');
  expect(pending.map(({ id, consumer, count }) => [id, consumer, count])).toEqual(ids.map((id) => [id, 'c', 0]));
  expect(pending.filter(({ idle }) => idle <= ANYONE)).toEqual([]);
}

it('slower than Redis for 1,500 entries: what was handed on is let go', async () => {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  await on.fill('s', 1_600);
  const decoded: WeakRef<Fields>[] = [];
  const decode = async (fields: Fields) => {
    decoded.push(new WeakRef(fields));
    // The one of these that is out keeps the queue from being empty while its memory is looked at.
    await (decoded.length > 1_500 ? new Promise(() => undefined) : sleep(1));
    return 'value';
  };
  const subscription = fromStreams(on.client(), {
    streams: { s: '0' },
    settle: 'manual',
    bufferSize: 20,
    refillAt: 19,
    decode,
  }).subscribe((entry) => void entry.ack());
  await eventually(() => decoded.length > 1_500, 'all of these are handed on', { within: 30_000 });
  gc();
  expect(decoded.filter((fields) => fields.deref() !== undefined).length).toBeLessThan(100);
  subscription.unsubscribe();
});

describe('it never settles', () => {
  it('drained: ends within drainTimeout, and what did not start is given back', async () => {
    const ids = await on.filled(5);
    const told = notebook();
    const { end, ended, seen } = watch(
      group({ until: 'drained', timeout: 0, drainTimeout: 300, decode: never, notify: told.notify }),
    );
    await ended();
    expect([end.how, seen]).toEqual(['DRAIN_TIMEOUT', []]);
    await eventually(() => told.of('closed').length === 1, 'it is closed');
    expect(told.of('closed')).toMatchObject([{ error: { code: 'DRAIN_TIMEOUT' } }]);
    await eventually(async () => (await on.pending('s', 'g')).every(({ count }) => count === 0), 'they are back');
    await expectBack(ids);
  });

  it('drained, and neither does what runs', async () => {
    const ids = await on.filled(2);
    const decode = ({ n }: Fields) => (n === '0' ? Promise.resolve('zero') : never());
    const { end, ended } = watch(group({ until: 'drained', timeout: 0, drainTimeout: 300, decode }).pipe(ackAfter(() => NEVER)));
    await ended();
    expect(end.how).toBe('DRAIN_TIMEOUT');
    await eventually(async () => (await on.pending('s', 'g')).at(-1)?.count === 0, 'the second is back');
    expect((await on.pending('s', 'g')).map(({ id, count }) => [id, count])).toEqual([
      [ids[0], 1],
      [ids[1], 0],
    ]);
  });

  it.each([
    ['with a stage', true],
    ['without', false],
  ])('the signal is aborted, %s: completes, and closes long before drainTimeout', async (_, staged) => {
    const ids = await on.filled(5);
    const stop = new AbortController();
    const told = notebook();
    let decoding = 0;
    const decode = () => {
      decoding += 1;
      return never();
    };
    const source = group({ signal: stop.signal, drainTimeout: 50_000, decode, notify: told.notify });
    const { end, ended } = watch(staged ? source.pipe(ackAfter(({ value }) => value)) : source);
    await eventually(() => decoding === 1, 'it is being decoded');
    stop.abort();
    if (!staged) expect(end.how).toBe('complete');
    await ended();
    expect(end.how).toBe('complete');
    await eventually(() => told.of('closed').length === 1, 'it is closed');
    await expectBack(ids);
  });

  it('a fatal refusal of Redis is told, and what did not start is given back', async () => {
    await on.filled(5);
    const redis = on.client();
    await redis.xgroup('CREATE', 't', 'g', '0', 'MKSTREAM');
    const { end, ended } = watch(
      fromGroup<string>(redis, { streams: ['s', 't'], group: 'g', consumer: 'c', timeout: 60_000, decode: never }),
    );
    await on.blocked();
    await on.admin.set('t', 'text');
    await ended();
    expect(end.how).toBe('WRONG_TYPE');
    await on.closes(redis);
    expect((await on.pending('s', 'g')).map(({ count }) => count)).toEqual([0, 0, 0, 0, 0]);
  });
});

it.each([
  ['unsubscribing', false],
  ['takeUntil() above a stage', true],
])('%s while a drained source still hands on: the rest is given back, and nothing comes any more', async (_, until) => {
  const ids = await on.filled(6);
  const redis = on.client();
  const told = notebook();
  const decoding: ((value: string) => void)[] = [];
  const decode = () => new Promise<string>((resolve) => decoding.push(resolve));
  const stop = new Subject<void>();
  const source = fromGroup<string>(redis, {
    streams: 's',
    group: 'g',
    consumer: 'c',
    until: 'drained',
    decode,
    notify: told.notify,
  });
  const { seen, end, subscription } = watch(
    until
      ? source.pipe(
          takeUntil(stop),
          ackAfter(({ value }) => value),
        )
      : source.pipe(ackAfter(({ value }) => value)),
  );
  await eventually(() => told.of('closing').length === 1 && decoding.length === 1, 'reading has ended');
  decoding[0]?.('first');
  await eventually(() => seen.length === 1 && decoding.length === 2, 'the first is done, the second is being decoded');
  if (until) stop.next();
  else subscription.unsubscribe();
  await on.closes(redis);
  decoding[1]?.('late');
  await new Promise((resolve) => setImmediate(resolve));
  expect([seen, decoding.length, end.how]).toEqual([['first'], 2, until ? 'complete' : undefined]);
  await expectBack(ids.slice(1));
});
