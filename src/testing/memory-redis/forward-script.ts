import { ReplyError } from './errors.js';
import type { Reply } from './reply.js';

type Run = (name: string, ...args: (Buffer | string)[]) => Reply;

/** FORWARD, without Lua. */
export function forward(redis: Run, keys: readonly Buffer[], argv: readonly Buffer[]): Reply {
  const [done, added]: [Reply[], Reply[]] = [[], []];
  const [key, [group, consumer]] = [must(keys[0]), argv];
  for (let at = 2; at < argv.length;) {
    const [id, to, count] = [must(argv[at]), keys[Number(String(argv[at + 1])) - 1], Number(String(argv[at + 2]))];
    const words = argv.slice(at + 3, at + 3 + count);
    at += 3 + count;
    const rows = redis('xpending', key, must(group), id, id, '1', must(consumer)) as Reply[];
    if (rows.length === 0) continue;
    const name = redis('xadd', must(to), ...words);
    redis('xack', key, must(group), id);
    done.push(id);
    added.push(name);
  }
  return [done, added];
}

/** Lua would pass nil on, and Redis refuse it. */
function must(bytes: Buffer | undefined): Buffer {
  if (!bytes) throw new ReplyError('ERR Lua redis lib command arguments must be strings or integers');
  return bytes;
}
