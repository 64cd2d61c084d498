import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFailed } from 'vitest';
import { eventually } from '../../support/eventually.js';
import { hireCrew } from './crew.js';
import type { Ground } from './ground.js';
import { createFaults } from './inject.js';
import { GROUP, nameOf } from './names.js';
import { produce } from './produce.js';
import { schedule } from './schedule.js';
import { table } from './table.js';
import { verdict } from './verdict.js';

export interface Soak {
  readonly seconds: number;
  readonly seed: number;
  /** Entries a second. */
  readonly rate: number;
}

/** ms from one fault to the next. */
const EVERY = 300;
const CONSUMERS = 4;

/** Faults for so many seconds while entries pour in; then all that is there must have been worked on, and everything be explained. */
export async function soak(prepare: () => Promise<Ground>, { seconds, seed, rate }: Soak): Promise<void> {
  const ground = await prepare();
  const { streams, admin, kinds, amid } = ground;
  const folder = await mkdtemp(join(tmpdir(), 'soak-'));
  onTestFailed(() => console.error(`FAULT_SEED=${seed} FAULT_SECONDS=${seconds}; what each consumer wrote down: ${folder}`));
  for (const stream of streams) await admin.xgroup('CREATE', stream, GROUP, '0', 'MKSTREAM');
  const crew = await hireCrew(ground, { size: CONSUMERS, folder, seconds });
  try {
    await crew.ready();
    const faults = createFaults({ ground, crew });
    const producing = produce(ground.where, { streams, rate, total: rate * seconds });
    const start = performance.now();
    for (const fault of schedule(seed, { seconds, every: EVERY, victims: CONSUMERS, kinds, amid })) {
      await sleep(start + fault.at - performance.now());
      await faults.inject(fault);
    }
    await sleep(start + seconds * 1000 - performance.now());
    await faults.lift();
    const confirmed = await producing;
    await crew.ready();
    const lifted = performance.now();
    await eventually(() => areDrained(ground), 'everything is delivered and acked', { within: (seconds + 60) * 1000 });
    const drained = performance.now() - lifted;
    const complaints = await crew.dismiss();

    const lives = crew.lives();
    const judged = verdict(await namesIn(ground), lives, { confirmed, failovers: ground.failovers });
    const deaths = lives.filter(({ killed }) => killed).length;
    console.log(
      `${CONSUMERS} consumers, ${rate} entries/s, a fault every ${EVERY} ms; FAULT_SEED=${seed} FAULT_SECONDS=${seconds}\n` +
        table(faults.counts, judged, { processes: lives.length, 'of them killed': deaths, 'ms to drain': Math.round(drained) }),
    );
    expect(complaints).toEqual([]);
    expect(await ground.unordered()).toEqual([]);
    expect(judged.sent + judged.notReplicated).toBeGreaterThanOrEqual(
      Math.floor(rate / streams.length) * streams.length * seconds,
    );
    expect(judged.lost).toEqual([]);
    expect(judged.unknown).toEqual([]);
    expect(judged.vanished).toEqual([]);
    expect(judged.unexplained).toEqual([]);
    expect(judged.duplicates).toBeLessThanOrEqual(judged.bound);
    if (amid !== undefined) expect(faults.counts.get(amid)).toBe(1);
    await rm(folder, { recursive: true });
  } finally {
    await crew.end();
    await ground.end();
  }
}

async function areDrained({ streams, admin }: Ground): Promise<true | string> {
  const looks = await Promise.all(streams.map((stream) => isDrained(admin, stream)));
  return looks.every((look) => look === true) || looks.filter((look) => look !== true).join('; ');
}

/** True when the group was given everything and nothing of it is pending; otherwise what is not so, for the error. */
async function isDrained(admin: Ground['admin'], stream: string): Promise<true | string> {
  const [info, groups, rows] = (await Promise.all([
    admin.xinfo('STREAM', stream),
    admin.xinfo('GROUPS', stream),
    admin.xpending(stream, GROUP, '-', '+', 5),
  ])) as [unknown[], unknown[][], unknown[]];
  const [group = []] = groups;
  const [last, delivered, pending] = [
    value(info, 'last-generated-id'),
    value(group, 'last-delivered-id'),
    value(group, 'pending'),
  ];
  return (
    (last === delivered && pending === 0) ||
    `${stream}: delivered ${String(delivered)} of ${String(last)}, ${String(pending)} pending: ${JSON.stringify(rows)}`
  );
}

function value(info: unknown[], name: string): unknown {
  return info[info.indexOf(name) + 1];
}

/** All that stands in the streams. */
async function namesIn({ streams, admin }: Ground): Promise<string[]> {
  const names: string[] = [];
  for (const stream of streams) {
    let page = await next(stream, '-');
    for (; page.length > 0; page = await next(stream, `(${page.at(-1)}`)) names.push(...page.map((id) => nameOf(stream, id)));
  }
  return names;

  async function next(stream: string, from: string): Promise<string[]> {
    return (await admin.xrange(stream, from, '+', 'COUNT', 10_000)).map(([id]) => id);
  }
}
