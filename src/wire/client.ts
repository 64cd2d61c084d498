import { kindOf, quote } from '../checks.js';

export type Arg = string | number | Buffer;

/**
 * What we need of a Redis client. The classes of ioredis 5 and 6 are not assignable to each other, so the public API is typed by
 * structure: `Redis` of either, of iovalkey, and the in-memory Redis of `/testing` fit.
 */
export interface RedisClient {
  readonly status: string;
  readonly options: object;
  readonly isCluster: boolean;
  /** Sends a command; a flat list as the second argument, because spreading ten thousand ids can exhaust the stack. */
  call(command: string, args: readonly Arg[]): Promise<unknown>;
  /** The same, with every string of the reply as a Buffer. */
  callBuffer(command: string, args: readonly Arg[]): Promise<unknown>;
  /** A client of the same server: our blocking reads have a connection of their own. */
  duplicate(override?: object): RedisClient;
  disconnect(): void;
  on(event: 'error' | 'end', listener: (error: Error) => void): unknown;
  off(event: 'end', listener: () => void): unknown;
}

const METHODS = ['call', 'callBuffer', 'duplicate', 'disconnect', 'on', 'off'] as const;

/**
 * The client itself, once it is one we can work with; otherwise a `TypeError` that says what kind of thing came, and quotes nothing: a
 * URL or options have a password. Sends nothing.
 */
export function checkClient(value: unknown): RedisClient {
  if (!isClient(value)) {
    throw new TypeError(`redis: expected a client of ioredis 5 or 6 (new Redis()), got ${kindOf(value)}`);
  }
  if (value.isCluster) return checkCluster(value);
  const mode = modeOf(value);
  if (mode !== 'normal') {
    throw new TypeError(
      `redis: the client is in ${mode} mode and takes no other commands; give a client of its own (redis.duplicate())`,
    );
  }
  return value;
}

/** What is read from replicas lags behind: an entry would seem to be gone that is not there yet, and be acked away. */
function checkCluster(cluster: RedisClient): RedisClient {
  const { scaleReads = 'master' } = cluster.options as { scaleReads?: unknown };
  if (scaleReads === 'master') return cluster;
  throw new TypeError(
    `redis: expected a Cluster that reads from masters, got one with scaleReads: ${quote(scaleReads)}; give redis.duplicate([], { scaleReads: 'master' })`,
  );
}

function isClient(value: unknown): value is RedisClient {
  if (typeof value !== 'object' || value === null) return false;
  const client = value as Record<string, unknown>;
  return (
    METHODS.every((name) => typeof client[name] === 'function') &&
    typeof client['options'] === 'object' &&
    client['options'] !== null
  );
}

/**
 * `mode` decides where there is one: under RESP3 (the default of ioredis 6) a subscribed client takes other commands, and says
 * `normal` although `condition.subscriber` is set. Clients without `mode` are judged by the condition.
 */
function modeOf(client: object): string {
  const { mode, condition } = client as { mode?: unknown; condition?: { subscriber?: unknown } | null };
  if (typeof mode === 'string') return mode;
  return condition?.subscriber ? 'subscriber' : 'normal';
}
