import { bytesOf } from './call-of.js';
import { checkArity } from './command.js';
import { NO_SUCH_KEY, ReplyError } from './errors.js';
import { present } from './reply.js';
import type { Request, Session, SessionCommand } from './session.js';
import { runStock } from './stock-command.js';

/** Commands of the mock that must know about streams, or about the connection. */
export const GENERIC: readonly (readonly [name: string, run: SessionCommand])[] = [
  ['type', type],
  ['watch', watch],
  ['rename', rename],
  ['renamenx', rename],
  ['flushall', flush],
  ['flushdb', flush],
  ['quit', quit],
  ['time', time],
];

function type(session: Session, request: Request): unknown {
  const [key] = bytesOf(session, request);
  return session.keyspace.holdsStream(String(key)) ? present('stream', request.binary) : runStock(session, request);
}

/** The mock would note keys without their prefix, and never see them change. */
function watch(session: Session, request: Request, within: string): unknown {
  if (within === 'multi') throw new ReplyError('ERR WATCH inside MULTI is not allowed');
  for (const key of bytesOf(session, request)) session.stock.watching.add(key.toString());
  return present('OK', request.binary);
}

/** The mock would make a key of nothing, lose one renamed to itself, and leave the old key's expiry on the new one. */
function rename(session: Session, request: Request): unknown {
  checkArity(request.name, 3, request.args);
  const { data } = session.stock.context;
  const [from, to] = bytesOf(session, request).map(String) as [string, string];
  if (!data.has(from)) throw new ReplyError(NO_SUCH_KEY);
  if (from === to) return request.name === 'rename' ? present('OK', request.binary) : 0;
  if (request.name === 'rename') data.delete(to);
  return runStock(session, request);
}

/** The mock empties its store without telling anyone: those who watch or wait for a key would not hear of it. */
function flush(session: Session, request: Request): unknown {
  const { data, modifiedKeyEvents } = session.stock.context;
  const keys = data.keys();
  const reply = runStock(session, request);
  for (const key of keys) modifiedKeyEvents.emit('modified', key);
  return reply;
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
