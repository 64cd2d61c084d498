import type { RedisClient } from './client.js';

interface Waiting {
  readonly calls: Set<() => void>;
  readonly listener: () => void;
}

const waiting = new WeakMap<RedisClient, Waiting>();

/**
 * Calls back once the caller's client has ended for good. The function it returns stops listening. One listener sits on the client
 * however many of us wait (more than ten would be a warning of Node), and none when nobody does.
 */
export function whenEnded(client: RedisClient, ended: () => void): () => void {
  const { calls, listener } = waiting.get(client) ?? listen(client);
  calls.add(ended);
  return () => {
    calls.delete(ended);
    if (calls.size > 0 || !waiting.delete(client)) return;
    client.off('end', listener);
  };
}

function listen(client: RedisClient): Waiting {
  const calls = new Set<() => void>();
  const listener = (): void => {
    for (const call of [...calls]) call();
  };
  client.on('end', listener);
  const made = { calls, listener };
  waiting.set(client, made);
  return made;
}
