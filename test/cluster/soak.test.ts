/** Everything at once on a cluster: consumers are cut off, slots move, a master is killed, while entries pour in. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from 'ioredis';
import { EMPTY, catchError } from 'rxjs';
import { expect, it } from 'vitest';
import { ackAfter, claimIdle, fromGroup, shards, whenIdle } from '../../src/index.js';
import { eventually } from '../support/eventually.js';
import { clusterGround } from './cluster-ground.js';

const on = clusterGround();
const STREAMS = shards('soak', 6);

it('a master is killed amid everything else: nothing that was replicated is lost, and nothing stays pending', async () => {
  const came = new Map<string, number>();
  let worked = 0;
  /** One of the group, which adopts what others have left. */
  const hire = (consumer: string): Cluster => {
    const redis = on.client();
    fromGroup(redis, {
      ...{ streams: STREAMS, group: 'g', consumer, autoCreate: { from: '0' }, timeout: 1_000 },
      ...{ drainTimeout: 2_000, lease: { renewEvery: 300 } },
    })
      .pipe(
        claimIdle({ minIdle: 1_500 }),
        ackAfter(
          async ({ stream, id }) => {
            await sleep(2);
            worked += 1;
            came.set(`${stream} ${id}`, (came.get(`${stream} ${id}`) ?? 0) + 1);
          },
          { concurrency: 8 },
        ),
        catchError(() => EMPTY), // CLIENT_ENDED: it is cut off by the test
      )
      .subscribe();
    return redis;
  };

  const team = ['a', 'b', 'c'].map(hire);
  const sent: string[] = [];
  let producing = true;
  const producers = STREAMS.map(async (stream) => {
    for (let n = 0; producing; n++) {
      const id = await on.admin.xadd(stream, '*', 'n', n).catch(() => null); // refused while there is no master: not confirmed
      if (id !== null) sent.push(`${stream} ${id}`);
      await sleep(10);
    }
  });
  const [first, second] = STREAMS as [string, string];
  await sleep(1_000);
  team[0]?.disconnect(); // what it held is claimed
  await sleep(500);
  const beforeDeath = worked;
  await on.cluster.kill(await on.cluster.ownerOf(first));
  await sleep(500);
  await on.cluster.move(second, await on.cluster.otherMaster(second));
  team.push(hire('d'));
  await sleep(500);
  team[1]?.disconnect();
  await sleep(1_000);
  producing = false;
  await Promise.all(producers);

  const entries = await Promise.all(
    STREAMS.map(async (stream) => (await on.admin.xrange(stream, '-', '+')).map(([id]) => `${stream} ${id}`)),
  );
  const there = new Set(entries.flat());
  await eventually(
    async () => {
      const missing = [...there].filter((each) => !came.has(each)).length;
      const pending = (await Promise.all(STREAMS.map((stream) => on.pending(stream)))).flat().length;
      return missing + pending === 0 || `${missing} missing, ${pending} pending`;
    },
    'all that is there came, and is acked',
    { within: 30_000 },
  );
  const lost = sent.filter((each) => !there.has(each));
  console.log(
    `${sent.length} confirmed, ${lost.length} of them not replicated when the master died; ${worked - came.size} worked on again; ` +
      `${beforeDeath} before it died`,
  );
  expect(beforeDeath).toBeGreaterThan(100);
  expect(there.size).toBeGreaterThan(300);
  for (const client of team) client.disconnect();
  await Promise.all(team.map((client) => whenIdle(client)));
});
