import { strictId, toName } from '../args.js';
import type { StreamCommand } from '../command.js';
import { keyOf } from '../key-of.js';

export const xdel: StreamCommand = {
  name: 'xdel',
  arity: -3,
  run(args, { keyspace }) {
    const key = keyOf(args[0]);
    const stream = keyspace.get(key);
    if (!stream) return 0;
    const deleted = args
      .slice(1)
      .map(strictId)
      .filter((id) => stream.delete(id)).length;
    if (deleted > 0) keyspace.touch(key);
    return deleted;
  },
};

export const xack: StreamCommand = {
  name: 'xack',
  arity: -4,
  run(args, { keyspace }) {
    const group = keyspace.get(keyOf(args[0]))?.groups.get(toName(args[1] as Buffer));
    if (!group) return 0;
    return args
      .slice(2)
      .map(strictId)
      .filter((id) => group.release(id)).length;
  },
};
