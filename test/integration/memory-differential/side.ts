import { once } from 'node:events';
import type { Redis, RedisOptions } from 'ioredis';
import { BINARY_KEYS, KEY_PREFIX, KEYS } from './commands.js';
import type { Step } from './scripts.js';

/** A server with three clients and two connections that may block, the last of each with a keyPrefix: the real one, or the one in memory. */
export interface Side {
  reset(): Promise<void>;
  /** The reply, or the error. */
  run(step: Step): Promise<unknown>;
  /** Blocked reads that the last step ended. */
  woken(): Promise<Woken[]>;
  /** Ends those that still wait. */
  release(): Promise<Woken[]>;
  /** Questions about all there is. */
  dump(): Promise<readonly Step[]>;
  close(): void;
}

export type Woken = readonly [reader: number, request: Step, outcome: unknown];

interface Read {
  readonly step: Step;
  readonly outcome: Promise<unknown>;
  settled: boolean;
}

export async function connect(open: (options?: RedisOptions) => Redis): Promise<Side> {
  const clients = [open(), open(), open({ keyPrefix: KEY_PREFIX })] as const;
  const readers: readonly Redis[] = [open(), open({ keyPrefix: KEY_PREFIX })];
  const admin = open();
  const ids = await Promise.all(readers.map((reader) => reader.client('ID')));
  /** What each reader waits for. */
  const reads: (Read | undefined)[] = [undefined, undefined];

  async function block(step: Step): Promise<unknown> {
    if (reads[step.client]) return 'still blocked';
    const read: Read = { step, outcome: outcomeOf(readers[step.client] as Redis, step), settled: false };
    void read.outcome.then(() => (read.settled = true));
    reads[step.client] = read;
    // The server has read it once it says that the reader is blocked, or has answered.
    for (;;) {
      await turn();
      if (read.settled || (await isBlocked(admin, ids[step.client] as number))) return 'sent';
    }
  }

  /** Reads that are over, though their reply may still be on its way. */
  async function woken(): Promise<Woken[]> {
    const found: Woken[] = [];
    await turn();
    for (const [index, read] of reads.entries()) {
      if (!read) continue;
      if (!read.settled && (await isBlocked(admin, ids[index] as number))) continue;
      reads[index] = undefined;
      found.push([index, read.step, await read.outcome]);
    }
    return found;
  }

  /** What the read that was out got. */
  async function disconnect(index: number): Promise<unknown> {
    const reader = readers[index] as Redis;
    const ended = once(reader, 'end');
    reader.disconnect();
    await ended;
    const outcome = await reads[index]?.outcome;
    reads[index] = undefined;
    // A server may take its time to see it, and would deliver to it until then.
    while (String(await admin.call('CLIENT', 'LIST', 'ID', ids[index] as number)) !== '') await turn();
    await reader.connect();
    ids[index] = await reader.client('ID');
    return outcome ?? 'nothing was out';
  }

  async function release(): Promise<Woken[]> {
    for (const [index, read] of reads.entries()) {
      if (read) await admin.call('CLIENT', 'UNBLOCK', String(ids[index]), index === 0 ? 'TIMEOUT' : 'ERROR');
    }
    return woken();
  }

  return {
    woken,
    release,
    reset: async () => {
      await admin.flushall();
      for (const client of clients) await client.unwatch();
    },
    run: (step) => {
      if (step.kind === 'block') return block(step);
      return step.kind === 'disconnect' ? disconnect(step.client) : outcomeOf(clients[step.client], step);
    },
    dump: () => {
      const questions = [...KEYS, `${KEY_PREFIX}aa`, ...BINARY_KEYS].flatMap((key) => [
        ['TYPE', key],
        ['XINFO', 'STREAM', key, 'FULL', 'COUNT', '0'],
        ['XINFO', 'STREAM', key],
        ['XINFO', 'GROUPS', key],
      ]);
      return Promise.resolve([...questions, ['DBSIZE']].map((words): Step => ({ kind: 'call', client: 0, commands: [words] })));
    },
    close: () => [...clients, ...readers, admin].forEach((client) => client.disconnect()),
  };
}

async function outcomeOf(client: Redis, { kind, commands }: Step): Promise<unknown> {
  const [first = []] = commands;
  const [name, ...args] = first;
  try {
    if (kind === 'callBuffer') return await client.callBuffer(String(name), args);
    if (kind !== 'multi' && kind !== 'pipeline') return await client.call(String(name), args);
    const batch = kind === 'multi' ? client.multi() : client.pipeline();
    for (const [command, ...words] of commands) batch.call(String(command), words);
    return await batch.exec();
  } catch (error) {
    return error;
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

async function isBlocked(admin: Redis, id: number): Promise<boolean> {
  return /flags=\w*b/.test(String(await admin.call('CLIENT', 'LIST', 'ID', id)));
}
