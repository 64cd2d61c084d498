import { Cluster } from 'ioredis';
import { setTimeout as sleep } from 'node:timers/promises';
import { shards } from '../src/index.js';
import { joinNodes, type ClusterNode } from '../test/support/redis-cluster.js';
import { judge } from './harness/judge.js';
import type { Question } from './harness/question.js';
import { runSide } from './harness/run-side.js';

const ROUNDS = 3;
/** For each process, however many there are: what each of them costs once counts for as many entries. */
const EACH = 80_000;
const PARTS = 16;
/** A read asks for the window's share of a part: 100 entries. */
const WINDOW = 100 * PARTS;
const NODES = [1, 3] as const;
const PROCESSES = [1, 2, 4] as const;
const MOST = Math.max(...PROCESSES);
const SIDES = ['ours', 'hand'] as const;

/** One process. */
interface Consumer {
  readonly began: number;
  readonly ended: number;
  readonly entries: number;
  /** CPU µs. */
  readonly user: number;
  readonly system: number;
}

interface Case {
  readonly side: (typeof SIDES)[number];
  readonly nodes: number;
  readonly processes: number;
}

/** All processes of a case together; CPU in µs of an entry. */
interface Run extends Case {
  readonly perSecond: number;
  readonly client: number;
  readonly server: number;
  /** Had by all of them together. */
  readonly cores: number;
  readonly entriesPerRead: number;
}

/**
 * Both are clusters, so that the clients run the same code: the difference is the number of server processes. No replicas, which would
 * want a part of the same cores. `hand`, a loop without this library, tells what of it is the machine's doing.
 */
export const scale: Question = {
  asks: 'What do more consumer processes of one group bring, on one node and on three, and does an entry cost the client more then?',
  answer: async () => {
    const grounds = await Promise.all(NODES.map((count) => joinNodes(count, { replicas: false })));
    const runs: Run[] = [];
    for (const nodes of grounds) await fill(nodes);
    for (let round = 0; round < ROUNDS; round++) {
      for (const processes of PROCESSES) {
        for (const nodes of grounds)
          for (const side of SIDES) runs.push(await run(nodes, side, processes, `${side}${round}-${processes}`));
      }
    }
    await Promise.all(grounds.flat().map((node) => node.stop('SIGKILL')));

    const of = (asked: Case, what: keyof Omit<Run, keyof Case>): number =>
      best(
        runs
          .filter(({ side, nodes, processes }) => side === asked.side && nodes === asked.nodes && processes === asked.processes)
          .map((each) => each[what]),
        what === 'perSecond' || what === 'cores',
      );
    const growth = (each: Case): number => of(each, 'client') / of({ ...each, processes: 1 }, 'client');
    const cases = SIDES.flatMap((side) =>
      NODES.flatMap((nodes) => PROCESSES.map((processes): Case => ({ side, nodes, processes }))),
    );
    return {
      rows: cases.map((each) => ({
        ...each,
        'entries/s': Math.round(of(each, 'perSecond')),
        'client CPU µs/entry': of(each, 'client').toFixed(2),
        'of that with one process': growth(each).toFixed(2),
        'server CPU µs/entry': of(each, 'server').toFixed(2),
        'cores in use': of(each, 'cores').toFixed(2),
        'entries/read': of(each, 'entriesPerRead').toFixed(1),
      })),
      bars: cases
        .filter(({ side, processes }) => side === 'ours' && processes > 1)
        .map((each) =>
          judge(`client CPU per entry, ${each.processes} consumers / 1, nodes: ${each.nodes}`, { atMost: 1.15 }, [growth(each)]),
        ),
    };
  },
};

/** Only so many entries as these processes are to have are left to the group. */
async function run(nodes: readonly ClusterNode[], side: Case['side'], processes: number, group: string): Promise<Run> {
  const redis = clientOf(nodes);
  const total = EACH * processes;
  for (const stream of shards('bench', PARTS)) {
    await redis.xgroup('CREATE', stream, group, `${(EACH * MOST - total) / PARTS}-0`);
  }
  const args = [side, JSON.stringify(nodes.map(({ port }) => port)), `${PARTS}`, `${WINDOW}`, group];
  const running = Promise.all(Array.from({ length: processes }, (_, i) => runSide<Consumer>('scale.mjs', [...args, `c${i}`])));
  await Promise.race([running, until(async () => Number(await redis.get(`ready-${group}`)) === processes)]);
  const from = await countOf(nodes);
  await redis.set(`go-${group}`, 1);
  const consumers = await running;
  const to = await countOf(nodes);
  for (const stream of shards('bench', PARTS)) await redis.xgroup('DESTROY', stream, group);
  await redis.quit();
  const entries = consumers.reduce((sum, each) => sum + each.entries, 0);
  if (entries !== total) throw new Error(`${entries} entries came of ${total}`);
  const seconds = (Math.max(...consumers.map(({ ended }) => ended)) - Math.min(...consumers.map(({ began }) => began))) / 1000;
  const client = consumers.reduce((sum, { user, system }) => sum + user + system, 0) / entries;
  const server = (to.cpuMicros - from.cpuMicros) / entries;
  return {
    ...{ side, nodes: nodes.length, processes },
    ...{ perSecond: entries / seconds, client, server },
    cores: (entries * (client + server)) / (seconds * 1e6),
    entriesPerRead: entries / (to.reads - from.reads),
  };
}

/** Of the rounds: whatever else runs on the machine only adds to the CPU time of an entry, and takes from their number. */
function best(values: readonly number[], most: boolean): number {
  return most ? Math.max(...values) : Math.min(...values);
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(20);
}

interface Count {
  cpuMicros: number;
  reads: number;
}

/** What all nodes have done so far. */
async function countOf(nodes: readonly ClusterNode[]): Promise<Count> {
  const infos = await Promise.all(
    nodes.map(async (node) => `${String(await node.call('INFO', 'cpu'))}${String(await node.call('INFO', 'commandstats'))}`),
  );
  const total = (figure: RegExp): number => infos.reduce((sum, info) => sum + Number(figure.exec(info)?.[1] ?? 0), 0);
  return {
    cpuMicros: 1e6 * (total(/^used_cpu_user:([\d.]+)/m) + total(/^used_cpu_sys:([\d.]+)/m)),
    reads: total(/^cmdstat_xreadgroup:calls=(\d+)/m),
  };
}

/** As in fill.ts, as many entries in each part, with the ids 1-0, 2-0, … */
async function fill(nodes: readonly ClusterNode[]): Promise<void> {
  const redis = clientOf(nodes);
  const last = (EACH * MOST) / PARTS;
  for (const stream of shards('bench', PARTS)) {
    for (let i = 0; i < last;) {
      const pipeline = redis.pipeline();
      for (const end = Math.min(last, i + 1_000); i < end; i++) {
        const fields = ['customer', `customer-${i % 977}`, 'amount', `${(i * 7919) % 100_000}`, 'note', 'x'.repeat(60)];
        pipeline.xadd(stream, `${i + 1}-0`, ...fields);
      }
      await pipeline.exec();
    }
  }
  await redis.quit();
}

function clientOf(nodes: readonly ClusterNode[]): Cluster {
  return new Cluster(nodes.map(({ port }) => ({ host: '127.0.0.1', port })));
}
