import type { Cluster, Redis } from 'ioredis';
import type { Proxy } from '../../support/tcp-proxy.js';
import type { Fault, FaultKind } from './schedule.js';
import type { Failover } from './verdict.js';
import type { Where } from './where.js';

/** What a soak stands on, and what can happen to it. */
export interface Ground {
  readonly streams: readonly string[];
  /** For commands about keys. */
  readonly admin: Redis | Cluster;
  /** Where nothing is in between. */
  readonly where: Where;
  /** What happens here, as often as it is usual, … */
  readonly kinds: readonly FaultKind[];
  /** … and once, in the middle. */
  readonly amid: FaultKind | undefined;
  /** A way to it for one consumer alone. */
  way(): Promise<Way>;
  /** Those that take commands now. Whoever is no longer among them takes none. */
  masters(): Promise<readonly Node[]>;
  /** Of a server; resolves when it is over. */
  change(fault: Fault): Promise<void>;
  readonly failovers: readonly Failover[];
  /** Who has become master without an order: nodes that get no CPU take each other for dead, and no verdict can know of it. */
  unordered(): Promise<readonly string[]>;
  end(): Promise<void>;
}

export interface Way {
  readonly where: Where;
  /** One for each node. */
  readonly proxies: readonly Proxy[];
}

interface Node {
  call(command: string, ...args: (string | number)[]): Promise<unknown>;
}
