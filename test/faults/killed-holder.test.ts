/**
 * A consumer is killed with 500 entries in its window, and another one adopts all of them. Time is that of the server: MONITOR shows
 * when each command was run, so a round of claims that did not look, or did not find, is told from a machine that is slow.
 */
import type { Redis } from 'ioredis';
import { afterEach, expect, it } from 'vitest';
import { ackAfter, claimIdle, fromGroup, whenIdle } from '../../src/index.js';
import { runChild } from '../support/child.js';
import { eventually } from '../support/eventually.js';
import { ground } from '../integration/faults/ground.js';
import { notebook } from '../integration/faults/notebook.js';

const on = ground();

const HELD = 500;
/** ms; a tick is `every`, long enough that a slow machine is not one late. */
const [renewEvery, minIdle, every] = [500, 1_500, 1_000];

interface Command {
  /** ms by the server's clock. */
  readonly at: number;
  readonly args: readonly string[];
}

let monitor: Redis | undefined;
afterEach(() => monitor?.disconnect());

/** Every command that the server runs from now on, those of scripts included. */
async function watch(): Promise<readonly Command[]> {
  const commands: Command[] = [];
  monitor = await on.admin.monitor(); // a connection of its own
  monitor.on('monitor', (time: string, args: string[]) => commands.push({ at: Number(time) * 1_000, args }));
  return commands;
}
const now = async (): Promise<number> => {
  const [seconds, micros] = await on.admin.time();
  return Number(seconds) * 1_000 + Number(micros) / 1_000;
};

it('kill -9 with 500 in the window: all of them are recovered within minIdle and two ticks', async () => {
  const ids = await on.filled(HELD);
  const child = runChild('test/faults/children/holder.ts', { args: [on.server.port, HELD, renewEvery].map(String) });
  await eventually(async () => (await on.pending('s', 'g')).length === HELD, 'it holds them', { within: 30_000 });

  const commands = await watch();
  const redis = on.client();
  const told = notebook();
  const came: [id: string, origin: string, attempt: number][] = [];
  const rescuer = fromGroup(redis, {
    streams: 's',
    group: 'g',
    consumer: 'rescuer',
    bufferSize: 2 * HELD,
    lease: { renewEvery },
    notify: told.notify,
  }).pipe(
    claimIdle({ minIdle, every }),
    ackAfter(({ id, origin, attempt }) => void came.push([id, origin, attempt])),
  );
  const subscription = rescuer.subscribe();
  // Not those of one entry, in the script that claims.
  const rounds = (): Command[] =>
    commands.filter(({ args: [name, , , idle, , after] }) => name === 'XPENDING' && idle === 'IDLE' && after?.startsWith('('));

  // While it lives nothing of it is claimed, however long it holds it.
  const begun = await now();
  await eventually(async () => (await now()) - begun > 2 * minIdle, 'twice minIdle is over');
  expect([rounds().length > 1, came]).toEqual([true, []]);

  const killed = await now();
  child.kill('SIGKILL');
  await eventually(() => came.length >= HELD, 'all of them come');
  expect((await child.ended).signal).toBe('SIGKILL');
  await on.settled();
  subscription.unsubscribe();
  await whenIdle(redis);

  expect(came).toEqual(ids.map((id) => [id, 'claimed', 2]));
  const claimed = () => commands.filter(({ args: [name, , , consumer] }) => name === 'XCLAIM' && consumer === 'rescuer');
  const all = () => new Set(claimed().flatMap(({ args }) => args.filter((each) => ids.includes(each)))).size === HELD;
  await eventually(all, 'the monitor, which has a socket of its own, is told of every claim');
  const claims = claimed();
  const recovered = Math.max(...claims.map(({ at }) => at));
  expect(recovered - killed).toBeLessThanOrEqual(minIdle + 2 * every);

  // Not by luck: the first round that could find them has found all of them, and none was left out before it. Idle time counts from
  // the renewal in a script; from Redis 7.2 on, time stands still in those, and MONITOR's does not.
  const lastOf = (some: readonly Command[]): number => Math.max(...some.map(({ at }) => at));
  const scripts = commands.filter(({ args: [name, , , , , consumer] }) => name?.startsWith('EVAL') && consumer === 'victim');
  const touches = commands.filter(({ args: [name, , , consumer] }) => name === 'XCLAIM' && consumer === 'victim');
  const firstAfter = (at: number): number | undefined => rounds().find((round) => round.at > at + minIdle)?.at;
  const found = lastOf(rounds().filter(({ at }) => at < recovered));
  expect([firstAfter(lastOf(scripts)), firstAfter(lastOf(touches))]).toContain(found);
  // Mostly at once. Before Redis 7.2 the idle times of one renewal differ by 4 to 13 ms: a round amid them finds some, and the next the others.
  expect(told.of('claimed').flatMap((notice) => notice.ids)).toEqual(ids);
  // And no round is left out: one comes `every` ms after the one before, whoever lives.
  const starts = rounds()
    .map(({ at }) => at)
    .filter((at) => at < recovered);
  const gaps = starts.slice(1).map((at, i) => at - (starts[i] ?? at));
  expect(gaps.length).toBeGreaterThan(2);
  expect(Math.max(...gaps)).toBeLessThan(2 * every);
  expect(Math.min(...gaps)).toBeLessThan(1.5 * every);
});
