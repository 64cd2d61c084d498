import { toBytes, word } from './args.js';
import { checkArity } from './command.js';
import { ReplyError, unknownSubcommand } from './errors.js';
import { bytesOf, callOf } from './call-of.js';
import { guardedScript, refusalIn } from './foreign-script.js';
import { present } from './reply.js';
import { digest, isNative, numberOfKeys, runNative } from './scripts.js';
import type { Request, Session, SessionCommand } from './session.js';
import { runStock } from './stock-command.js';

/** A server knows a script by its digest once it was sent as a whole. Ours run natively, others in ioredis-mock's Lua. */
export const SCRIPTING: readonly (readonly [name: string, run: SessionCommand])[] = [
  ['eval', evaluate],
  ['evalsha', evaluateDigest],
  ['script', script],
];

function evaluate(session: Session, request: Request): unknown {
  checkArity('eval', -3, request.args);
  const text = String(request.args[0]);
  const sha = digest(text);
  session.server.scripts[sha] = text;
  return isNative(sha) ? native(session, request, sha) : foreign(session, request, sha);
}

function evaluateDigest(session: Session, request: Request): unknown {
  checkArity('evalsha', -3, request.args);
  const sha = String(request.args[0]).toLowerCase();
  if (!Object.hasOwn(session.server.scripts, sha)) throw new ReplyError('NOSCRIPT No matching script. Please use EVAL.');
  return isNative(sha) ? native(session, request, sha) : foreign(session, request, sha);
}

/** The mock runs it with a guard before it, so that it is another script to the mock. */
function foreign(session: Session, request: Request, sha: string): unknown {
  const [, ...rest] = request.args;
  numberOfKeys(rest.map(toBytes));
  const lua = guardedScript(session.server.scripts[sha] as string);
  return (runStock(session, { ...request, name: 'eval', args: [lua, ...rest] }) as Promise<unknown>).catch((error: unknown) => {
    throw refusalIn(error);
  });
}

function native(session: Session, request: Request, sha: string): unknown {
  const args = bytesOf(session, request).slice(1);
  return present(runNative(sha, args, callOf(session, 'script')), request.binary);
}

function script({ server }: Session, request: Request): unknown {
  const args = request.args.map(toBytes);
  checkArity('script', -2, args);
  const rest = args.slice(1).map(String);
  switch (word(args[0])) {
    case 'LOAD': {
      checkArity('script|load', 3, args);
      const sha = digest(rest[0] ?? '');
      server.scripts[sha] = rest[0] ?? '';
      return present(sha, request.binary);
    }
    case 'EXISTS':
      checkArity('script|exists', -3, args);
      return rest.map((sha) => (Object.hasOwn(server.scripts, sha.toLowerCase()) ? 1 : 0));
    case 'FLUSH':
      for (const sha of Object.keys(server.scripts)) delete server.scripts[sha];
      return present('OK', request.binary);
    default:
      throw unknownSubcommand('script', String(args[0]));
  }
}
