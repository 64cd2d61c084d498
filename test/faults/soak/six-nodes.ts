import { Cluster } from 'ioredis';
import { shards } from '../../../src/index.js';
import { startCluster, type ClusterNode } from '../../support/redis-cluster.js';
import { startProxy } from '../../support/tcp-proxy.js';
import type { Ground } from './ground.js';
import type { Failover } from './verdict.js';
import type { Reached } from './where.js';

/** A stream in six parts on a cluster: three masters, each with a replica that takes its place when it is killed. */
export async function sixNodes(): Promise<Ground> {
  const cluster = await startCluster();
  const streams = shards('soak', 6);
  const failovers: Failover[] = [];
  const ordered = new Set(cluster.nodes.slice(0, cluster.addresses.length).map(({ id }) => id));
  /** Takes no more commands. */
  let dying: ClusterNode | undefined;
  const admin = new Cluster([...cluster.addresses]).on('error', () => undefined);

  async function masters(): Promise<ClusterNode[]> {
    const looks = await Promise.all(
      cluster.nodes.filter((node) => node !== dying).map(async (node) => [node, (await node.me()).flags] as const),
    );
    return looks.flatMap(([node, flags]) => (node !== dying && flags.includes('master') ? [node] : []));
  }

  /** The master of that stream; its replica takes its place. */
  async function kill(stream: string): Promise<void> {
    const master = await cluster.ownerOf(stream);
    const owners = await Promise.all(streams.map((each) => cluster.ownerOf(each)));
    dying = master;
    await master.call('PING'); // the last one, so all others are answered
    failovers.push({ at: Date.now(), streams: streams.filter((_, i) => owners[i] === master) });
    ordered.add((await cluster.kill(master)).id);
  }

  return {
    streams,
    admin,
    where: { ports: cluster.addresses.map(({ port }) => port), reached: {} },
    kinds: [
      ...(['connection killed', 'reply cut, both sides', 'reply cut, client side', 'connections cut'] as const),
      ...(['connections refused', 'black hole', 'slow line', 'server paused'] as const),
      ...(['consumer stopped', 'consumer killed', 'slot moved'] as const),
    ],
    amid: 'master killed',
    async way() {
      const proxies = await Promise.all(cluster.nodes.map((node) => startProxy(node)));
      const reached: Reached = Object.fromEntries(
        cluster.nodes.map((node, i) => [`127.0.0.1:${node.port}`, { host: '127.0.0.1', port: proxies[i]?.port ?? 0 }]),
      );
      return { where: { ports: proxies.map(({ port }) => port), reached }, proxies };
    },
    masters,
    async change({ kind, dice }) {
      const stream = streams[Math.floor(dice * streams.length)]!;
      if (kind === 'master killed') return kill(stream);
      await cluster.move(stream, await cluster.otherMaster(stream));
    },
    failovers,
    unordered: async () =>
      (await masters()).filter(({ id }) => !ordered.has(id)).map(({ port }) => `the node at ${port} is master without an order`),
    async end() {
      admin.disconnect();
      await cluster.stop();
    },
  };
}
