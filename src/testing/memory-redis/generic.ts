import { integer, toBytes, word } from './args.js';
import { bytesOf } from './call-of.js';
import { checkArity } from './command.js';
import { NO_SUCH_KEY, ReplyError, WRONGTYPE } from './errors.js';
import { keyOf } from './key-of.js';
import { present } from './reply.js';
import type { Request, Session, SessionCommand } from './session.js';
import { runStock } from './stock-command.js';

/** Commands of the mock that must know about streams, or about the connection. */
export const GENERIC: readonly (readonly [name: string, run: SessionCommand])[] = [
  ['type', type],
  ['object', object],
  ['watch', watch],
  ['rename', rename],
  ['renamenx', rename],
  ['mget', mget],
  ['scan', scan],
  ...['sunionstore', 'sinterstore', 'sdiffstore'].map((name) => [name, store] as const),
  ...['expire', 'pexpire', 'expireat', 'pexpireat'].map((name) => [name, expire] as const),
  ['quit', quit],
  ['time', time],
];

function type(session: Session, request: Request): unknown {
  const [key] = bytesOf(session, request);
  return session.keyspace.holdsStream(keyOf(key)) ? present('stream', request.binary) : runStock(session, request);
}

function object(session: Session, request: Request): unknown {
  const [subcommand, key] = bytesOf(session, request);
  const isStream = word(subcommand) === 'ENCODING' && request.args.length === 2 && session.keyspace.holdsStream(keyOf(key));
  return isStream ? present('stream', request.binary) : runStock(session, request);
}

/** A key of another type is nil here, and no error. */
async function mget(session: Session, request: Request): Promise<unknown> {
  checkArity('mget', -2, request.args);
  const isStream = bytesOf(session, request).map((key) => session.keyspace.holdsStream(keyOf(key)));
  const others = request.args.filter((_, index) => isStream[index] !== true);
  const values = others.length === 0 ? [] : ((await runStock(session, { ...request, args: others })) as unknown[]);
  return isStream.map((one) => (one ? null : values.shift()));
}

/** The mock knows no TYPE; here `TYPE stream` is the one that it can be asked for. */
async function scan(session: Session, request: Request): Promise<unknown> {
  const at = request.args.findIndex((arg, index) => index > 0 && word(toBytes(arg)) === 'TYPE');
  if (at < 0 || word(toBytes(request.args[at + 1])) !== 'STREAM') return runStock(session, request);
  const rest = request.args.filter((_, index) => index !== at && index !== at + 1);
  const [cursor, keys] = (await runStock(session, { ...request, args: rest })) as [unknown, unknown[]];
  return [cursor, keys.filter((key) => session.keyspace.holdsStream(keyOf(toBytes(key))))];
}

/** What the first key holds is replaced, whatever it is; an empty set is none. */
function store(session: Session, request: Request): unknown {
  checkArity(request.name, -3, request.args);
  const [to, ...from] = bytesOf(session, request).map(keyOf) as [string, ...string[]];
  if (from.some((key) => session.keyspace.holdsStream(key))) throw new ReplyError(WRONGTYPE);
  const { database } = session.keyspace;
  // The mock's promise comes later, but its work is done.
  const reply = runStock(session, request);
  const stored = database.get(to);
  if (stored instanceof Set && stored.size === 0) database.delete(to);
  else database.setDeadline(to, undefined);
  return reply;
}

function expire(session: Session, request: Request): unknown {
  checkArity(request.name, -3, request.args);
  integer(toBytes(request.args[1]));
  return runStock(session, request);
}

/** The mock would note keys without their prefix, and never see them change. */
function watch(session: Session, request: Request, within: string): unknown {
  if (within === 'multi') throw new ReplyError('ERR WATCH inside MULTI is not allowed');
  for (const key of bytesOf(session, request)) session.stock.watching.add(keyOf(key));
  return present('OK', request.binary);
}

/** The mock would make a key of nothing, lose one renamed to itself, and leave the old key's expiry on the new one. */
function rename(session: Session, request: Request): unknown {
  checkArity(request.name, 3, request.args);
  const { database } = session.keyspace;
  const [from, to] = bytesOf(session, request).map(keyOf) as [string, string];
  if (!database.has(from)) throw new ReplyError(NO_SUCH_KEY);
  const isFree = request.name === 'rename' ? from !== to : !database.has(to);
  if (isFree) database.rename(from, to);
  return request.name === 'rename' ? present('OK', request.binary) : Number(isFree);
}

function quit(session: Session, request: Request): unknown {
  session.connection.close();
  return present('OK', request.binary);
}

/** The mock asks the clock of the process; ids and idle times come from the one that was handed in. */
function time({ server }: Session, request: Request): unknown {
  checkArity('time', 1, request.args);
  const now = server.clock.now();
  return present([String(Math.floor(now / 1_000)), String((now % 1_000) * 1_000)], request.binary);
}
