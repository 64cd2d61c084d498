import { checkArity, type Call, type StreamCommand } from '../command.js';
import { unknownSubcommand } from '../errors.js';
import type { Reply } from '../reply.js';

export interface Subcommand {
  /** The number of words, the names of both commands included; negative for at least so many. */
  readonly arity: number;
  /** Arguments after the subcommand's name, which comes as it was written: errors quote it. */
  run(args: readonly Buffer[], call: Call, written: string): Reply;
}

/** A command made of subcommands: XGROUP, XINFO. */
export function container(name: string, subcommands: Readonly<Record<string, Subcommand>>): StreamCommand {
  function find(args: readonly Buffer[]): { written: string; subcommand: Subcommand } {
    const written = String(args[0]);
    const lower = written.toLowerCase();
    const subcommand = Object.hasOwn(subcommands, lower) ? subcommands[lower] : undefined;
    if (!subcommand) throw unknownSubcommand(name, written.slice(0, 128));
    checkArity(`${name}|${lower}`, subcommand.arity, args);
    return { written, subcommand };
  }

  return {
    name,
    arity: -2,
    checkSubcommand: (args) => void find(args),
    run(args, call) {
      const { written, subcommand } = find(args);
      return subcommand.run(args.slice(1), call, written);
    },
  };
}
