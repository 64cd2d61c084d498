/** One reader per client, stream, group and consumer: two would settle and reconcile each other's entries. */
import { NEVER } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { ackAfter, fromGroup, whenIdle } from '../../../src/index.js';
import { eventually } from '../../support/eventually.js';
import { ground } from './ground.js';
import { notebook } from './notebook.js';

const on = ground();
const base = { streams: 's', group: 'g', consumer: 'c', autoCreate: { from: '0' } };

describe('while the first is alive', () => {
  it.each([
    ['the same source', base],
    ['another source of the same name', { ...base }],
    ['one stream in common', { ...base, streams: ['other', 's'] }],
  ])('%s: CONSUMER_IN_USE, and the first goes on', async (_, options) => {
    const redis = on.client();
    const came: string[] = [];
    const source = fromGroup(redis, base);
    const first = source.pipe(ackAfter(({ id }) => void came.push(id))).subscribe();
    let error: unknown;
    (options === base ? source : fromGroup(redis, options)).subscribe({ error: (each: unknown) => (error = each) });
    expect(error).toMatchObject({ code: 'CONSUMER_IN_USE' });
    const [id] = await on.fill('s', 1);
    await eventually(() => came.length === 1, 'the first goes on');
    expect(came).toEqual([id]);
    first.unsubscribe();
    await whenIdle(redis);
  });

  it('another stream, group, consumer or client is another reader', async () => {
    const [redis, other] = [on.client(), on.client()];
    const errors: unknown[] = [];
    const subscriptions = [
      fromGroup(redis, base),
      fromGroup(redis, { ...base, streams: 't' }),
      fromGroup(redis, { ...base, group: 'h' }),
      fromGroup(redis, { ...base, consumer: 'd' }),
      fromGroup(other, base),
    ].map((source) => source.subscribe({ error: (error: unknown) => errors.push(error) }));
    await on.blocked(5);
    expect(errors).toEqual([]);
    for (const subscription of subscriptions) subscription.unsubscribe();
    await Promise.all([whenIdle(redis), whenIdle(other)]);
  });
});

it('a generated name belongs to its source: one subscription at a time, and with({}) makes another source with another name', async () => {
  const redis = on.client();
  const told = notebook();
  const source = fromGroup(redis, { streams: 's', group: 'g', autoCreate: { from: '0' }, notify: told.notify });
  const errors: unknown[] = [];
  const subscribe = (to: typeof source) => to.subscribe({ error: (error: unknown) => errors.push(error) });
  const subscriptions = [subscribe(source), subscribe(source.with({}))];
  await on.blocked(2);
  expect(errors).toEqual([]);
  expect(new Set(told.of('joined').map(({ consumer }) => consumer)).size).toBe(2);
  subscribe(source);
  expect(errors).toMatchObject([{ code: 'CONSUMER_IN_USE' }]);
  for (const subscription of subscriptions) subscription.unsubscribe();
  await whenIdle(redis);
});

describe('while the first is closing', () => {
  it('the next waits, and takes over', async () => {
    const redis = on.client();
    const ids = await on.fill('s', 6);
    let first = 0;
    const running = fromGroup(redis, { ...base, bufferSize: 6 })
      .pipe(
        ackAfter(() => {
          first += 1;
          return NEVER;
        }),
      )
      .subscribe();
    await eventually(() => first === 1, 'the first runs');
    running.unsubscribe();
    const came: [id: string, attempt: number][] = [];
    const next = fromGroup(redis, base)
      .pipe(ackAfter(({ id, attempt }) => void came.push([id, attempt])))
      .subscribe();
    // A third one finds the second, which is not closing.
    let error: unknown;
    fromGroup(redis, base).subscribe({ error: (each: unknown) => (error = each) });
    expect(error).toMatchObject({ code: 'CONSUMER_IN_USE' });
    await eventually(() => came.length === 6, 'all came');
    expect(came).toEqual(ids.map((id, i) => [id, i === 0 ? 2 : 1]));
    next.unsubscribe();
    await whenIdle(redis);
    expect(await on.pending('s', 'g')).toEqual([]);
  });

  it('whoever gives up waiting leaves what was owed to the one after', async () => {
    const redis = on.client();
    const ids = await on.fill('s', 3);
    const running = fromGroup(redis, base).subscribe(() => running.unsubscribe());
    await eventually(() => running.closed, 'one came');
    fromGroup(redis, base).subscribe().unsubscribe(); // before the first has closed
    const came: string[] = [];
    const last = fromGroup(redis, base)
      .pipe(ackAfter(({ id }) => void came.push(id)))
      .subscribe();
    await eventually(() => came.length === 3, 'all came');
    expect(came).toEqual(ids);
    last.unsubscribe();
    await whenIdle(redis);
    expect(await on.pending('s', 'g')).toEqual([]);
  });
});
