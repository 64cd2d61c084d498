import { Wait } from '../blocked.js';
import type { Call, StreamCommand } from '../command.js';
import { read } from '../deliver.js';
import { compareIds, MIN_ID, type StreamId } from '../ids.js';
import { keyOf } from '../key-of.js';
import type { Reply } from '../reply.js';
import { readId, readOptions } from './read-options.js';

/** What a read that had to wait gets at most when it did not say. */
export const BLOCKED_COUNT = 1000;

export const xread: StreamCommand = {
  name: 'xread',
  arity: -4,
  run(args, call) {
    const { streams, count, block } = readOptions('XREAD', args, call.within === 'script');
    const from = streams.map(([key, id]): Start => {
      const stream = call.keyspace.get(keyOf(key));
      return { key, after: readId('XREAD', id, stream?.lastId ?? MIN_ID) as StreamId };
    });
    const replies: Reply[] = [];
    for (const { key, after } of from) {
      const stream = call.keyspace.get(keyOf(key));
      const last = stream?.last;
      if (stream && last && compareIds(last.id, after) > 0) replies.push([key, read(stream, { after, count })]);
    }
    if (replies.length > 0) return replies;
    if (block === undefined || call.within !== 'connection') return null;
    return wait(from, count === Infinity ? BLOCKED_COUNT : count, block, call);
  },
};

interface Start {
  readonly key: Buffer;
  readonly after: StreamId;
}

/** It outlives the key: a stream that is deleted and made again may serve it. */
function wait(from: readonly Start[], count: number, timeout: number, { keyspace }: Call): Wait {
  const starts = new Map<string, Start>();
  for (const start of from) if (!starts.has(keyOf(start.key))) starts.set(keyOf(start.key), start);
  return new Wait(keyspace, {
    keys: [...starts.keys()],
    timeout,
    serve(name, stream) {
      const { key, after } = starts.get(name) as Start;
      return stream && compareIds(stream.lastId, after) > 0 ? [[key, read(stream, { after, count })]] : undefined;
    },
  });
}
