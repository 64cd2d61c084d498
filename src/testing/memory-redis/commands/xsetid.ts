import { integer, strictId, word } from '../args.js';
import type { StreamCommand } from '../command.js';
import { NO_SUCH_KEY, ReplyError } from '../errors.js';
import { compareIds, isZero, MIN_ID } from '../ids.js';
import { keyOf } from '../key-of.js';
import { syntaxError } from './trim-options.js';

export const xsetid: StreamCommand = {
  name: 'xsetid',
  arity: -3,
  run(args, { keyspace }) {
    const id = strictId(args[1]);
    let added: number | undefined;
    let maxDeleted = MIN_ID;
    for (let at = 2; at < args.length; at += 2) {
      const option = at + 1 < args.length ? word(args[at]) : '';
      if (option === 'ENTRIESADDED') {
        added = integer(args[at + 1]);
        if (added < 0) throw new ReplyError('ERR entries_added must be positive');
      } else if (option === 'MAXDELETEDID') {
        maxDeleted = strictId(args[at + 1]);
        if (compareIds(id, maxDeleted) < 0) {
          throw new ReplyError('ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id');
        }
      } else syntaxError();
    }
    const stream = keyspace.get(keyOf(args[0]));
    if (!stream) throw new ReplyError(NO_SUCH_KEY);
    const { last } = stream;
    if (last && compareIds(id, last.id) < 0) {
      throw new ReplyError('ERR The ID specified in XSETID is smaller than the target stream top item');
    }
    if (last && added !== undefined && stream.length > added) {
      throw new ReplyError('ERR The entries_added specified in XSETID is smaller than the target stream length');
    }
    stream.lastId = id;
    if (added !== undefined) stream.entriesAdded = added;
    if (!isZero(maxDeleted)) stream.maxDeletedId = maxDeleted;
    return 'OK';
  },
};
