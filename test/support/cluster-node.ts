/** One node of a cluster, and what it says of the others. */
import { Redis } from 'ioredis';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, startRedis, type RedisServer } from './redis-server.js';

/** A node as some node sees it: a line of CLUSTER NODES. */
export interface Seen {
  readonly id: string;
  readonly flags: readonly string[];
  /** Of a replica. */
  readonly master: string | undefined;
  readonly linked: boolean;
  readonly slots: readonly (readonly [first: number, last: number])[];
}

export interface ClusterNode {
  readonly id: string;
  readonly port: number;
  readonly clusterPort: number;
  readonly pid: number;
  /** A command to this node, whatever slots it has. */
  call(command: string, ...args: (string | number)[]): Promise<unknown>;
  /** As it sees itself. */
  me(): Promise<Seen>;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** ms after which the others take a node for dead that does not answer. */
const NODE_TIMEOUT = 1_500;

/** ms within which a cluster has to agree. */
const WITHIN = 30_000;

async function startNode(attempt = 1): Promise<{ server: RedisServer; clusterPort: number }> {
  const clusterPort = await freePort();
  const args = [
    ...['--cluster-enabled', 'yes', '--cluster-port', `${clusterPort}`, '--cluster-node-timeout', `${NODE_TIMEOUT}`],
    ...['--repl-diskless-sync-delay', '0', '--cluster-allow-replica-migration', 'no'],
    ...['--cluster-announce-ip', '127.0.0.1'], // one that has met nobody does not know its own
  ];
  try {
    return { server: await startRedis({ args }), clusterPort };
  } catch (error) {
    // As for its other port, which `startRedis` chooses anew.
    if (attempt >= 5 || !String(error).includes('in use')) throw error;
    return startNode(attempt + 1);
  }
}

export async function launchNode(): Promise<ClusterNode> {
  const { server, clusterPort } = await startNode();
  const admin = new Redis(server.port, '127.0.0.1', { retryStrategy: () => 100, maxRetriesPerRequest: null });
  admin.on('error', () => undefined); // of a node that the test has killed
  const id = String(await admin.call('CLUSTER', 'MYID'));
  const node: ClusterNode = {
    id,
    clusterPort,
    port: server.port,
    pid: server.pid,
    call: (command, ...args) => admin.call(command, ...args),
    async me() {
      const me = (await seenBy(node)).find(({ flags }) => flags.includes('myself'));
      if (me === undefined) throw new Error(`node ${server.port} does not see itself`);
      return me;
    },
    async stop(signal) {
      admin.disconnect();
      await server.stop(signal);
    },
  };
  return node;
}

export async function meet(node: ClusterNode, other: ClusterNode): Promise<void> {
  await node.call('CLUSTER', 'MEET', '127.0.0.1', other.port, other.clusterPort);
}

/** `id ip:port@cport flags master ping-sent pong-recv epoch link slot…` */
export async function seenBy(node: ClusterNode): Promise<readonly Seen[]> {
  const lines = String(await node.call('CLUSTER', 'NODES'))
    .trim()
    .split('\n');
  return lines.map((line) => {
    const [id = '', , flags = '', master = '-', , , , link, ...slots] = line.split(' ');
    return {
      id,
      flags: flags.split(','),
      master: master === '-' ? undefined : master,
      linked: link === 'connected',
      slots: slots
        .filter((each) => !each.startsWith('['))
        .map((each) => each.split('-').map(Number))
        .map(([first = 0, last = first]) => [first, last] as const),
    };
  });
}

/** Every slot is served as every node sees it, whoever lives is linked, and every replica has its master's data. */
export async function allAgree(nodes: readonly ClusterNode[]): Promise<boolean> {
  const looks = await Promise.all(nodes.map(async (node) => [await node.call('CLUSTER', 'INFO'), await seenBy(node)] as const));
  const alive = new Set(nodes.map(({ id }) => id));
  const served = looks.every(([info]) => String(info).includes('cluster_state:ok'));
  const views = looks.map(([, all]) => {
    const ours = all.filter(({ id }) => alive.has(id));
    if (ours.length < nodes.length || ours.some(({ linked, flags }) => !linked || flags.includes('handshake'))) return undefined;
    return JSON.stringify(ours.map(({ id, master, slots }) => [id, master, slots]).sort());
  });
  if (!served || views.some((view) => view === undefined || view !== views[0])) return false;
  const roles = await Promise.all(nodes.map((node) => node.call('INFO', 'replication')));
  return roles.every((role) => !String(role).includes('role:slave') || String(role).includes('master_link_status:up'));
}

/** Waits for it; `holds` says what there is instead. */
export async function until(
  what: string,
  holds: () => Promise<boolean | string>,
  { within = WITHIN }: { within?: number } = {},
): Promise<void> {
  const deadline = Date.now() + within;
  for (;;) {
    const found = await holds();
    if (found === true) return;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${within} ms (found ${String(found)})`);
    await sleep(50);
  }
}
