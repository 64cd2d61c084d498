/** ackAfter({ key }) above redeliver(): nobody of a key passes an entry of it that was nacked and comes again. */
import { lastValueFrom } from 'rxjs';
import { expect, it } from 'vitest';
import {
  ackAfter,
  fromGroup,
  redeliver,
  untilDrained,
  type AckAfterOptions,
  type Delivery,
  type GroupOptions,
} from '../../../src/index.js';
import { eventually } from '../../support/eventually.js';
import { ANYONE, ground } from './ground.js';

const on = ground();
const key = ({ fields }: Delivery) => fields['key'];
const stage: AckAfterOptions<Delivery> = { concurrency: 4, key, onError: 'nack' };

/** Entries named as their key and a number, of a group that stands before them. */
async function added(...names: string[]): Promise<Map<string, string>> {
  await on.admin.xgroup('CREATE', 's', 'g', '0', 'MKSTREAM');
  const ids = new Map<string, string>();
  for (const name of names) ids.set(name, String(await on.admin.xadd('s', '*', 'key', name.slice(0, 1), 'name', name)));
  return ids;
}

function source(options: Partial<GroupOptions> = {}) {
  const redis = on.client();
  return { redis, entries: fromGroup(redis, { streams: 's', group: 'g', consumer: 'c', ...options }) };
}

/** Fails each of these so many times. */
function work(fails: Record<string, number>) {
  const done: string[] = [];
  const project = ({ fields }: Delivery): void => {
    const { name = '' } = fields;
    const left = fails[name] ?? 0;
    done.push(left > 0 ? `${name} fails` : name);
    fails[name] = left - 1;
    if (left > 0) throw new Error(name);
  };
  return { done, project };
}

it.each([
  ['where the window has room', 100],
  ['where it is full of what waits behind', 2],
])('order by key holds over failures, %s; other keys run meanwhile', async (_, bufferSize) => {
  await added('a1', 'a2', 'b1', 'a3', 'b2', 'a4', 'a5');
  const { done, project } = work({ a1: 2, a3: 1 });
  const { redis, entries } = source({ bufferSize });
  await lastValueFrom(entries.pipe(redeliver({ delay: 40 }), untilDrained(), ackAfter(project, stage)));
  const of = (one: string) => done.filter((each) => each.startsWith(one));
  expect(of('a')).toEqual(['a1 fails', 'a1 fails', 'a1', 'a2', 'a3 fails', 'a3', 'a4', 'a5']);
  expect(of('b')).toEqual(['b1', 'b2']);
  if (bufferSize > 2) expect(done.slice(0, 3)).toEqual(['a1 fails', 'b1', 'b2']);
  await on.closes(redis);
  expect(await on.pending('s', 'g')).toEqual([]);
});

it('the next of its key runs when it was delivered too often, and is on the dead-letter stream', async () => {
  await added('a1', 'a2', 'a3');
  const { done, project } = work({ a1: 9 });
  const { redis, entries } = source({ bufferSize: 2 });
  await lastValueFrom(
    entries.pipe(redeliver({ delay: 20, maxDeliveries: 3, deadLetter: 'dead' }), untilDrained(), ackAfter(project, stage)),
  );
  expect(done).toEqual(['a1 fails', 'a1 fails', 'a1 fails', 'a2', 'a3']);
  expect(await on.admin.xlen('dead')).toBe(1);
  await on.closes(redis);
  expect(await on.pending('s', 'g')).toEqual([]);
});

it('and when another consumer has taken it meanwhile', async () => {
  const ids = await added('a1', 'a2');
  const { done, project } = work({ a1: 1 });
  const { redis, entries } = source();
  const running = entries.pipe(redeliver({ delay: 200 }), ackAfter(project, stage)).subscribe();
  await eventually(() => done.length === 1, 'it has failed');
  await on.admin.call('XCLAIM', 's', 'g', 'thief', '0', ids.get('a1') ?? '');
  await eventually(() => done.length === 2, 'the next runs');
  expect(done).toEqual(['a1 fails', 'a2']);
  running.unsubscribe();
  await on.closes(redis);
});

it.each([
  ['unsubscribed', false],
  ['the signal aborted', true],
])('%s while a key waits: those behind go back, in order for the next subscription', async (_, graceful) => {
  const ids = await added('a1', 'a2', 'a3');
  const { done, project } = work({ a1: 1 });
  const stop = new AbortController();
  const { redis, entries } = source({ signal: stop.signal });
  const ended: string[] = [];
  const running = entries
    .pipe(redeliver({ delay: 60_000 }), ackAfter(project, stage))
    .subscribe({ complete: () => ended.push('complete'), error: (error: unknown) => ended.push(String(error)) });
  await eventually(() => done.length === 1, 'it has failed');
  if (graceful) stop.abort();
  else running.unsubscribe();
  await on.closes(redis);
  expect([done, ended]).toEqual([['a1 fails'], graceful ? ['complete'] : []]);
  const pending = await on.pending('s', 'g');
  expect(pending.map(({ id, count, idle }) => [id, count, idle > ANYONE])).toEqual([
    [ids.get('a1'), 1, false],
    [ids.get('a2'), 0, true],
    [ids.get('a3'), 0, true],
  ]);
  const again = fromGroup(redis, { streams: 's', group: 'g', consumer: 'c' });
  await lastValueFrom(again.pipe(redeliver(), untilDrained(), ackAfter(project, stage)));
  expect(done).toEqual(['a1 fails', 'a1', 'a2', 'a3']);
});
