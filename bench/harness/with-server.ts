import { startRedis } from '../../test/support/redis-server.js';
import { fill } from './fill.js';

/** A server of its own for a question, with so many entries in the stream `bench`; it is gone afterwards. */
export async function withServer<T>(entries: number, use: (port: number) => Promise<T>): Promise<T> {
  const server = await startRedis();
  try {
    await fill(server.port, entries);
    return await use(server.port);
  } finally {
    await server.stop();
  }
}
