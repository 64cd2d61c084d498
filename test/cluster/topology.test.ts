/** The cluster changes under the readers: they move, what was lost on the way is looked for, and nothing stays where it was. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from 'ioredis';
import { beforeEach, describe, expect, it } from 'vitest';
import { ackAfter, fromGroup, fromStreams, whenIdle, type Notice } from '../../src/index.js';
import { eventually } from '../support/eventually.js';
import { slotOf } from '../../src/wire/slot.js';
import type { ClusterNode } from '../support/redis-cluster.js';
import { clusterGround } from './cluster-ground.js';

const on = clusterGround();

/** ms within which a reader is where it belongs, once the cluster agrees. */
const WITHIN = 15_000;

/** A group consumer of these streams, and every entry it has worked on. */
function working(redis: Cluster, streams: readonly string[]) {
  const came: string[] = [];
  const notices: Notice[] = [];
  const subscription = fromGroup(redis, {
    ...{ streams: [...streams], group: 'g', consumer: 'c', autoCreate: { from: '0' }, timeout: 1_000 },
    notify: (notice) => notices.push(notice),
  })
    .pipe(ackAfter(({ id }) => void came.push(id), { concurrency: 4 }))
    .subscribe();
  return { came, notices, close: () => (subscription.unsubscribe(), whenIdle(redis)) };
}

/** Adds entries to all streams, one after another, until it is stopped; the ids that the cluster has confirmed. */
function producing(streams: readonly string[]) {
  const sent: string[] = [];
  let on_ = true;
  const done = (async () => {
    for (let n = 0; on_; n++) {
      const stream = streams[n % streams.length] as string;
      const id = await on.admin.xadd(stream, '*', 'n', n).catch(() => null); // refused while there is no master: not confirmed
      if (id !== null) sent.push(id);
      await sleep(2);
    }
  })();
  return {
    sent,
    async stop() {
      on_ = false;
      await done;
      return sent;
    },
  };
}

/** How many of these keys that node has: earlier tests have moved slots about. */
async function ownedBy({ id }: ClusterNode, keys: readonly string[]): Promise<number> {
  const owners = await Promise.all(keys.map((key) => on.cluster.ownerOf(key)));
  return owners.filter((owner) => owner.id === id).length;
}

describe('a slot moves', () => {
  let keys: readonly [string, string, string];
  let redis: Cluster;
  beforeEach(async () => {
    keys = on.keys();
    redis = on.client();
  });

  it('MOVED while blocked: the reader follows, and nothing stays at the old owner', async () => {
    const [key] = keys;
    const { came, close } = working(redis, [key]);
    await on.blocked(1);
    const from = await on.cluster.ownerOf(key);
    const to = await on.cluster.otherMaster(key);
    await on.cluster.move(key, to);
    await on.blocked(1, [to]);
    await on.blocked(0, [from]);
    const ids = await on.fill(key, 3);
    await eventually(() => came.length === 3, 'what is added there comes', { within: WITHIN });
    expect(came).toEqual(ids);
    await on.settled(key);
    await close();
  });

  it('ASK: what is added while the slot is on its way comes before it has arrived', async () => {
    const [, key] = keys;
    const { came, close } = working(redis, [key]);
    await on.blocked(1);
    const to = await on.cluster.otherMaster(key);
    await on.cluster.beginMove(key, to);
    await on.cluster.moveKey(key, to);
    const ids = await on.fill(key, 3);
    await eventually(() => came.length === 3, 'what is added on the way comes', { within: WITHIN });
    expect(came).toEqual(ids);
    await on.settled(key);
    await on.cluster.endMove(key, to);
    const more = await on.fill(key, 3);
    await eventually(() => came.length === 6, 'and what is added when it has arrived', { within: WITHIN });
    expect(came).toEqual([...ids, ...more]);
    await on.settled(key);
    await close();
  });

  it('a stream of fromStreams is followed in the same way', async () => {
    const [, , key] = keys;
    const came: string[] = [];
    const subscription = fromStreams(redis, { streams: { [key]: '0' }, timeout: 1_000 }).subscribe(({ id }) => came.push(id));
    const ids = await on.fill(key, 10);
    await eventually(() => came.length === 10, 'it reads');
    await on.blocked(1);
    await on.cluster.move(key, await on.cluster.otherMaster(key));
    ids.push(...(await on.fill(key, 10)));
    await eventually(() => came.length === 20, 'all came', { within: WITHIN });
    expect(came).toEqual(ids);
    subscription.unsubscribe();
    await whenIdle(redis);
  });

  it('autoCreate off: a slot that moves is no group that vanished', async () => {
    const [key] = keys;
    await on.admin.xgroup('CREATE', key, 'g', '$', 'MKSTREAM');
    const errors: unknown[] = [];
    const came: string[] = [];
    const subscription = fromGroup(redis, { streams: key, group: 'g', consumer: 'c', autoCreate: false, timeout: 1_000 })
      .pipe(ackAfter())
      .subscribe({ next: ({ id }) => came.push(id), error: (error: unknown) => errors.push(error) });
    await on.blocked(1);
    await on.cluster.move(key, await on.cluster.otherMaster(key));
    const ids = await on.fill(key, 1);
    await eventually(() => came.length === 1, 'it reads on', { within: WITHIN });
    expect([came, errors]).toEqual([ids, []]);
    subscription.unsubscribe();
    await whenIdle(redis);
  });

  it('there and back under load, beside two that stay: nothing is lost, and nothing comes twice', async () => {
    const [key] = keys;
    const { came, close } = working(redis, keys);
    await on.blocked(3);
    const producer = producing(keys);
    await sleep(200);
    const home = await on.cluster.ownerOf(key);
    await on.cluster.move(key, await on.cluster.otherMaster(key));
    await sleep(200);
    await on.cluster.move(key, home);
    await sleep(200);
    const sent = await producer.stop();
    await eventually(() => came.length >= sent.length || came.length, 'all came', { within: WITHIN });
    expect(came.toSorted()).toEqual(sent.toSorted());
    await on.settled(...keys);
    await close();
  });
});

