import { concat, defer, EMPTY, Observable, of } from 'rxjs';
import type { RedisClient } from './client.js';
import { ConnectionLost } from './failures.js';

/** What a Cluster of ioredis (5.11.1 and 6.0.0) has beside what {@link RedisClient} asks for. */
export interface ClusterClient extends RedisClient {
  readonly isCluster: true;
  /** Per slot `host:port` of its master, then of its replicas, as we reach them; empty before the first connection. */
  readonly slots: readonly (readonly string[] | undefined)[];
  /** A plain client of each node. */
  nodes(role: 'all'): readonly RedisClient[];
  /** Asks one node after another for the slots. Calls back once it has them, or has tried all. */
  refreshSlotsCache(done: () => void): void;
}

/** Where a node listens. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

export function isCluster(client: RedisClient): client is ClusterClient {
  return client.isCluster;
}

/** The address of the master that has this slot; fails as lost where nobody knows it. `anew`: what was known may be out of date. */
export function ownerOf(cluster: ClusterClient, slot: number, { anew }: { anew: boolean }): Observable<Address> {
  return concat(
    anew || cluster.slots[slot] === undefined ? refreshed(cluster) : EMPTY,
    defer(() => {
      const owner = cluster.slots[slot]?.[0];
      if (owner === undefined) throw new ConnectionLost(`no node of the cluster is known to have slot ${slot}`);
      return of(parsed(owner));
    }),
  );
}

/** What became of it is in the slots. */
function refreshed(cluster: ClusterClient): Observable<never> {
  return new Observable((subscriber) => cluster.refreshSlotsCache(() => subscriber.complete()));
}

/** A client of the node there; undefined: it is none of the cluster, as far as we know. */
export function nodeAt(cluster: ClusterClient, { host, port }: Address): RedisClient | undefined {
  return cluster.nodes('all').find(({ options }) => {
    const at = options as Partial<Address>;
    return at.host === host && Number(at.port) === port;
  });
}

/** The address in `MOVED slot host:port` and `ASK …`, as we reach it (`natMap`); without a host it is that of the node that answers. */
export function redirected(cluster: ClusterClient, { message }: Error, answers: Address): Address | undefined {
  const key = message.split(' ')[2];
  if (key === undefined) return undefined;
  const { natMap } = cluster.options as { natMap?: unknown };
  const mapped: unknown =
    typeof natMap === 'function'
      ? (natMap as (key: string) => unknown)(key)
      : typeof natMap === 'object' && natMap !== null
        ? (natMap as Record<string, unknown>)[key]
        : undefined;
  const { host, port } = (mapped as Address | null | undefined) ?? parsed(key);
  return { host: host === '' || host === '?' ? answers.host : host, port: Number(port) };
}

/** The last colon: addresses of IPv6 have more of them. */
function parsed(key: string): Address {
  const colon = key.lastIndexOf(':');
  return { host: key.slice(0, colon), port: Number(key.slice(colon + 1)) };
}
