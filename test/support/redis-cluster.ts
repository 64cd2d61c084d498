/** A real Redis Cluster of a test's own: three masters with a replica each, on free loopback ports. */
import { slotOf } from '../../src/wire/slot.js';
import { allAgree, launchNode, meet, seenBy, until, type ClusterNode } from './cluster-node.js';

export type { ClusterNode };

export interface RedisCluster {
  /** All that run: three masters first, then their replicas, then what was added. */
  readonly nodes: readonly ClusterNode[];
  /** For `new Cluster(…)`. */
  readonly addresses: readonly { readonly host: string; readonly port: number }[];
  /** The master that has the key's slot. */
  ownerOf(key: string): Promise<ClusterNode>;
  /** A master that does not. */
  otherMaster(key: string): Promise<ClusterNode>;
  /** Keys of that name in slots of the first, second and third master: `name:{…}`. */
  spread(name: string): readonly [string, string, string];
  /** SIGKILL for a master; resolves with the replica that took its place, once all nodes say so. */
  kill(master: ClusterNode): Promise<ClusterNode>;
  /** CLUSTER FAILOVER: the replica of the key's master takes its place. */
  failover(key: string): Promise<ClusterNode>;
  /** From now on the slot is on its way: keys that are not at its owner are to be asked for at `to`. */
  beginMove(key: string, to: ClusterNode): Promise<void>;
  /** MIGRATE: the key travels. */
  moveKey(key: string, to: ClusterNode): Promise<void>;
  /** The slot belongs to `to`. */
  endMove(key: string, to: ClusterNode): Promise<void>;
  /** All three, with all keys of the slot. */
  move(key: string, to: ClusterNode): Promise<void>;
  /** One more master, which has no slots yet. */
  add(): Promise<ClusterNode>;
  stop(): Promise<void>;
}

const MASTERS = 3;
const SLOTS = 16_384;
const SHARE = shareOf(MASTERS);

export async function startCluster(): Promise<RedisCluster> {
  let nodes = await joinNodes(MASTERS, { replicas: true });
  const addresses = nodes.slice(0, MASTERS).map(({ port }) => ({ host: '127.0.0.1', port }));

  async function find(what: string, fits: (node: ClusterNode) => Promise<boolean>): Promise<ClusterNode> {
    for (const node of nodes) if (await fits(node)) return node;
    throw new Error(`there is no ${what}`);
  }
  const isMaster = async (node: ClusterNode): Promise<boolean> => (await node.me()).flags.includes('master');
  const has = async (node: ClusterNode, key: string): Promise<boolean> => {
    const { flags, slots } = await node.me();
    return flags.includes('master') && slots.some(([first, last]) => first <= slotOf(key) && slotOf(key) <= last);
  };
  const replicaOf = (master: ClusterNode): Promise<ClusterNode> =>
    find(`replica of ${master.port}`, async (node) => (await node.me()).master === master.id);
  const agreed = (): Promise<void> => until('the nodes agree', () => allAgree(nodes));

  const cluster: RedisCluster = {
    get nodes() {
      return nodes;
    },
    addresses,
    ownerOf: (key) => find(`owner of ${key}`, (node) => has(node, key)),
    otherMaster: (key) => find(`master beside that of ${key}`, async (node) => (await isMaster(node)) && !(await has(node, key))),
    spread: (name) => {
      const found = new Map<number, string>();
      for (let i = 0; found.size < MASTERS; i++) {
        const key = `${name}:{${i}}`;
        const at = Math.floor(slotOf(key) / SHARE);
        if (!found.has(at)) found.set(at, key);
      }
      return [0, 1, 2].map((at) => found.get(at)) as unknown as [string, string, string];
    },
    async kill(master) {
      const heir = await replicaOf(master);
      nodes = nodes.filter((node) => node !== master);
      await master.stop('SIGKILL');
      await until('the replica is master', () => isMaster(heir));
      await agreed();
      return heir;
    },
    async failover(key) {
      const master = await cluster.ownerOf(key);
      const heir = await replicaOf(master);
      await heir.call('CLUSTER', 'FAILOVER');
      await until('they have changed places', async () => (await isMaster(heir)) && !(await isMaster(master)));
      await agreed();
      return heir;
    },
    async beginMove(key, to) {
      const from = await cluster.ownerOf(key);
      await to.call('CLUSTER', 'SETSLOT', slotOf(key), 'IMPORTING', from.id);
      await from.call('CLUSTER', 'SETSLOT', slotOf(key), 'MIGRATING', to.id);
    },
    async moveKey(key, to) {
      const from = await cluster.ownerOf(key);
      await from.call('MIGRATE', '127.0.0.1', to.port, key, 0, 5_000);
    },
    async endMove(key, to) {
      const from = await cluster.ownerOf(key);
      // The new owner first: it raises its epoch, and the others believe it.
      for (const node of [to, from]) await node.call('CLUSTER', 'SETSLOT', slotOf(key), 'NODE', to.id);
      await until('the slot has its new owner everywhere', async () => {
        const seen = await Promise.all(nodes.map((node) => seenBy(node)));
        return seen.every((all) =>
          all.some(({ id, slots }) => id === to.id && slots.some(([a, b]) => a <= slotOf(key) && slotOf(key) <= b)),
        );
      });
    },
    async move(key, to) {
      const from = await cluster.ownerOf(key);
      await cluster.beginMove(key, to);
      const all = (await from.call('CLUSTER', 'GETKEYSINSLOT', slotOf(key), 1_000)) as string[];
      for (const each of all) await cluster.moveKey(each, to);
      await cluster.endMove(key, to);
    },
    async add() {
      const node = await launchNode();
      nodes = [...nodes, node];
      await until('the nodes agree', async () => {
        await meetAll(nodes);
        return allAgree(nodes);
      });
      return node;
    },
    async stop() {
      await Promise.all(nodes.map((node) => node.stop('SIGKILL')));
    },
  };
  return cluster;
}

/** Slots of each of so many masters; the last one may have fewer. */
function shareOf(masters: number): number {
  return Math.ceil(SLOTS / masters);
}

/** Who knows nobody meets the first; again where nothing came of it: a handshake that outlasts the node timeout is given up without a word. */
async function meetAll([first, ...others]: readonly ClusterNode[]): Promise<void> {
  if (first === undefined) return;
  for (const node of others) if ((await seenBy(node)).length === 1) await meet(node, first);
}

/** By commands and not by `redis-cli --cluster create`: that would be one more binary to find, and it waits a second between two looks. */
export async function joinNodes(count: number, { replicas }: { replicas: boolean }): Promise<ClusterNode[]> {
  const nodes = await Promise.all(Array.from({ length: replicas ? 2 * count : count }, () => launchNode()));
  const masters = nodes.slice(0, count);
  const share = shareOf(count);
  for (const [i, node] of masters.entries()) {
    await node.call('CLUSTER', 'SET-CONFIG-EPOCH', i + 1);
    await node.call('CLUSTER', 'ADDSLOTSRANGE', i * share, Math.min(SLOTS, (i + 1) * share) - 1);
  }
  await until('all nodes know each other', async () => {
    await meetAll(nodes);
    const seen = await Promise.all(nodes.map((node) => seenBy(node)));
    return seen.every((all) => all.length === nodes.length && all.every(({ flags }) => !flags.includes('handshake')));
  });
  for (const [i, node] of nodes.slice(count).entries()) await node.call('CLUSTER', 'REPLICATE', masters[i]?.id as string);
  await until('the nodes agree', () => allAgree(nodes));
  return nodes;
}
