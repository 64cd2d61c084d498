/**
 * Everything goes wrong at once, for a while: consumers, connections and the server die while entries pour in. Then nothing is lost,
 * nothing stays pending, and nothing was begun twice that no death, lost lease or ack in doubt accounts for.
 *
 * `FAULT_SECONDS` (15) is for how long, `FAULT_SEED` (1) chooses the faults: `npm run soak` takes 60 s and a seed of its own.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { expect, it, onTestFailed } from 'vitest';
import { eventually } from '../support/eventually.js';
import { startRedis } from '../support/redis-server.js';
import { hireCrew } from './soak/crew.js';
import { createFaults } from './soak/inject.js';
import { GROUP, STREAM } from './soak/names.js';
import { produce } from './soak/produce.js';
import { schedule } from './soak/schedule.js';
import { table } from './soak/table.js';
import { verdict } from './soak/verdict.js';

const seconds = Number(process.env['FAULT_SECONDS'] ?? 15);
const seed = Number(process.env['FAULT_SEED'] ?? 1);
const rate = 2000;
const every = 300;
const consumers = 4;

it(
  'nothing is lost, nothing stays pending, and every duplicate is accounted for',
  { timeout: (2 * seconds + 180) * 1000 },
  async () => {
    const server = await startRedis({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] });
    const folder = await mkdtemp(join(tmpdir(), 'soak-'));
    onTestFailed(() => console.error(`FAULT_SEED=${seed} FAULT_SECONDS=${seconds}; what each consumer wrote down: ${folder}`));
    const admin = new Redis(server.port, { maxRetriesPerRequest: null, retryStrategy: () => 50 });
    admin.on('error', () => undefined); // the server is killed again and again
    await admin.xgroup('CREATE', STREAM, GROUP, '0', 'MKSTREAM');
    const crew = await hireCrew(server, { size: consumers, folder, seconds });
    try {
      await crew.ready();
      const faults = createFaults({ server, admin, crew });
      const producing = produce(server.port, { rate, total: rate * seconds });
      const start = performance.now();
      for (const fault of schedule(seed, { seconds, every, victims: consumers })) {
        await sleep(start + fault.at - performance.now());
        await faults.inject(fault);
      }
      await sleep(start + seconds * 1000 - performance.now());
      await faults.lift();
      await producing;
      await crew.ready();
      const lifted = performance.now();
      await eventually(() => isDrained(admin), 'everything is delivered and acked', { within: (seconds + 60) * 1000 });
      const drained = performance.now() - lifted;
      const complaints = await crew.dismiss();

      const judged = verdict(await idsOf(admin), crew.lives());
      const lives = crew.lives();
      const deaths = lives.filter(({ killed }) => killed).length;
      console.log(
        `${consumers} consumers, ${rate} entries/s, a fault every ${every} ms; FAULT_SEED=${seed} FAULT_SECONDS=${seconds}\n` +
          table(faults.counts, judged, { processes: lives.length, 'of them killed': deaths, 'ms to drain': Math.round(drained) }),
      );
      expect(complaints).toEqual([]);
      expect(judged.sent).toBeGreaterThanOrEqual(rate * seconds);
      expect(judged.lost).toEqual([]);
      expect(judged.unknown).toEqual([]);
      expect(judged.unexplained).toEqual([]);
      expect(judged.duplicates).toBeLessThanOrEqual(judged.bound);
      await rm(folder, { recursive: true });
    } finally {
      await crew.end();
      admin.disconnect();
      await server.stop('SIGKILL');
    }
  },
);

/** True when the group was given everything and nothing of it is pending; otherwise what is not so, for the error. */
async function isDrained(admin: Redis): Promise<true | string> {
  const [info, groups, rows] = (await Promise.all([
    admin.xinfo('STREAM', STREAM),
    admin.xinfo('GROUPS', STREAM),
    admin.xpending(STREAM, GROUP, '-', '+', 5),
  ])) as [unknown[], unknown[][], unknown[]];
  const [group = []] = groups;
  const [last, delivered, pending] = [
    value(info, 'last-generated-id'),
    value(group, 'last-delivered-id'),
    value(group, 'pending'),
  ];
  return (
    (last === delivered && pending === 0) ||
    `delivered ${String(delivered)} of ${String(last)}, ${String(pending)} pending: ${JSON.stringify(rows)}`
  );
}

function value(info: unknown[], name: string): unknown {
  return info[info.indexOf(name) + 1];
}

async function idsOf(admin: Redis): Promise<string[]> {
  const ids: string[] = [];
  for (let page = await next('-'); page.length > 0; page = await next(`(${ids.at(-1)}`)) ids.push(...page);
  return ids;

  async function next(from: string): Promise<string[]> {
    return (await admin.xrange(STREAM, from, '+', 'COUNT', 10_000)).map(([id]) => id);
  }
}
