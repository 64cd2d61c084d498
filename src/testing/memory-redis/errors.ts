import { ReplyError as IoredisReplyError } from 'ioredis';

/** An error reply, of the class that ioredis itself rejects with: its `name` is `ReplyError`, and `instanceof` holds for users. */
export const ReplyError = IoredisReplyError as new (message: string) => Error;

/** The texts of Redis 7.0, in one place, each written once. */
export const WRONGTYPE = 'WRONGTYPE Operation against a key holding the wrong kind of value';
export const NOT_AN_INTEGER = 'ERR value is not an integer or out of range';
export const SYNTAX = 'ERR syntax error';
export const NO_SUCH_KEY = 'ERR no such key';
export const INVALID_ID = 'ERR Invalid stream ID specified as stream command argument';
export const CONNECTION_CLOSED = 'Connection is closed.';

export function wrongArguments(command: string): Error {
  return new ReplyError(`ERR wrong number of arguments for '${command}' command`);
}

/** A container command (XGROUP, XINFO) whose subcommand exists, with arguments it does not take. */
export function wrongSubcommand(container: string, subcommand: string): Error {
  return new ReplyError(
    `ERR unknown subcommand or wrong number of arguments for '${subcommand}'. Try ${container.toUpperCase()} HELP.`,
  );
}

export function unknownSubcommand(container: string, subcommand: string): Error {
  return new ReplyError(`ERR unknown subcommand '${subcommand}'. Try ${container.toUpperCase()} HELP.`);
}

export function unknownCommand(name: string, args: readonly Buffer[]): Error {
  let shown = '';
  for (const arg of args) {
    if (shown.length >= 128) break;
    shown += `'${arg.toString().slice(0, 128 - shown.length)}' `;
  }
  return new ReplyError(`ERR unknown command '${name}', with args beginning with: ${shown}`);
}

/**
 * An error as the client rejects with it: ioredis notes which command it answers (not on those that EXEC answers with), and a reply
 * is one line. ioredis-mock throws plain Errors with the server's text; users ask for the class.
 */
export function asReplyError(thrown: unknown, answered?: { written: string; args: readonly unknown[] }): Error {
  if (!(thrown instanceof Error)) return new Error(String(thrown));
  const fromMock = thrown.name === 'Error' && /^[A-Z]{3,} /.test(thrown.message);
  const error = fromMock ? new ReplyError(thrown.message) : thrown;
  if (!(error instanceof ReplyError)) return error;
  error.message = error.message.replace(/[\r\n]+$/, '').replace(/[\r\n]/g, ' ');
  return answered ? Object.assign(error, { command: { name: answered.written, args: answered.args } }) : error;
}
