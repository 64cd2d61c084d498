import { integer, rangeEnd, rangeStart, word } from '../args.js';
import type { Call, StreamCommand } from '../command.js';
import { entries } from '../deliver.js';
import { keyOf } from '../key-of.js';
import type { Reply } from '../reply.js';
import { syntaxError } from './trim-options.js';

export const xlen: StreamCommand = {
  name: 'xlen',
  arity: 2,
  run: (args, { keyspace }) => keyspace.get(keyOf(args[0]))?.length ?? 0,
};

export const xrange: StreamCommand = {
  name: 'xrange',
  arity: -4,
  run: (args, call) => range(args, call, false),
};

export const xrevrange: StreamCommand = {
  name: 'xrevrange',
  arity: -4,
  run: (args, call) => range(args, call, true),
};

function range(args: readonly Buffer[], { keyspace }: Call, reverse: boolean): Reply {
  const [first, second] = [args[1] as Buffer, args[2] as Buffer];
  const start = rangeStart(reverse ? second : first);
  const end = rangeEnd(reverse ? first : second);
  let count = Infinity;
  for (let at = 3; at < args.length; at += 2) {
    if (word(args[at]) !== 'COUNT' || at + 1 >= args.length) syntaxError();
    // -1 is how Redis itself notes "no COUNT", but a negative one is a count of none.
    count = Math.max(0, integer(args[at + 1]));
  }
  const stream = keyspace.get(keyOf(args[0]));
  if (!stream) return [];
  if (count === 0) return null;
  return entries(reverse ? stream.backwards({ start, end }) : stream.range({ start, end }), count);
}
