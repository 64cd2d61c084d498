import type { Command, Options } from './command.js';

const NAME = 'rxjs-redis-streams';

/** What every command takes. */
export const COMMON: Options = {
  url: { takes: '<url>', about: 'where Redis is; default: REDIS_URL, or redis://127.0.0.1:6379' },
  json: { about: 'one JSON object a line, for pipes' },
  help: { about: 'this' },
};

export function helpOf({ name, usage, about, options, examples }: Command): string {
  return [
    `Usage: ${NAME} ${name} ${usage}`.trimEnd(),
    '',
    ...about,
    '',
    'Options:',
    ...optionLines({ ...options, ...COMMON }),
    '',
    'Examples:',
    ...examples.map((each) => `  npx ${NAME} ${each}`),
  ].join('\n');
}

export function overview(commands: readonly Command[]): string {
  const wide = Math.max(...commands.map(({ name }) => name.length));
  return [
    `Usage: ${NAME} <command> [arguments] [options]`,
    '',
    'Looks after Redis Streams and their consumer groups from a terminal.',
    '',
    'Commands:',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(wide)}  ${summary}`),
    '',
    'Options of every command:',
    ...optionLines(COMMON),
    '',
    'Exit codes: 0 well, 1 something was found or failed, 2 wrong usage, 3 no connection, 130 interrupted, 143 terminated.',
    `More of a command: ${NAME} <command> --help`,
  ].join('\n');
}

function optionLines(options: Options): string[] {
  const named = Object.entries(options).map(
    ([name, { takes, about }]) => [`--${name}${takes === undefined ? '' : ` ${takes}`}`, about] as const,
  );
  const wide = Math.max(...named.map(([name]) => name.length));
  return named.map(([name, about]) => `  ${name.padEnd(wide)}  ${about}`);
}
