/** What every test on a cluster stands on: six nodes for the file, clients that are closed after the test, and the proof that nothing of ours is left. */
import { Cluster, type ClusterOptions } from 'ioredis';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { eventually } from '../support/eventually.js';
import { nothingLeft } from '../support/nothing-left.js';
import { startCluster, type ClusterNode, type RedisCluster } from '../support/redis-cluster.js';

export interface ClusterGround {
  readonly cluster: RedisCluster;
  /** Sees all as it is, without a prefix. */
  readonly admin: Cluster;
  /** A caller's client. */
  client(options?: ClusterOptions): Cluster;
  /** Keys of that name on the first, second and third node; of another name in each test. */
  keys(): readonly [string, string, string];
  /** Adds n entries with the field `n` (numbered on from `from`); answers their ids. */
  fill(stream: string, n: number, options?: { from?: number }): Promise<string[]>;
  /** Ids that are pending in the group `g`. */
  pending(stream: string): Promise<string[]>;
  settled(...streams: string[]): Promise<void>;
  /** Waits until so many reads wait on these nodes, on all by default. */
  blocked(readers: number, nodes?: readonly ClusterNode[]): Promise<void>;
}

let names = 0;

/** To be called once at the top of a file. */
export function clusterGround(): ClusterGround {
  let cluster: RedisCluster;
  let admin: Cluster;
  let clients: Cluster[] = [];

  beforeAll(async () => {
    cluster = await startCluster();
    admin = quiet(new Cluster([...cluster.addresses]));
  });
  afterAll(async () => {
    admin.disconnect();
    await cluster.stop();
  });
  afterEach(async () => {
    const mine = clients;
    clients = [];
    await nothingLeft(mine);
    await blocked(0);
  });

  const readers = async (nodes: readonly ClusterNode[]): Promise<number> => {
    const lists = await Promise.all(nodes.map((node) => node.call('CLIENT', 'LIST')));
    return lists.join('').match(/ flags=\w*b/g)?.length ?? 0;
  };
  const blocked = (count: number, nodes?: readonly ClusterNode[]): Promise<void> =>
    eventually(
      async () => {
        const now = await readers(nodes ?? cluster.nodes);
        return now === count || now;
      },
      `${count} reads wait`,
      { within: 15_000 },
    );
  const pending = async (stream: string): Promise<string[]> =>
    ((await admin.xpending(stream, 'g', '-', '+', 100_000)) as [string][]).map(([id]) => id);

  return {
    get cluster() {
      return cluster;
    },
    get admin() {
      return admin;
    },
    client(options = {}) {
      const client = quiet(new Cluster([...cluster.addresses], options));
      clients.push(client);
      return client;
    },
    keys: () => cluster.spread(`s${++names}`),
    async fill(stream, n, { from = 0 } = {}) {
      const pipeline = admin.pipeline();
      for (let i = 0; i < n; i++) pipeline.xadd(stream, '*', 'n', from + i);
      return ((await pipeline.exec()) ?? []).map(([error, id]) => {
        expect(error).toBeNull();
        return String(id);
      });
    },
    pending,
    settled: (...streams) =>
      eventually(async () => {
        const left = (await Promise.all(streams.map(pending))).flat().length;
        return left === 0 || left;
      }, 'nothing is pending'),
    blocked,
  };
}

/** Faults are the subject here: ioredis would print each of them. */
function quiet(client: Cluster): Cluster {
  return client.on('error', () => undefined);
}
