import { integer, strictId, toName, word } from '../args.js';
import { ReplyError, SYNTAX } from '../errors.js';
import type { StreamId } from '../ids.js';

export interface ReadOptions {
  readonly as?: { readonly group: string; readonly groupBytes: Buffer; readonly consumer: string };
  /** Infinity without a limit. */
  readonly count: number;
  /** ms, 0 for ever; undefined without BLOCK. */
  readonly block: number | undefined;
  readonly noAck: boolean;
  /** Key and id as they came. */
  readonly streams: readonly (readonly [key: Buffer, id: Buffer])[];
}

/** The options of XREAD and XREADGROUP; the ids are read later, because what is wrong with a key is told before. */
export function readOptions(name: 'XREAD' | 'XREADGROUP', args: readonly Buffer[], inScript: boolean): ReadOptions {
  let as: ReadOptions['as'];
  let count = Infinity;
  let block: number | undefined;
  let noAck = false;
  for (let at = 0; at < args.length; at++) {
    const option = word(args[at]);
    const more = args.length - 1 - at;
    if (option === 'BLOCK' && more > 0) {
      if (inScript) throw new ReplyError(`ERR ${name.toLowerCase()} command is not allowed with BLOCK option from scripts`);
      block = timeout(args[++at]);
    } else if (option === 'COUNT' && more > 0) {
      const given = integer(args[++at]);
      count = given > 0 ? given : Infinity;
    } else if (option === 'STREAMS' && more > 0) {
      const streams = paired(args.slice(at + 1));
      if (name === 'XREADGROUP' && !as) throw new ReplyError('ERR Missing GROUP option for XREADGROUP');
      return { as, count, block, noAck, streams };
    } else if (option === 'GROUP' && more >= 2) {
      only(name, 'GROUP');
      const groupBytes = args[++at] as Buffer;
      as = { group: toName(groupBytes), groupBytes, consumer: toName(args[++at] as Buffer) };
    } else if (option === 'NOACK') {
      only(name, 'NOACK');
      noAck = true;
    } else break;
  }
  throw new ReplyError(SYNTAX);
}

/** Where a read begins: after an id, with what comes (`$` is the last one there is), or with what no consumer got (`>`). */
export function readId(name: 'XREAD' | 'XREADGROUP', bytes: Buffer, lastId: StreamId): StreamId | '>' {
  const text = bytes.toString('latin1');
  if (text === '$') {
    if (name === 'XREAD') return lastId;
    throw new ReplyError(
      'ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by specifying ' +
        'a proper ID, or use the > ID to get new messages. The $ ID would just return an empty result set.',
    );
  }
  if (text === '>') {
    if (name === 'XREADGROUP') return '>';
    throw new ReplyError('ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.');
  }
  return strictId(bytes);
}

function timeout(bytes: Buffer | undefined): number {
  const ms = integer(bytes, 'ERR timeout is not an integer or out of range');
  if (ms < 0) throw new ReplyError('ERR timeout is negative');
  return ms;
}

function only(name: string, option: string): void {
  if (name === 'XREADGROUP') return;
  throw new ReplyError(`ERR The ${option} option is only supported by XREADGROUP. You called XREAD instead.`);
}

function paired(words: readonly Buffer[]): ReadOptions['streams'] {
  if (words.length % 2 !== 0) {
    throw new ReplyError("ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified.");
  }
  const half = words.length / 2;
  return words.slice(0, half).map((key, index) => [key, words[half + index] as Buffer] as const);
}
