import { Wait } from './blocked.js';
import { bytesOf, callOf } from './call-of.js';
import { CLIENT } from './client-command.js';
import { checkWords, type StreamCommand } from './command.js';
import { STREAM_COMMANDS } from './commands/index.js';
import { asReplyError, unknownCommand } from './errors.js';
import { GENERIC } from './generic.js';
import { present } from './reply.js';
import { SCRIPTING } from './scripting.js';
import type { Request, Session, SessionCommand, Within } from './session.js';
import { guardTypes, runStock } from './stock-command.js';
import { stockCommand } from './stock.js';

const SPECIAL: ReadonlyMap<string, SessionCommand> = new Map([...GENERIC, ...CLIENT, ...SCRIPTING]);

/** Runs one command, now: a value, a promise of the mock's, or a Wait. Error replies are thrown. */
export function execute(session: Session, request: Request, within: Within): unknown {
  try {
    const result = run(session, request, within);
    if (!(result instanceof Promise)) return result;
    return result.catch((error: unknown) => {
      throw asReplyError(error);
    });
  } catch (error) {
    throw asReplyError(error);
  }
}

/** What a server refuses already when the command is queued: then EXEC refuses all of it. */
export function checkQueued(session: Session, request: Request): void {
  const { name, written } = request;
  const command = STREAM_COMMANDS.get(name);
  if (command) checkWords(command, bytesOf(session, request));
  else if (!SPECIAL.has(name) && !stockCommand(session.stock, name)) throw unknownCommand(written, bytesOf(session, request));
}

function run(session: Session, request: Request, within: Within): unknown {
  const special = SPECIAL.get(request.name);
  const command = STREAM_COMMANDS.get(request.name);
  if ((special ?? command) && session.stock.subscriberMode && request.name !== 'quit') {
    throw new Error('Connection in subscriber mode, only subscriber commands may be used');
  }
  if (special) return special(session, request, within);
  if (command) return runStream(command, session, request, within);
  guardTypes(session, request);
  return runStock(session, request);
}

function runStream(command: StreamCommand, session: Session, request: Request, within: Within): unknown {
  const args = bytesOf(session, request);
  checkWords(command, args);
  const outcome = command.run(args, callOf(session, within));
  return outcome instanceof Wait ? outcome : present(outcome, request.binary);
}
