import { Redis } from 'ioredis';
import { startRedis } from '../../support/redis-server.js';
import { startProxy } from '../../support/tcp-proxy.js';
import type { Ground } from './ground.js';

/** One stream on one server, which keeps what it has confirmed when it is killed. */
export async function oneServer(): Promise<Ground> {
  const server = await startRedis({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] });
  const admin = new Redis(server.port, { maxRetriesPerRequest: null, retryStrategy: () => 50 });
  admin.on('error', () => undefined); // the server is killed again and again
  return {
    streams: ['soak'],
    admin,
    where: { port: server.port },
    kinds: [
      ...(['connection killed', 'reply cut, both sides', 'reply cut, client side', 'connections cut'] as const),
      ...(['connections refused', 'black hole', 'slow line', 'server paused'] as const),
      ...(['server killed', 'consumer stopped', 'consumer killed'] as const),
    ],
    amid: undefined,
    async way() {
      const proxy = await startProxy(server);
      return { where: { port: proxy.port }, proxies: [proxy] };
    },
    masters: async () => [{ call: (command, ...args) => admin.call(command, ...args) }],
    change: ({ ms }) => server.restart({ signal: 'SIGKILL', down: ms }),
    failovers: [],
    unordered: async () => [],
    async end() {
      admin.disconnect();
      await server.stop('SIGKILL');
    },
  };
}
