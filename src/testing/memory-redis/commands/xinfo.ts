import { fromName, integer, toName, word } from '../args.js';
import type { Call } from '../command.js';
import { entries, entryReply } from '../deliver.js';
import { NO_SUCH_KEY, ReplyError, wrongSubcommand } from '../errors.js';
import { byName } from '../groups.js';
import { formatId } from '../ids.js';
import { keyOf } from '../key-of.js';
import { lag, UNKNOWN } from '../progress.js';
import { radixNodes } from '../radix.js';
import type { Reply } from '../reply.js';
import type { Stream } from '../stream.js';
import { container } from './container.js';
import { fullGroup } from './xinfo-full.js';
import { noSuchGroup } from './xgroup.js';

export const xinfo = container('xinfo', {
  stream: {
    arity: -3,
    run(args, call, written) {
      const stream = existing(args, call);
      if (args.length === 1) {
        return [
          ...streamInfo(stream),
          ...['groups', stream.groups.size],
          ...['first-entry', stream.first ? entryReply(stream.first) : null],
          ...['last-entry', stream.last ? entryReply(stream.last) : null],
        ];
      }
      const wrong = word(args[1]) !== 'FULL' || (args.length !== 2 && (args.length !== 4 || word(args[2]) !== 'COUNT'));
      if (wrong) throw wrongSubcommand('xinfo', written);
      const given = args.length === 4 ? integer(args[3]) : 10;
      const count = given < 0 ? 10 : given === 0 ? Infinity : given;
      return [
        ...streamInfo(stream),
        ...['entries', entries(stream.range({}), count)],
        ...['groups', byName(stream.groups).map((group) => fullGroup(stream, group, count))],
      ];
    },
  },
  groups: {
    arity: 3,
    run(args, call) {
      const stream = existing(args, call);
      return byName(stream.groups).map((group): Reply => [
        ...['name', fromName(group.name)],
        ...['consumers', group.consumers.size],
        ...['pending', group.pending.size],
        ...['last-delivered-id', formatId(group.lastId)],
        ...['entries-read', group.entriesRead === UNKNOWN ? null : group.entriesRead],
        ...['lag', lag(stream, group)],
      ]);
    },
  },
  consumers: {
    arity: 4,
    run(args, call) {
      const group = existing(args, call).groups.get(toName(args[1] as Buffer));
      if (!group) throw noSuchGroup(args[0] as Buffer, toName(args[1] as Buffer));
      return byName(group.consumers).map((consumer): Reply => [
        ...['name', fromName(consumer.name)],
        ...['pending', consumer.pending.size],
        ...['idle', Math.max(0, call.now - consumer.seenAt)],
      ]);
    },
  },
  help: {
    arity: 2,
    run: () => [
      'XINFO <subcommand> [<arg> [value] [opt] ...]. Subcommands are:',
      'CONSUMERS <key> <groupname>',
      '    Show consumers of <groupname>.',
      'GROUPS <key>',
      '    Show the stream consumer groups.',
      'STREAM <key> [FULL [COUNT <count>]',
      '    Show information about the stream.',
      'HELP',
      '    Prints this help.',
    ],
  },
});

function existing(args: readonly Buffer[], { keyspace }: Call): Stream {
  const stream = keyspace.get(keyOf(args[0]));
  if (!stream) throw new ReplyError(NO_SUCH_KEY);
  return stream;
}

function streamInfo(stream: Stream): Reply[] {
  return [
    ...['length', stream.length],
    ...['radix-tree-keys', stream.nodes.length],
    ...['radix-tree-nodes', radixNodes(stream.nodes.map((node) => node.id))],
    ...['last-generated-id', formatId(stream.lastId)],
    ...['max-deleted-entry-id', formatId(stream.maxDeletedId)],
    ...['entries-added', stream.entriesAdded],
    ...['recorded-first-entry-id', formatId(stream.firstId)],
  ];
}
