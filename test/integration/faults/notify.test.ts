/** `notify` is the caller's code in the middle of ours: whatever it does, entries and connections are looked after. */
import { lastValueFrom, toArray, type Subscription } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { ackAfter, backlogFirst, fromGroup, untilDrained, whenIdle, type Notice } from '../../../src/index.js';
import { eventually } from '../../support/eventually.js';
import { ground } from './ground.js';

const on = ground();
const base = { streams: 's', group: 'g', consumer: 'c', timeout: 200, startFromBacklog: true };

/** A group with six entries, two of which are our backlog. */
async function withBacklog(): Promise<string[]> {
  const ids = await on.filled(6);
  await on.admin.xreadgroup('GROUP', 'g', 'c', 'COUNT', 2, 'STREAMS', 's', '>');
  return ids;
}

it('throwing at every notice: each is an uncaught exception, and every entry is worked on and acked', async () => {
  const thrown: string[] = [];
  process.setUncaughtExceptionCaptureCallback((error) => thrown.push(error.message));
  try {
    const redis = on.client();
    const ids = await withBacklog();
    const told: string[] = [];
    const notify = ({ type }: Notice): void => {
      told.push(type);
      throw new Error(type);
    };
    const done = await lastValueFrom(
      fromGroup(redis, { ...base, notify }).pipe(
        untilDrained(),
        ackAfter(({ id }) => id),
        toArray(),
      ),
    );
    await on.closes(redis);
    expect(done).toEqual(ids);
    expect(await on.pending('s', 'g')).toEqual([]);
    expect(told).toEqual(expect.arrayContaining(['joined', 'backlog-done', 'acked', 'closing', 'closed']));
    await new Promise((resolve) => setImmediate(resolve));
    expect(thrown).toEqual(told);
  } finally {
    process.setUncaughtExceptionCaptureCallback(null);
  }
});

describe('unsubscribing inside it', () => {
  const types = ['joined', 'backlog-done', 'acked', 'retrying', 'recovered', 'healed', 'closing', 'closed'] as const;

  it.each(types)('%s: it closes, and nothing is lost', async (type) => {
    const proxy = await on.proxy();
    const redis = on.clientReadingThrough(proxy);
    const ids = await withBacklog();
    const done = new Set<string>();
    let hit = 0;
    const running: { subscription?: Subscription } = {};
    const notify = (notice: Notice): void => {
      if (notice.type !== type) return;
      hit += 1;
      // Before subscribe() has returned there is nothing to unsubscribe yet.
      if (running.subscription) running.subscription.unsubscribe();
      else queueMicrotask(() => running.subscription?.unsubscribe());
    };
    // A lost reply of fresh entries, for the two notices that tell of it.
    const fresh = /xreadgroup[\s\S]*>/i;
    const lost = type === 'retrying' || type === 'recovered';
    if (lost) proxy.cutReplies((chunk, { lastRequest }) => fresh.test(lastRequest) && chunk.includes('n'), { times: 1 });
    running.subscription = fromGroup(redis, { ...base, notify })
      .pipe(ackAfter(({ id }) => void done.add(id)))
      .subscribe();
    if (!lost && type !== 'joined') await eventually(() => hit > 0 || done.size === 6, 'all are done');
    if (type === 'healed') await on.admin.xgroup('DESTROY', 's', 'g');
    if (type === 'closing' || type === 'closed') running.subscription.unsubscribe();
    await eventually(() => hit > 0, `${type} is told`);
    await on.closes(redis);
    expect(running.subscription.closed).toBe(true);
    await lastValueFrom(
      fromGroup(redis, base).pipe(
        untilDrained(),
        ackAfter(({ id }) => void done.add(id)),
      ),
      { defaultValue: undefined },
    );
    expect([...done].toSorted()).toEqual(ids);
    expect(await on.pending('s', 'g')).toEqual([]);
    await whenIdle(redis);
  });
});

it.each(['closing', 'closed'] as const)(
  'subscribing the same consumer again inside %s: it waits its turn, and takes over',
  async (type) => {
    const redis = on.client();
    const ids = await withBacklog();
    const done: string[] = [];
    const errors: unknown[] = [];
    const again: { subscription?: Subscription } = {};
    const notify = (notice: Notice): void => {
      if (notice.type !== type) return;
      again.subscription = fromGroup(redis, base)
        .pipe(
          backlogFirst(),
          ackAfter(({ id }) => void done.push(id)),
        )
        .subscribe({ error: (error: unknown) => errors.push(error) });
    };
    const first = fromGroup(redis, { ...base, notify }).subscribe(() => first.unsubscribe());
    await eventually(() => done.length === 6, 'the second one has all of them');
    expect([errors, done]).toEqual([[], ids]);
    await on.settled();
    again.subscription?.unsubscribe();
    await on.closes(redis);
  },
);
