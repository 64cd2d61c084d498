import { Socket } from 'node:net';
import type { RedisClient } from './client.js';

/** What of ioredis 5 and 6 (and of what descends from them) says that a socket is at rest: no reply is outstanding. */
interface Insides {
  readonly stream?: unknown;
  readonly commandQueue?: { readonly length: number };
  readonly offlineQueue?: { readonly length: number };
  readonly condition?: { readonly protocol?: unknown; readonly subscriber?: unknown } | null;
  readonly sendCommand?: unknown;
}

/**
 * The socket of a connection of ours that has been opened, where it can be had: plain or TLS, at rest, and read by nobody but the client.
 * undefined for any other client, which is used as it is.
 */
export function reachableSocket(client: RedisClient): Socket | undefined {
  const { stream, commandQueue, offlineQueue, condition, sendCommand } = client as Insides;
  const isKnown = client.status === 'ready' && typeof sendCommand === 'function' && !condition?.subscriber;
  const isAtRest = commandQueue?.length === 0 && offlineQueue?.length === 0;
  if (!isKnown || !isAtRest || condition?.protocol === 3) return undefined;
  if (!(stream instanceof Socket) || !stream.writable || stream.destroyed) return undefined;
  return stream.listenerCount('data') === 1 && stream.listenerCount('readable') === 0 ? stream : undefined;
}
