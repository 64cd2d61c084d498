import { wrongArguments } from './errors.js';
import type { Wait } from './blocked.js';
import type { Keyspace } from './keyspace.js';
import type { Reply } from './reply.js';

/** What a stream command knows besides its arguments. */
export interface Call {
  readonly keyspace: Keyspace;
  /** ms since the epoch, fixed for the command; a wait that ends later asks `clock` again. */
  readonly now: number;
  clock(this: void): number;
  /** Inside MULTI nothing waits, and in a script BLOCK is an error. */
  readonly within: 'connection' | 'multi' | 'script';
}

export interface StreamCommand {
  readonly name: string;
  /** As in Redis: the number of words, the name included; negative for at least so many. */
  readonly arity: number;
  /** For a command made of subcommands: that there is such a one, and that it takes so many words. */
  checkSubcommand?(args: readonly Buffer[]): void;
  /** Arguments without the name. All of a command's errors are thrown before it changes anything. */
  run(args: readonly Buffer[], call: Call): Reply | Wait;
}

export function checkArity(name: string, arity: number, args: readonly unknown[]): void {
  const words = args.length + 1;
  if (arity > 0 ? words !== arity : words < -arity) throw wrongArguments(name);
}

/** What a server refuses before it runs anything; between MULTI and EXEC that refuses the whole transaction. */
export function checkWords(command: StreamCommand, args: readonly Buffer[]): void {
  checkArity(command.name, command.arity, args);
  command.checkSubcommand?.(args);
}

/** A command that never waits, for those who run it from inside: scripts. */
export function runCommand(command: StreamCommand, args: readonly Buffer[], call: Call): Reply {
  return command.run(args, call) as Reply;
}
