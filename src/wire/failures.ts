import { types } from 'node:util';
import { isStreamsError, StreamsError, type ErrorCode } from '../errors.js';
import type { Failure, FailureKind } from '../failure.js';
import { unreadable } from './resp/broken.js';

/** By the first word of an error reply (docs/errors.md shows it). What is not here is `fatal`: NOAUTH, WRONGPASS, NOPERM, WRONGTYPE, ERR, … */
export const WORDS: Readonly<Record<string, FailureKind>> = {
  ASK: 'retry',
  BUSY: 'retry',
  CLUSTERDOWN: 'retry',
  LOADING: 'retry',
  MASTERDOWN: 'retry',
  MISCONF: 'retry',
  MOVED: 'retry',
  NOREPLICAS: 'retry',
  OOM: 'retry',
  READONLY: 'retry',
  TRYAGAIN: 'retry',
  NOGROUP: 'heal',
  UNBLOCKED: 'heal',
};

/**
 * The only texts that are compared, because nothing else tells these errors apart. From ioredis 5.11.1 and 6.0.0, each the
 * beginning of a message without a `code`: `utils` (1), `Command` (2), `Redis.sendCommand` (3), `Redis.setSocketTimeout` (4),
 * `MaxRetriesPerRequestError` (5), `event_handler.abortError` (6), `SentinelConnector` (7). By text and not by class name, which a
 * bundler may shorten. The last five are of `Cluster`: `handleError` (8), `sendCommand` (9), `handleCloseEvent` (10), and its
 * `ClusterAllFailedError` (11). The server may have run a command that failed like this, so all of them are `lost`.
 */
const CONNECTION_TEXTS = [
  'Connection is closed.', // 1
  'Command timed out', // 2
  "Stream isn't writeable", // 3
  'Socket timeout.', // 4
  'Reached the max retries per request limit', // 5
  'Command aborted due to connection close', // 6
  'All sentinels are unreachable', // 7
  'Too many Cluster redirections.', // 8
  "Cluster isn't ready", // 9
  'Cluster is ended.', // 9
  'None of startup nodes is available', // 10
  'Failed to refresh slots cache.', // 11
];

/** Replies that begin with ERR and mean something to us (Redis: `shared.nokeyerr`, `t_stream.c` on XGROUP, `shared.syntaxerr`, `networking.c` on `maxclients`). */
const NO_SUCH_KEY = 'ERR no such key';
const NO_KEY_FOR_XGROUP = 'ERR The XGROUP subcommand requires the key to exist';
const SYNTAX_ERROR = 'ERR syntax error';
export const MAX_CLIENTS = 'ERR max number of clients';

/** Codes of sockets and name lookup that come without a `syscall`; TLS refusals (CERT_…, ERR_TLS_…) are not among them: fatal. */
const CONNECTION_CODES = new Set([
  'CONNECTION_LOST',
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
]);

/** Our own connection is gone; `cause` says why, where somebody knows. */
export class ConnectionLost extends Error {
  readonly code = 'CONNECTION_LOST';
  override readonly name = 'ConnectionLost';
}

/** The caller's client was closed: not even trying again helps. */
export function clientEnded(): Failure {
  return { kind: 'fatal', word: '', error: new ConnectionLost('Connection is closed.') };
}

/** What a failed command means. Total: whatever was thrown is classified. */
export function classify(thrown: unknown): Failure {
  const error = isError(thrown) ? thrown : new Error(`something that is no Error was thrown (${typeof thrown})`);
  const unread = unreadable(error);
  if (unread !== undefined) return { kind: 'lost', word: '', error: unread };
  if (isLost(error)) return { kind: 'lost', word: '', error };
  const word = firstWord(error);
  if (error.message.startsWith(MAX_CLIENTS)) return { kind: 'retry', word, error };
  return { kind: Object.hasOwn(WORDS, word) ? (WORDS[word] ?? 'fatal') : 'fatal', word, error };
}

