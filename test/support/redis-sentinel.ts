/** A master with its replica, and three sentinels that watch them, on free loopback ports. */
import { Redis } from 'ioredis';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './cluster-node.js';
import { startRedis, type RedisServer } from './redis-server.js';

export interface RedisSentinel {
  /** For `new Redis(…)`. */
  readonly options: { readonly name: string; readonly sentinels: readonly { readonly host: string; readonly port: number }[] };
  /** The port of the master, as the sentinels have it. */
  master(): Promise<number>;
  /** SENTINEL FAILOVER: the two change places. Resolves once all sentinels say so. */
  failover(): Promise<void>;
  /** SIGKILL for the master. Resolves once all sentinels say that the replica is master. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

const NAME = 'orders';

/** ms after which a sentinel takes a master for dead that does not answer. */
const DOWN_AFTER = 1_000;

/** ms: a sentinel that did not run for 2 s, which happens on a busy machine, does nothing for the next 30 s (TILT). */
const KNOWN_WITHIN = 80_000;

export async function startSentinel(): Promise<RedisSentinel> {
  const master = await startRedis({ args: ['--repl-diskless-sync-delay', '0'] });
  const replica = await startRedis({ args: ['--replicaof', '127.0.0.1', `${master.port}`] });
  const dir = await mkdtemp(join(tmpdir(), 'rxjs-redis-streams-sentinel-'));
  const sentinels = await Promise.all([1, 2, 3].map((n) => watch(master.port, join(dir, `${n}.conf`))));
  const asked = sentinels.map(({ port }) => new Redis(port));

  const masters = (): Promise<number[]> =>
    Promise.all(
      asked.map(async (each) => Number(((await each.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', NAME)) as string[])[1])),
    );
  const all = (port: number) => async (): Promise<boolean> => (await masters()).every((each) => each === port);
  const other = (port: number): RedisServer => (port === master.port ? replica : master);
  /** They know each other and the replica, which has the data: before that there is no failover. */
  const ready = async (): Promise<boolean | string> => {
    const known = await Promise.all(asked.map(async (each) => fields(await each.call('SENTINEL', 'MASTER', NAME))));
    const quorum = String(await asked[0]?.call('SENTINEL', 'CKQUORUM', NAME).catch(String));
    const counts = known.map((each) => `${each.get('num-slaves')} replica, ${each.get('num-other-sentinels')} others`);
    if (counts.every((each) => each === '1 replica, 2 others') && quorum.startsWith('OK')) return true;
    return `${counts.join('; ')}; ${known[0]?.get('flags')}; ${quorum}; ${await asked[0]?.info('sentinel')}`;
  };
  await until('the sentinels know each other', ready, { within: KNOWN_WITHIN });

  return {
    options: { name: NAME, sentinels: sentinels.map(({ port }) => ({ host: '127.0.0.1', port })) },
    master: async () => (await masters())[0] ?? 0,
    async failover() {
      const [now = 0] = await masters();
      await asked[0]?.call('SENTINEL', 'FAILOVER', NAME);
      await until('the sentinels have the replica for master', all(other(now).port));
    },
    async kill() {
      const [now = 0] = await masters();
      await (now === master.port ? master : replica).stop('SIGKILL');
      await until('the sentinels have the replica for master', all(other(now).port));
    },
    async stop() {
      for (const each of asked) each.disconnect();
      await Promise.all([...sentinels, master, replica].map((server) => server.stop()));
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function watch(port: number, file: string): Promise<RedisServer> {
  const lines = [
    `sentinel monitor ${NAME} 127.0.0.1 ${port} 2`,
    `sentinel down-after-milliseconds ${NAME} ${DOWN_AFTER}`,
    `sentinel failover-timeout ${NAME} 5000`,
  ];
  await writeFile(file, `${lines.join('\n')}\n`);
  return startRedis({ sentinel: file });
}

function fields(reply: unknown): Map<string, string> {
  const flat = reply as string[];
  return new Map(flat.flatMap((name, i) => (i % 2 === 0 ? [[name, flat[i + 1] ?? '']] : [])));
}
