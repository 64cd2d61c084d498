import type { StreamCommand } from '../command.js';
import { keyOf } from '../key-of.js';
import { trim } from '../trim.js';
import { syntaxError, TrimOptions } from './trim-options.js';

export const xtrim: StreamCommand = {
  name: 'xtrim',
  arity: -4,
  run(args, { keyspace }) {
    const options = new TrimOptions();
    for (let at = 1; at < args.length; at++) at = options.take(args, at) ?? syntaxError();
    const trimming = options.finish({ required: true });
    const key = keyOf(args[0]);
    const stream = keyspace.get(key);
    if (!stream || !trimming) return 0;
    const removed = trim(stream, trimming);
    if (removed > 0) keyspace.touch(key);
    return removed;
  },
};