/** Also an error of another realm: in Jest those of Node's sockets are no instances of the test's own `Error`. */
export function isError(thrown: unknown): thrown is Error {
  return thrown instanceof Error || types.isNativeError(thrown);
}

function isLost(error: Error & { code?: unknown; syscall?: unknown }): boolean {
  if (isReply(error)) return false;
  // Node's system errors name the call that failed: connect, read, write, getaddrinfo. Those are about the connection.
  if (typeof error.syscall === 'string' || (typeof error.code === 'string' && CONNECTION_CODES.has(error.code))) return true;
  return CONNECTION_TEXTS.some((text) => error.message.startsWith(text));
}

/** The server's `-WORD …`. ioredis gives it the command it answers, which tells it also where a bundler shortened class names. */
export function isReply(error: Error): boolean {
  return error.name === 'ReplyError' || ('command' in error && /^[A-Z]+ /.test(error.message));
}

/** The first word of an error reply, which is its code; '' for any other error. */
export function firstWord(error: unknown): string {
  return isError(error) && isReply(error) ? (error.message.split(' ', 1)[0] ?? '') : '';
}

/** XINFO or XGROUP of a key that is not there. */
export function isNoSuchKey(error: unknown): boolean {
  if (firstWord(error) !== 'ERR') return false;
  const { message } = error as Error;
  return message.startsWith(NO_SUCH_KEY) || message.startsWith(NO_KEY_FOR_XGROUP);
}

/** An option that the server does not know. */
export function isSyntaxError(error: unknown): boolean {
  return firstWord(error) === 'ERR' && (error as Error).message === SYNTAX_ERROR;
}

/** What a failure was about, for its message. */
export interface FailureContext {
  /** What we were doing, after "could not": `read`, `join the group`, `connect`. */
  readonly doing: string;
  readonly stream?: string;
  readonly group?: string;
  /** The caller's client was closed for good. */
  readonly ended?: boolean;
}

/** The error that users see: what happened, with which value, and what to do. A copy of the client's error is its `cause`. */
export function toStreamsError({ kind, word, error }: Failure, context: FailureContext): StreamsError {
  if (isStreamsError(error)) return error;
  const code: ErrorCode = kind === 'lost' && context.ended ? 'CLIENT_ENDED' : (CODES[word] ?? 'REFUSED');
  const { doing, stream, group } = context;
  const where = `${stream === undefined ? '' : ` stream '${stream}'`}${group === undefined ? '' : ` group '${group}'`}`;
  return new StreamsError(
    code,
    `could not ${doing}${where && ` (${where.trim()})`}: ${error.message.replace(/\.$/, '')}. ${advice(code, context)}`,
    {
      cause: error,
    },
  );
}

/** What users see of a word, where the error ends something. What is not here is REFUSED. */
export const CODES: Readonly<Record<string, ErrorCode>> = {
  NOAUTH: 'NOT_ALLOWED',
  WRONGPASS: 'NOT_ALLOWED',
  NOPERM: 'NOT_ALLOWED',
  DENIED: 'NOT_ALLOWED',
  NOGROUP: 'NO_GROUP',
  UNBLOCKED: 'NO_GROUP',
  WRONGTYPE: 'WRONG_TYPE',
};

function advice(code: ErrorCode, { stream = '<stream>', group = '<group>' }: FailureContext): string {
  switch (code) {
    case 'NO_GROUP':
      return `Make it with XGROUP CREATE ${stream} ${group} $ MKSTREAM, or leave autoCreate on.`;
    case 'NOT_ALLOWED':
      return 'Check the username and password of the client, and what ACL GETUSER allows it.';
    case 'WRONG_TYPE':
      return `The key holds something else than a stream: see TYPE ${stream}.`;
    case 'CLIENT_ENDED':
      return 'The Redis client was closed (quit() or disconnect()) before we were: await whenIdle(redis) first.';
    default:
      return 'The cause is the answer of the server or the client; it will not get better by trying again.';
  }
}
