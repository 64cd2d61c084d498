import { STREAM_COMMANDS } from './commands/index.js';

/**
 * Scripts that are not ours run in ioredis-mock's Lua. Its own stream commands know nothing of our streams and would leave keys of
 * their own behind: a script that calls one is refused.
 */
export function checkForeignScript(lua: string): void {
  for (const [, name = ''] of lua.matchAll(/\bp?call\s*\(\s*["'](\w+)["']/g)) {
    if (!STREAM_COMMANDS.has(name.toLowerCase())) continue;
    throw new Error(`The in-memory Redis runs no scripts that call ${name.toUpperCase()}, except those of rxjs-redis-streams`);
  }
}
