import { whenIdle } from '../../src/index.js';

/** Ends the clients of a test; fails where something of ours is still open on them. */
export async function nothingLeft(clients: readonly (Parameters<typeof whenIdle>[0] & { disconnect(): void })[]): Promise<void> {
  try {
    await Promise.race([
      Promise.all(clients.map((client) => whenIdle(client))),
      new Promise((_, reject) =>
        setTimeout(() => reject(new Error('something of ours is still open after the test')), 5_000).unref(),
      ),
    ]);
  } finally {
    for (const client of clients) client.disconnect();
  }
}