it('CLUSTER FAILOVER under load: the reader is with the new master, nothing is lost, nothing comes twice', async () => {
  const redis = on.client();
  const keys = on.keys();
  const { came, close } = working(redis, keys);
  await on.blocked(3);
  const producer = producing(keys);
  await sleep(200);
  const old = await on.cluster.ownerOf(keys[0]);
  const master = await on.cluster.failover(keys[0]);
  await sleep(200);
  const sent = await producer.stop();
  await eventually(() => came.length >= sent.length || came.length, 'all came', { within: WITHIN });
  expect(came.toSorted()).toEqual(sent.toSorted());
  await on.settled(...keys);
  await on.blocked(await ownedBy(master, keys), [master]);
  await on.blocked(0, [old]);
  await close();
});

it('a master hangs without a word, and its replica is promoted: the reader leaves it, and what is added and acked there is not lost', async () => {
  const redis = on.client();
  const [, key] = on.keys();
  const { came, close } = working(redis, [key]);
  await on.blocked(1);
  const before = await on.fill(key, 3);
  await on.settled(key);
  const hung = await on.cluster.ownerOf(key);
  const others = on.cluster.nodes.filter((node) => node !== hung);
  process.kill(hung.pid, 'SIGSTOP');
  let heir: ClusterNode | undefined;
  try {
    await eventually(
      async () => {
        for (const node of others) {
          const { flags, slots } = await node.me();
          const has = slots.some(([first, last]) => first <= slotOf(key) && slotOf(key) <= last);
          if (flags.includes('master') && has) heir = node;
        }
        return heir !== undefined;
      },
      'the replica is promoted',
      { within: WITHIN },
    );
    const ids = [];
    for (let n = 0; n < 3; n++) ids.push(String(await heir?.call('XADD', key, '*', 'n', n)));
    await eventually(() => came.length >= 6 || came.length, 'what is added there comes', { within: 30_000 });
    expect(came).toEqual([...before, ...ids]);
    await eventually(async () => ((await heir?.call('XPENDING', key, 'g')) as [number])[0] === 0, 'and is acked there', {
      within: 30_000,
    });
  } finally {
    process.kill(hung.pid, 'SIGCONT');
  }
  await eventually(async () => !(await hung.me()).flags.includes('master'), 'the old master is a replica', { within: WITHIN });
  await close();
});

it('a node is added and gets a slot: its reader moves there, the others stay', async () => {
  const redis = on.client();
  const keys = on.keys();
  const { came, close } = working(redis, keys);
  await on.blocked(3);
  const added = await on.cluster.add();
  await on.cluster.move(keys[1], added);
  await on.blocked(1, [added]);
  await on.blocked(3);
  const ids = await Promise.all(keys.map((key) => on.fill(key, 10)));
  await eventually(() => came.length === 30, 'all came', { within: WITHIN });
  expect(came.toSorted()).toEqual(ids.flat().toSorted());
  await on.settled(...keys);
  await close();
});

it('a master is killed under load, and its replica promoted: nothing that was replicated is lost, and nothing stays pending', async () => {
  const redis = on.client();
  const keys = on.keys();
  const { came, notices, close } = working(redis, keys);
  await on.blocked(3);
  const producer = producing(keys);
  await sleep(300);
  const dead = await on.cluster.ownerOf(keys[2]);
  const master = await on.cluster.kill(dead);
  await on.blocked(await ownedBy(master, keys), [master]);
  await sleep(300);
  const sent = await producer.stop();
  const there = (await Promise.all(keys.map((key) => on.admin.xrange(key, '-', '+')))).flat().map(([id]) => id);
  const replicated = sent.filter((id) => there.includes(id));
  const missing = (): string[] => replicated.filter((id) => !came.includes(id));
  await eventually(() => missing().length === 0 || missing().length, 'all came', { within: WITHIN });
  expect(replicated.length).toBeGreaterThan(50);
  expect(notices.some((notice) => notice.type === 'retrying')).toBe(true);
  await close();
  // An ack that the dead master had not passed on has its entry pending again: it comes with the backlog, and is not lost.
  const left = (await Promise.all(keys.map((key) => on.pending(key)))).flat();
  expect(left.filter((id) => !came.includes(id))).toEqual([]);
});
