/**
 * A server whose memory is full (`maxmemory`, `noeviction`) refuses what could grow: XADD and XGROUP CREATE, with OOM. It does not
 * refuse reads, acks, claims and our scripts, so that consumers can work it empty.
 */
import { firstValueFrom, lastValueFrom, toArray } from 'rxjs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ackAfter, fromGroup, untilDrained, whenIdle } from '../../src/index.js';
import { eventually } from '../support/eventually.js';
import { consume } from '../integration/faults/gated-consumer.js';
import { ground } from '../integration/faults/ground.js';
import { notebook } from '../integration/faults/notebook.js';

const on = ground({ args: ['--maxmemory-policy', 'noeviction'] });
const full = (): Promise<unknown> => on.admin.config('SET', 'maxmemory', 1);
const roomy = (): Promise<unknown> => on.admin.config('SET', 'maxmemory', 0);

beforeEach(roomy);
afterEach(roomy);

it('is worked empty: reading, acking, giving back and taking over go on, and nothing has to be tried again', async () => {
  const redis = on.client();
  const told = notebook();
  const ids = await on.filled(10);
  await full();
  await expect(on.admin.xadd('s', '*', 'n', 10)).rejects.toThrow(/^OOM/);
  const source = fromGroup(redis, { streams: 's', group: 'g', consumer: 'c', notify: told.notify });
  const first = await firstValueFrom(source.pipe(ackAfter(({ id }) => id)));
  await whenIdle(redis);
  expect((await on.pending('s', 'g')).map(({ id, count }) => [id, count])).toEqual(ids.slice(1).map((id) => [id, 0])); // given back
  const others = source.pipe(
    untilDrained(),
    ackAfter(({ id, origin }) => [id, origin]),
    toArray(),
  );
  expect(await lastValueFrom(others)).toEqual(ids.slice(1).map((id) => [id, 'recovered']));
  await whenIdle(redis);
  expect(first).toBe(ids[0]);
  expect(await on.pending('s', 'g')).toEqual([]);
  expect(told.of('retrying')).toEqual([]);
  expect(told.of('not-given-back')).toEqual([]);
});

it('a group that is missing is made once there is memory: told until then, and everything from there on comes', async () => {
  const redis = on.client();
  await full();
  const { told, seen, end, subscription } = consume(redis);
  await eventually(() => told.of('retrying').length >= 3, 'it is told');
  expect(told.of('retrying').map(({ what, attempt, error }) => [what, attempt, error.message.split(' ')[0]])).toEqual(
    told.of('retrying').map((_, i) => ['join', i + 1, 'OOM']),
  );
  expect(told.of('joined')).toEqual([]);
  await roomy();
  await eventually(() => told.of('joined').length === 1, 'it joins');
  const ids = await on.fill('s', 3);
  await on.settled();
  await eventually(() => seen.order.length === 3, 'they came');
  expect(seen.order).toEqual(ids);
  expect(end).toEqual({});
  subscription.unsubscribe();
  await whenIdle(redis);
});

it('a group that vanishes is made again once there is memory: what is held stays ours, and nothing is skipped', async () => {
  const redis = on.client();
  const ids = await on.filled(4);
  const { told, seen, open, end, subscription } = consume(redis, { bufferSize: 8 }, { gated: true });
  await eventually(() => seen.order.length === 4, 'four run');
  await on.blocked();
  await full();
  await on.admin.xgroup('DESTROY', 's', 'g');
  await eventually(() => told.of('retrying').filter(({ what }) => what === 'heal').length >= 3, 'it is told');
  const refused = told.of('retrying').filter(({ what }) => what === 'heal');
  expect(refused.every(({ error }) => error.message.startsWith('OOM'))).toBe(true);
  expect(told.of('healed')).toEqual([]);
  await roomy();
  ids.push(...(await on.fill('s', 2, { from: 4 })));
  await eventually(() => told.of('healed').length === 1, 'it is healed');
  expect(told.of('healed')).toEqual([{ type: 'healed', stream: 's', group: 'g', from: ids[3], held: 4 }]);
  await eventually(() => seen.order.length === 6, 'the others came');
  open();
  await on.settled();
  expect(seen.order).toEqual(ids);
  expect(end).toEqual({});
  subscription.unsubscribe();
  await whenIdle(redis);
});
