import { STREAM_COMMANDS } from './commands/index.js';

const REFUSAL = 'The in-memory Redis runs no scripts that call';
const OURS = 'except those of rxjs-redis-streams';

/**
 * Scripts that are not ours run in ioredis-mock's Lua. Its own stream commands know nothing of our streams and would leave keys of
 * their own behind, so a script that calls one fails. Whatever name it calls it by: `redis.call` and `redis.pcall` both go through
 * the mock's `call`.
 */
export function guardedScript(lua: string): string {
  const names = [...STREAM_COMMANDS.keys()].map((name) => `${name} = true`).join(', ');
  // All in one line, so that the lines of an error are those of the script.
  return (
    `do local run, streams = call, { ${names} }; call = function(caught, name, ...) ` +
    `if streams[string.lower(tostring(name))] then ` +
    `error('${REFUSAL} ' .. string.upper(name) .. ', ${OURS}', 0) end return run(caught, name, ...) end end ${lua}`
  );
}

/** The refusal without what the mock says around it. */
export function refusalIn(error: unknown): unknown {
  const found = error instanceof Error ? new RegExp(`${REFUSAL} \\w+, ${OURS}`).exec(error.message) : null;
  return found ? new Error(found[0], { cause: error }) : error;
}
