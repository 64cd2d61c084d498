/** A process of its own: it dies in the middle of its work, or it is done and has to end by itself. */
import { lastValueFrom, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { ackAfter, backlogFirst, fromGroup, untilDrained, whenIdle } from '../../../src/index.js';
import { runChild } from '../../support/child.js';
import { eventually } from '../../support/eventually.js';
import { ground } from './ground.js';
import { notebook } from './notebook.js';

const on = ground();

describe('killed with -9', () => {
  it.each(['before the work ends', 'after it and before the ack'])('%s: the entry comes again', async (when) => {
    const ids = await on.filled(5);
    const child = runChild('test/integration/faults/children/worker.ts', { args: [`${on.server.port}`, when], timeout: 30_000 });
    try {
      await child.line(new RegExp(`"${when.startsWith('before') ? 'started' : 'ended'}":"${ids[2] ?? ''}"`));
      await eventually(async () => (await on.pending('s', 'g')).length === 3, 'the first two are acked');
    } finally {
      child.kill('SIGKILL');
    }
    expect((await child.ended).signal).toBe('SIGKILL');
    expect((await on.pending('s', 'g')).map(({ id, consumer, count }) => [id, consumer, count])).toEqual(
      ids.slice(2).map((id) => [id, 'worker', 1]),
    );

    const redis = on.client();
    const told = notebook();
    const fresh = await on.fill('s', 2, { from: 5 });
    const came = await lastValueFrom(
      fromGroup(redis, { streams: 's', group: 'g', consumer: 'worker', notify: told.notify }).pipe(
        backlogFirst(),
        untilDrained(),
        ackAfter(({ id, origin, attempt }) => [id, origin, attempt] as const),
        toArray(),
      ),
    );
    expect(came).toEqual([...ids.slice(2).map((id) => [id, 'backlog', 2]), ...fresh.map((id) => [id, 'fresh', 1])]);
    expect(told.of('backlog-done')).toEqual([{ type: 'backlog-done', stream: 's', count: 3 }]);
    expect(await on.pending('s', 'g')).toEqual([]);
    await whenIdle(redis);
  });
});

it('killed with -9: what it held goes to another consumer by its usual claim', async () => {
  const ids = await on.filled(5);
  const child = runChild('test/integration/faults/children/worker.ts', {
    args: [`${on.server.port}`, 'before the work ends'],
    timeout: 30_000,
  });
  try {
    await child.line(new RegExp(`"started":"${ids[2] ?? ''}"`));
    await eventually(async () => (await on.pending('s', 'g')).length === 3, 'the first two are acked');
  } finally {
    child.kill('SIGKILL');
  }
  expect((await child.ended).signal).toBe('SIGKILL');
  const held = await on.pending('s', 'g');
  const idle = Math.min(...held.map((row) => row.idle));
  const [, claimed] = (await on.admin.xautoclaim('s', 'g', 'other', idle, '0')) as [string, [string, string[]][]];
  expect(claimed.map(([id]) => id)).toEqual(ids.slice(2));
  expect((await on.pending('s', 'g')).map(({ id, consumer, count }) => [id, consumer, count])).toEqual(
    ids.slice(2).map((id) => [id, 'other', 2]),
  );
});

it('nothing is left after any kind of end, and the process ends by itself', async () => {
  const child = runChild('test/integration/faults/children/leftovers.ts', { args: [`${on.server.port}`], timeout: 30_000 });
  await child.line(/"quit":true/);
  const quit = performance.now();
  const { code, stderr, reports } = await child.ended;
  expect(performance.now() - quit).toBeLessThan(2000);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  const ways = reports.filter((report) => 'way' in report);
  expect(ways.length).toBeGreaterThan(9);
  for (const { way, left, connections } of ways) expect({ way, left, connections }).toEqual({ way, left: [], connections: 2 });
});
