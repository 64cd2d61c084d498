import type { Socket } from 'node:net';
import type { RedisClient } from '../../src/wire/client.js';
import { reachableSocket as reachable } from '../../src/wire/reachable-socket.js';

/**
 * In place of the library's own, see vitest.config.ts: with `READ_BY=client` the client reads the replies, unless a test has made it
 * with `readByUs`.
 */
export function reachableSocket(client: RedisClient): Socket | undefined {
  return process.env['READ_BY'] !== 'client' || 'readByUs' in client.options ? reachable(client) : undefined;
}
