import { strictId, word } from '../args.js';
import type { StreamCommand } from '../command.js';
import { ReplyError, wrongArguments } from '../errors.js';
import { compareIds, formatId, isZero, MAX_ID, nextId, sameId, type StreamId } from '../ids.js';
import { keyOf } from '../key-of.js';
import type { Stream } from '../stream.js';
import { trim } from '../trim.js';
import { TrimOptions } from './trim-options.js';

/** `*`, `<ms>-*`, or a whole id. */
type Wanted = { readonly auto: 'all' } | { readonly auto: 'seq'; readonly ms: StreamId } | { readonly id: StreamId };

const TOO_SMALL = 'ERR The ID specified in XADD is equal or smaller than the target stream top item';

export const xadd: StreamCommand = {
  name: 'xadd',
  arity: -5,
  run(args, { keyspace, now }) {
    const options = new TrimOptions();
    let noMkStream = false;
    let at = 1;
    for (; at < args.length; at++) {
      if (isStar(args[at] as Buffer)) break;
      const taken = options.take(args, at);
      if (taken !== undefined) at = taken;
      else if (word(args[at]) === 'NOMKSTREAM') noMkStream = true;
      else break;
    }
    const wanted = at < args.length ? parseWanted(args[at] as Buffer) : { auto: 'all' as const };
    const trimming = options.finish({ required: false });
    const fields = args.slice(at + 1);
    if (fields.length < 2 || fields.length % 2 === 1) throw wrongArguments('xadd');
    if ('id' in wanted && isZero(wanted.id)) throw new ReplyError('ERR The ID specified in XADD must be greater than 0-0');

    const key = keyOf(args[0]);
    const found = keyspace.get(key);
    if (!found && noMkStream) return null;
    // Redis makes the key before it looks at the id: a refused first entry leaves an empty stream.
    const stream = found ?? keyspace.create(key);
    const id = idFor(stream, wanted, now);
    stream.add({ id, fields });
    keyspace.touch(key);
    if (trimming) trim(stream, trimming);
    keyspace.signal(key);
    return formatId(id);
  },
};

const STAR = 0x2a;

function isStar(bytes: Buffer): boolean {
  return bytes.length === 1 && bytes[0] === STAR;
}

function parseWanted(bytes: Buffer): Wanted {
  if (isStar(bytes)) return { auto: 'all' };
  const text = bytes.toString('latin1');
  if (/^[^-]+-\*$/.test(text)) return { auto: 'seq', ms: strictId(bytes.subarray(0, -2)) };
  return { id: strictId(bytes) };
}

function idFor(stream: Stream, wanted: Wanted, now: number): StreamId {
  const { lastId } = stream;
  if (sameId(lastId, MAX_ID)) {
    throw new ReplyError('ERR The stream has exhausted the last possible ID, unable to add more items');
  }
  const id = 'id' in wanted ? wanted.id : wanted.auto === 'all' ? nextAt(lastId, now) : nextIn(lastId, wanted.ms);
  if (!id || compareIds(id, lastId) <= 0) throw new ReplyError(TOO_SMALL);
  return id;
}

/** Time never goes back: while the clock is behind the last entry, only the sequence grows. */
function nextAt(last: StreamId, now: number): StreamId | undefined {
  return now > last.ms ? { ms: now, seq: 0 } : nextId(last);
}

function nextIn(last: StreamId, given: StreamId): StreamId | undefined {
  if (given.ms !== last.ms) return given;
  const next = nextId(last);
  return next?.ms === last.ms ? next : undefined;
}
