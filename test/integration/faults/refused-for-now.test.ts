/** What a server refuses for now, and why (LOADING, READONLY and MASTERDOWN have files of their own): it is asked again until it does not. */
import { describe, expect, it } from 'vitest';
import { ackAfter, fromGroup, whenIdle, type GroupOptions, type Notice } from '../../../src/index.js';
import { eventually } from '../../support/eventually.js';
import { ground } from './ground.js';

/** Tells what was tried again, and upon which word. */
function retries() {
  const all: string[] = [];
  const notify = (notice: Notice): void => {
    if (notice.type === 'retrying') all.push(`${notice.what} ${notice.error.message.split(' ')[0] ?? ''}`);
  };
  return { all, notify };
}

describe('one server', () => {
  const on = ground();
  const OPTIONS = { streams: 's', group: 'g', consumer: 'c', timeout: 200 } satisfies GroupOptions;

  it('NOREPLICAS: reads and acks', async () => {
    const redis = on.client();
    await on.admin.xgroup('CREATE', 's', 'g', '0', 'MKSTREAM');
    const ids = await on.fill('s', 3);
    const { all, notify } = retries();
    const done: string[] = [];
    const subscription = fromGroup(redis, { ...OPTIONS, notify })
      .pipe(
        ackAfter(async ({ id }) => {
          if (done.length === 0) await on.admin.config('SET', 'min-replicas-to-write', '1');
          done.push(id);
        }),
      )
      .subscribe();
    try {
      await eventually(() => all.filter((each) => each === 'ack NOREPLICAS').length >= 2, 'acks are tried again');
      await eventually(() => all.filter((each) => each === 'read NOREPLICAS').length >= 2, 'reads are tried again');
      expect(await on.pending('s', 'g')).toHaveLength(3);
    } finally {
      await on.admin.config('SET', 'min-replicas-to-write', '0');
    }
    await eventually(() => done.length === 3, 'all came');
    await on.settled();
    ids.push(...(await on.fill('s', 1)));
    await eventually(() => done.length === 4, 'and what came later');
    expect(done).toEqual(ids);
    await on.settled();
    subscription.unsubscribe();
    await whenIdle(redis);
  });

  it('OOM: the group is made as soon as there is memory', async () => {
    const redis = on.client();
    const { all, notify } = retries();
    const done: string[] = [];
    await on.admin.config('SET', 'maxmemory', '1');
    const subscription = fromGroup(redis, { ...OPTIONS, autoCreate: { from: '0' }, notify })
      .pipe(ackAfter(({ id }) => void done.push(id)))
      .subscribe();
    try {
      await eventually(() => all.length >= 3, 'it is tried again');
    } finally {
      await on.admin.config('SET', 'maxmemory', '0');
    }
    expect(new Set(all)).toEqual(new Set(['join OOM']));
    await on.blocked();
    const ids = await on.fill('s', 2);
    await eventually(() => done.length === 2, 'they came');
    expect(done).toEqual(ids);
    await on.settled();
    subscription.unsubscribe();
    await whenIdle(redis);
  });
});

describe('a node of a cluster', () => {
  const on = ground({ args: ['--cluster-enabled', 'yes'] });

  it('CLUSTERDOWN: goes on once the slots are served', async () => {
    const redis = on.client();
    const { all, notify } = retries();
    const done: string[] = [];
    const subscription = fromGroup(redis, { streams: 's', group: 'g', consumer: 'c', timeout: 200, notify })
      .pipe(ackAfter(({ id }) => void done.push(id)))
      .subscribe();
    await eventually(() => all.length >= 3, 'it is tried again');
    expect(new Set(all)).toEqual(new Set(['join CLUSTERDOWN']));
    await on.admin.call('CLUSTER', 'ADDSLOTSRANGE', 0, 16383);
    await on.blocked();
    const ids = await on.fill('s', 2);
    await eventually(() => done.length === 2, 'they came');
    expect(done).toEqual(ids);
    await on.settled();
    subscription.unsubscribe();
    await whenIdle(redis);
  });
});
