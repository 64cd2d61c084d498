import { fileURLToPath } from 'node:url';
import { startChild } from './child.js';
import { freePort } from './free-port.js';
import { keep, type Server } from './server.js';

const main = fileURLToPath(new URL('../../api/main.js', import.meta.url));

/** The API and the page, as `npm start` has them; on the in-memory Redis without a `redis`. The generator makes `rate` orders a second. */
export async function startApi({ redis, rate = 0 }: { redis?: string; rate?: number } = {}): Promise<Server> {
  const port = await freePort();
  const env = { PORT: String(port), RATE: String(rate), CONSUMER: 'api', REDIS_URL: redis };
  return keep(`http://127.0.0.1:${port}`, () =>
    startChild(process.execPath, { args: [main], env, ready: 'The dashboard is at' }),
  );
}
