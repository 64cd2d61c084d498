import type { Redis, RedisOptions } from 'ioredis';
import { KEY_PREFIX, KEYS } from './commands.js';
import type { Step } from './scripts.js';

/** A server with three clients, one of which has a keyPrefix, and two connections that may block: the real one, or the one in memory. */
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
  const readers = [open(), open()];
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

  async function release(): Promise<Woken[]> {
    for (const [index, read] of reads.entries()) {
      if (read) await admin.call('CLIENT', 'UNBLOCK', String(ids[index]), index === 0 ? 'TIMEOUT' : 'ERROR');
    }
    return woken();
  }

  return {
    woken,
    release,
    reset: async () => void (await admin.flushall()),
    run: (step) => (step.kind === 'block' ? block(step) : outcomeOf(clients[step.client], step)),
    dump: () => {
      const questions = [...KEYS, `${KEY_PREFIX}aa`].flatMap((key) => [
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
