import { Wait } from '../blocked.js';
import type { Call, StreamCommand } from '../command.js';
import { deliver, history } from '../deliver.js';
import { ReplyError } from '../errors.js';
import type { Group } from '../groups.js';
import { compareIds, MAX_ID, MIN_ID, sameId, type StreamId } from '../ids.js';
import { keyOf } from '../key-of.js';
import type { Reply } from '../reply.js';
import type { Stream } from '../stream.js';
import { readId, readOptions, type ReadOptions } from './read-options.js';
import { BLOCKED_COUNT } from './xread.js';

export const xreadgroup: StreamCommand = {
  name: 'xreadgroup',
  arity: -7,
  run(args, call) {
    const options = readOptions('XREADGROUP', args, call.within === 'script');
    const as = options.as as As;
    const from = options.streams.map(([key, id]): Start => {
      const stream = call.keyspace.get(keyOf(key));
      const group = stream?.groups.get(as.group);
      if (!stream || !group) {
        throw new ReplyError(
          `NOGROUP No such key '${key.toString()}' or consumer group '${as.groupBytes.toString()}' in XREADGROUP with GROUP option`,
        );
      }
      const after = readId('XREADGROUP', id, MIN_ID);
      // The greatest id is how Redis itself notes ">".
      return { key, stream, group, after: after !== '>' && sameId(after, MAX_ID) ? '>' : after };
    });
    const { count, noAck } = options;
    const { now } = call;
    const replies: Reply[] = [];
    for (const { key, stream, group, after } of from) {
      const last = stream.last;
      if (after === '>' && (!last || compareIds(last.id, group.lastId) <= 0)) continue;
      const consumer = group.seen(as.consumer, now);
      replies.push([
        key,
        after === '>'
          ? deliver(stream, { group, consumer, count, noAck, now })
          : history(stream, { consumer, after, count, now }),
      ]);
    }
    if (replies.length > 0) return replies;
    if (options.block === undefined || call.within !== 'connection') return null;
    return wait(options, options.block, call);
  },
};

type As = NonNullable<ReadOptions['as']>;

interface Start {
  readonly key: Buffer;
  readonly stream: Stream;
  readonly group: Group;
  readonly after: StreamId | '>';
}

/** The group is looked up anew when something comes: it may be another one by then, or gone. */
function wait({ as, streams, count, noAck }: ReadOptions, timeout: number, { keyspace, clock }: Call): Wait {
  const { group: groupName, consumer } = as as As;
  const keys = new Map(streams.map(([key]) => [keyOf(key), key]));
  return new Wait(keyspace, {
    keys: [...keys.keys()],
    timeout,
    serve(name, stream) {
      if (!stream) throw new ReplyError('UNBLOCKED the stream key no longer exists');
      const group = stream.groups.get(groupName);
      if (!group) throw new ReplyError('NOGROUP the consumer group this client was blocked on no longer exists');
      if (compareIds(stream.lastId, group.lastId) <= 0) return undefined;
      const now = clock();
      const limit = count === Infinity ? BLOCKED_COUNT : count;
      return [
        [keys.get(name) as Buffer, deliver(stream, { group, consumer: group.seen(consumer, now), count: limit, noAck, now })],
      ];
    },
  });
}
