/** What every test of faults stands on: a server of its own, clients that are counted, and the proof that nothing of ours is left. */
import { Redis, type RedisOptions } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { whenIdle } from '../../../src/index.js';
import { eventually } from '../../support/eventually.js';
import { memory, type Backend } from '../../support/backends.js';
import { nothingLeft } from '../../support/nothing-left.js';
import { startRedis, type RedisServer, type RedisServerOptions } from '../../support/redis-server.js';
import { OWN, workerArgs, workerClient } from '../../support/worker-client.js';
import { startProxy, type Proxy } from '../../support/tcp-proxy.js';

export interface Ground {
  readonly server: RedisServer;
  /** Sees the server as it is: straight, without a prefix. */
  readonly admin: Redis;
  /** A caller's client; straight, or through a proxy. Closed after the test, once everything of ours on it has closed by itself. */
  client(options?: RedisOptions): Redis;
  /** A client whose duplicates, our readers, go through the proxy while its own commands do not. */
  clientReadingThrough(proxy: Proxy, options?: RedisOptions): Redis;
  proxy(): Promise<Proxy>;
  /** Adds n entries with the field `n` (numbered on from `from`) and answers their ids. */
  fill(stream: string, n: number, options?: { from?: number }): Promise<string[]>;
  /** A group `g` of the stream `s` from its beginning, and n entries in it. */
  filled(n: number): Promise<string[]>;
  /** Waits until so many readers are blocked. */
  blocked(readers?: number): Promise<void>;
  /** Waits until nothing is pending in the group `g`. */
  settled(stream?: string): Promise<void>;
  /** Everything of ours on it is closed within the time (1.5 s), with nothing but the caller's own connection left. */
  closes(client: Redis, options?: { within?: number }): Promise<void>;
  /** What another consumer of the group `g` gets at once by its usual claim. */
  claimable(): Promise<string[]>;
  /** XPENDING in full. */
  pending(stream: string, group: string): Promise<Row[]>;
  /** The server's other connections, without the admin's: their lines in CLIENT LIST. */
  connections(): Promise<string[]>;
}

interface Row {
  readonly id: string;
  readonly consumer: string;
  readonly idle: number;
  readonly count: number;
}

/** ms: whoever is idle for longer is taken by another consumer's claim. */
export const ANYONE = 60_000;

/** The in-memory Redis, where a project of vitest asks for it: for what needs nothing but commands. */
const inMemory = process.env['BACKEND'] === 'memory';

/** A test that needs a server, in a file that is played in memory too: a proxy, a configuration, a user of its own. */
export const onServer = (title: string, run: () => Promise<void>): void => {
  if (!inMemory) it(title, run);
};

/** To be called once at the top of a file. */
export function ground(options: RedisServerOptions = {}): Ground {
  let started: RedisServer | undefined;
  let backend: Backend;
  let admin: Redis;
  let clients: Redis[] = [];
  let proxies: Proxy[] = [];

  beforeAll(async () => {
    if (inMemory) {
      backend = await memory.start();
      admin = backend.connect();
    } else {
      const { port, stop } = (started = await startRedis({ ...options, args: [...workerArgs, ...(options.args ?? [])] }));
      backend = { connect: (more = {}) => workerClient({ port, ...more }), stop };
      admin = new Redis(port);
    }
    admin.on('error', () => undefined);
  });
  afterAll(async () => {
    admin.disconnect();
    await backend.stop();
  });
  beforeEach(() => admin.flushall());
  afterEach(async () => {
    const mine = clients;
    clients = [];
    try {
      await nothingLeft(mine);
    } finally {
      for (const proxy of proxies) await proxy.close();
      proxies = [];
    }
    await eventually(async () => (await connections()).length === 0, 'every connection of the test is closed');
  });

  const server = (): RedisServer => {
    if (started === undefined) throw new Error('this test needs a server, and is played on the in-memory Redis');
    return started;
  };
  const made = (client: Redis): Redis => {
    client.on('error', () => undefined); // faults are the subject here: ioredis would print each of them
    clients.push(client);
    return client;
  };
  /** Lines of CLIENT LIST without the admin's. */
  const others = async (): Promise<string[]> => {
    const [id, list] = await Promise.all([admin.client('ID'), admin.call('CLIENT', 'LIST')]);
    return String(list)
      .trim()
      .split('\n')
      .filter((line) => !line.startsWith(`id=${id} `));
  };
  const connections = async (): Promise<string[]> => (await others()).filter((line) => !line.includes(` name=${OWN} `));

  async function fill(stream: string, n: number, { from = 0 }: { from?: number } = {}): Promise<string[]> {
    const pipeline = admin.pipeline();
    for (let i = 0; i < n; i++) pipeline.xadd(stream, '*', 'n', from + i);
    const replies = (await pipeline.exec()) ?? [];
    return replies.map(([error, id]) => {
      expect(error).toBeNull();
      return String(id);
    });
  }
  async function pending(stream: string, group: string): Promise<Row[]> {
    const rows = (await admin.xpending(stream, group, '-', '+', 100_000)) as [string, string, number, number][];
    return rows.map(([id, consumer, idle, count]) => ({ id, consumer, idle, count }));
  }

  return {
    get server() {
      return server();
    },
    get admin() {
      return admin;
    },
    client: (more) => made(backend.connect(more)),
    clientReadingThrough(proxy, more = {}) {
      const client = made(backend.connect(more));
      const duplicate = client.duplicate.bind(client);
      client.duplicate = (override) => duplicate({ ...override, port: proxy.port });
      return client;
    },
    async proxy() {
      const proxy = await startProxy(server());
      proxies.push(proxy);
      return proxy;
    },
    fill,
    async filled(n) {
      await admin.xgroup('CREATE', 's', 'g', '0', 'MKSTREAM');
      return fill('s', n);
    },
    blocked: (readers = 1) =>
      eventually(
        async () => (await others()).filter((line) => / flags=\S*b/.test(line)).length === readers,
        `${readers} readers are blocked`,
      ),
    settled: (stream = 's') => eventually(async () => (await pending(stream, 'g')).length === 0, 'nothing is pending'),
    async closes(client, { within = 1500 } = {}) {
      const start = performance.now();
      await whenIdle(client);
      expect(performance.now() - start).toBeLessThan(within);
      await eventually(async () => (await connections()).length === 1, "only the caller's connection is left", { within: 900 });
    },
    async claimable() {
      const [, entries] = (await admin.xautoclaim('s', 'g', 'other', ANYONE, '0', 'COUNT', 1000)) as [string, [string][]];
      return entries.map(([id]) => id);
    },
    pending,
    connections,
  };
}
