/** The backlog is read in pages, by id, and each is asked once for its delivery counts: nothing is read, or raised, twice. */
import { bufferCount } from 'rxjs';
import { expect, it } from 'vitest';
import { ackAfter, fromGroup } from '../../../src/index.js';
import { eventually } from '../../support/eventually.js';
import { ground } from './ground.js';

const on = ground();

it('250 pending entries in a window of 50: five pages and the empty one, one XPENDING for each page with entries', async () => {
  const redis = on.client();
  const ids = await on.filled(250);
  await on.admin.xreadgroup('GROUP', 'g', 'c', 'COUNT', 250, 'STREAMS', 's', '>');
  await redis.ping();
  const watching = await on.admin.monitor();
  const sent: string[][] = [];
  watching.on('monitor', (_: unknown, args: string[]) => sent.push(args));
  const seen: [id: string, attempt: number][] = [];
  const running = fromGroup(redis, {
    streams: 's',
    group: 'g',
    consumer: 'c',
    bufferSize: 50,
    refillAt: 0,
    startFromBacklog: true,
  })
    .pipe(
      bufferCount(50),
      ackAfter((page) => void seen.push(...page.map(({ id, attempt }): [string, number] => [id, attempt]))),
    )
    .subscribe();
  try {
    await eventually(() => seen.length === 250, 'all of the backlog came');
    const of = (name: string) => sent.filter(([command]) => command?.toUpperCase() === name);
    const from = () => of('XREADGROUP').map((args) => args.at(-1));
    // What the monitor is told arrives on a socket of its own: later, at times, than the answer that the read is blocked.
    await eventually(() => from().at(-1) === '>', 'the live read was sent');
    await on.blocked();
    expect(from()).toEqual(['0-0', ...[49, 99, 149, 199, 249].map((i) => ids[i]), '>']);
    expect(of('XPENDING').map((args) => args.slice(-4))).toEqual(
      [0, 50, 100, 150, 200].map((i) => [`(${ids[i - 1] ?? '0-0'}`, ids[i + 49], '50', 'c']),
    );
    expect(seen).toEqual(ids.map((id) => [id, 2]));
  } finally {
    watching.disconnect();
    running.unsubscribe();
  }
  await on.closes(redis);
});

it('two streams: one XPENDING for each, as long as it has entries', async () => {
  const redis = on.client();
  for (const [stream, n] of [
    ['s', 10],
    ['t', 2],
  ] as const) {
    await on.admin.xgroup('CREATE', stream, 'g', '0', 'MKSTREAM');
    await on.fill(stream, n);
    await on.admin.xreadgroup('GROUP', 'g', 'c', 'COUNT', n, 'STREAMS', stream, '>');
  }
  await on.admin.config('RESETSTAT');
  let came = 0;
  const running = fromGroup(redis, { streams: ['s', 't'], group: 'g', consumer: 'c', bufferSize: 8, startFromBacklog: true })
    .pipe(ackAfter(() => void came++))
    .subscribe();
  await eventually(() => came === 12, 'all of both came');
  await on.blocked();
  const stats = await on.admin.info('commandstats');
  running.unsubscribe();
  await on.closes(redis);
  // COUNT 4 each: four of s, and two of t, whose backlog ends with them. Then COUNT 8 for s alone, which has six.
  expect(/cmdstat_xpending:calls=(\d+)/.exec(stats)?.[1]).toBe('3');
});
