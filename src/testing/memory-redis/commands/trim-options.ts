import { integer, strictId, word } from '../args.js';
import { ReplyError, SYNTAX } from '../errors.js';
import { MAX_ENTRIES } from '../nodes.js';
import type { Trim } from '../trim.js';

/** Entries that `~` removes at most, unless LIMIT says otherwise. */
const DEFAULT_LIMIT = 100 * MAX_ENTRIES;

/** Reads MAXLEN, MINID and LIMIT, wherever they stand among a command's options. */
export class TrimOptions {
  #by: Trim['by'] | undefined;
  #approximate = false;
  #limit: number | undefined;

  /** Takes the option at `index` and what belongs to it: the index of its last word; undefined when it is none of ours. */
  take(args: readonly Buffer[], index: number): number | undefined {
    const option = word(args[index]);
    const more = args.length - 1 - index;
    if (more === 0) return undefined;
    if (option === 'LIMIT') {
      this.#limit = integer(args[index + 1]);
      if (this.#limit < 0) throw new ReplyError('ERR The LIMIT argument must be >= 0.');
      return index + 1;
    }
    if (option !== 'MAXLEN' && option !== 'MINID') return undefined;
    if (this.#by) {
      throw new ReplyError('ERR syntax error, MAXLEN and MINID options at the same time are not compatible');
    }
    const how = args[index + 1]?.toString();
    const marked = more >= 2 && (how === '~' || how === '=');
    this.#approximate = marked && how === '~';
    const at = index + (marked ? 2 : 1);
    this.#by = option === 'MAXLEN' ? { length: lengthOf(args[at]) } : { minId: strictId(args[at]) };
    return at;
  }

  /** undefined when nothing is to be trimmed. */
  finish({ required }: { required: boolean }): Trim | undefined {
    if (!this.#by) {
      if (this.#limit) {
        throw new ReplyError('ERR syntax error, LIMIT cannot be used without specifying a trimming strategy');
      }
      if (required) throw new ReplyError('ERR syntax error, XTRIM must be called with a trimming strategy');
    }
    if (this.#limit !== undefined && !this.#approximate) {
      throw new ReplyError('ERR syntax error, LIMIT cannot be used without the special ~ option');
    }
    const limit = this.#limit ?? (this.#approximate ? DEFAULT_LIMIT : 0);
    return this.#by && { by: this.#by, approximate: this.#approximate, limit };
  }
}

function lengthOf(bytes: Buffer | undefined): number {
  const length = integer(bytes);
  if (length < 0) throw new ReplyError('ERR The MAXLEN argument must be >= 0.');
  return length;
}

export function syntaxError(): never {
  throw new ReplyError(SYNTAX);
}
