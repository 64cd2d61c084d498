import { integer, toBytes, word } from './args.js';
import { checkArity } from './command.js';
import { ReplyError, unknownSubcommand } from './errors.js';
import { present, type Reply } from './reply.js';
import type { Request, Session, SessionCommand } from './session.js';

/** The part of CLIENT that clients of blocking reads need. */
export const CLIENT: readonly (readonly [name: string, run: SessionCommand])[] = [['client', run]];

function run(session: Session, { args, binary }: Request): unknown {
  const words = args.map(toBytes);
  checkArity('client', -2, words);
  return present(client(session, words), binary);
}

function client(session: Session, args: readonly Buffer[]): Reply {
  switch (word(args[0])) {
    case 'ID':
      checkArity('client|id', 2, args);
      return session.connection.id;
    case 'GETNAME':
      checkArity('client|getname', 2, args);
      return session.connection.name || null;
    case 'SETNAME':
      checkArity('client|setname', 3, args);
      session.connection.name = String(args[1]);
      return 'OK';
    case 'LIST':
      return list(session, args.slice(1));
    case 'UNBLOCK':
      checkArity('client|unblock', -3, args);
      return unblock(session, args.slice(1));
    case 'KILL':
      checkArity('client|kill', -3, args);
      return kill(session, args.slice(1));
    default:
      throw unknownSubcommand('client', String(args[0]));
  }
}

/** `LIST [ID id …]`, with the fields that tests look at: flag `b` is a connection with a blocking read out. */
function list({ server }: Session, [filter, ...ids]: readonly Buffer[]): Reply {
  if (filter !== undefined && (word(filter) !== 'ID' || ids.length === 0)) throw new ReplyError('ERR syntax error');
  const wanted = filter === undefined ? [...server.connections.keys()] : ids.map((id) => integer(id, 'ERR Invalid client ID'));
  const lines = wanted.map((id) => {
    const connection = server.connections.get(id);
    return connection ? `id=${id} name=${connection.name} flags=${connection.isBlocked ? 'b' : 'N'}\n` : '';
  });
  return lines.join('');
}

function unblock({ server }: Session, [id, reason]: readonly Buffer[]): Reply {
  const how = reason === undefined ? 'TIMEOUT' : word(reason);
  if (how !== 'TIMEOUT' && how !== 'ERROR') {
    throw new ReplyError('ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR');
  }
  return server.connections.get(integer(id))?.unblock(how) === true ? 1 : 0;
}

/** `KILL ID <id>`: the way to cut somebody's connection in a test. */
function kill({ server }: Session, [filter, id]: readonly Buffer[]): Reply {
  if (word(filter) !== 'ID' || id === undefined) throw new ReplyError('ERR syntax error');
  const connection = server.connections.get(integer(id));
  connection?.lose();
  return connection ? 1 : 0;
}
