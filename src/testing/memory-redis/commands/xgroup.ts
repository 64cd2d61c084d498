import { fromName, integer, looseId, strictId, toName, word } from '../args.js';
import type { Call } from '../command.js';
import { ReplyError, wrongSubcommand } from '../errors.js';
import { Group } from '../groups.js';
import { MIN_ID } from '../ids.js';
import { keyOf } from '../key-of.js';
import { UNKNOWN } from '../progress.js';
import type { Stream } from '../stream.js';
import { container } from './container.js';

const NEEDS_KEY =
  'ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option to create ' +
  'an empty stream automatically.';

export const xgroup = container('xgroup', {
  create: {
    arity: -5,
    run(args, call, written) {
      const { mkStream, entriesRead } = groupOptions(args, written, true);
      const found = call.keyspace.get(keyOf(args[0]));
      if (!found && !mkStream) throw new ReplyError(NEEDS_KEY);
      if (args.length > 6) throw wrongSubcommand('xgroup', written);
      const from = args[2]?.toString() === '$' ? (found?.lastId ?? MIN_ID) : strictId(args[2]);
      const stream = found ?? call.keyspace.create(keyOf(args[0]));
      const name = toName(args[1] as Buffer);
      if (stream.groups.has(name)) throw new ReplyError('BUSYGROUP Consumer Group name already exists');
      stream.groups.set(name, new Group(name, from, entriesRead));
      return 'OK';
    },
  },
  setid: {
    arity: -5,
    run(args, call, written) {
      const { entriesRead } = groupOptions(args, written, false);
      const { stream, group } = existing(args, call);
      if (args.length > 5) throw wrongSubcommand('xgroup', written);
      group.lastId = args[2]?.toString() === '$' ? stream.lastId : looseId(args[2]);
      group.entriesRead = entriesRead;
      return 'OK';
    },
  },
  destroy: {
    arity: 4,
    run(args, { keyspace }) {
      const key = keyOf(args[0]);
      const stream = keyspace.get(key);
      if (!stream) throw new ReplyError(NEEDS_KEY);
      if (!stream.groups.delete(toName(args[1] as Buffer))) return 0;
      keyspace.signal(key);
      return 1;
    },
  },
  createconsumer: {
    arity: 5,
    run(args, call) {
      const { group } = existing(args, call);
      const name = toName(args[2] as Buffer);
      if (group.consumers.has(name)) return 0;
      group.seen(name, call.now);
      return 1;
    },
  },
  delconsumer: {
    arity: 5,
    run: (args, call) => existing(args, call).group.removeConsumer(toName(args[2] as Buffer)),
  },
  help: {
    arity: 2,
    run: () => [
      'XGROUP <subcommand> [<arg> [value] [opt] ...]. Subcommands are:',
      'CREATE <key> <groupname> <id|$> [option]',
      '    Create a new consumer group. Options are:',
      '    * MKSTREAM',
      '      Create the empty stream if it does not exist.',
      '    * ENTRIESREAD entries_read',
      "      Set the group's entries_read counter (internal use).",
      'CREATECONSUMER <key> <groupname> <consumer>',
      '    Create a new consumer in the specified group.',
      'DELCONSUMER <key> <groupname> <consumer>',
      '    Remove the specified consumer.',
      'DESTROY <key> <groupname>',
      '    Remove the specified group.',
      'SETID <key> <groupname> <id|$> [ENTRIESREAD entries_read]',
      '    Set the current group ID and entries_read counter.',
      'HELP',
      '    Prints this help.',
    ],
  },
});

function groupOptions(args: readonly Buffer[], written: string, create: boolean) {
  let mkStream = false;
  let entriesRead = UNKNOWN;
  for (let at = 3; at < args.length; at++) {
    const option = word(args[at]);
    if (create && option === 'MKSTREAM') mkStream = true;
    else if (option === 'ENTRIESREAD' && at + 1 < args.length) {
      entriesRead = integer(args[++at]);
      if (entriesRead < UNKNOWN) throw new ReplyError('ERR value for ENTRIESREAD must be positive or -1');
    } else throw wrongSubcommand('xgroup', written);
  }
  return { mkStream, entriesRead };
}

function existing(args: readonly Buffer[], { keyspace }: Call): { stream: Stream; group: Group } {
  const stream = keyspace.get(keyOf(args[0]));
  if (!stream) throw new ReplyError(NEEDS_KEY);
  const name = toName(args[1] as Buffer);
  const group = stream.groups.get(name);
  if (!group) throw noSuchGroup(args[0] as Buffer, name);
  return { stream, group };
}

export function noSuchGroup(key: Buffer, name: string): Error {
  return new ReplyError(`NOGROUP No such consumer group '${fromName(name).toString()}' for key name '${key.toString()}'`);
}
