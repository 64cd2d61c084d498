import type { Arg } from './client.js';
import type { Command } from './command.js';
import type { Trim } from '../trimming.js';
import type { ConsumerOf, Counted, DeadLetter, Forward, GroupOf, PendingOf, ReadRequest } from './port.js';
import type { Script } from './scripts.js';

/** 30 days: an entry that was given back counts as idle for any claim, and the number still reads as a duration in XPENDING. */
export const IDLE_FOR_ANYONE = 30 * 24 * 60 * 60 * 1000;

/**
 * XREAD or XREADGROUP. Keys carry the prefix already: reading connections have none of their own. `COUNT 0` means unlimited and
 * `BLOCK 0` for ever, so neither is ever sent.
 */
export function read(request: ReadRequest, prefix: string): Command {
  const args: Arg[] = request.as ? ['GROUP', request.as.group, request.as.consumer] : [];
  args.push('COUNT', atLeastOne(request.count));
  if (request.block !== undefined) args.push('BLOCK', atLeastOne(request.block));
  if (request.as?.noAck) args.push('NOACK');
  args.push('STREAMS');
  for (const [stream] of request.from) args.push(prefix + stream);
  for (const [, id] of request.from) args.push(id);
  return { name: request.as ? 'XREADGROUP' : 'XREAD', args, binary: request.binary };
}

function atLeastOne(number: number): number {
  return Math.max(1, Math.ceil(number));
}

/** `key` may differ from the stream's name: see {@link KeyPrefix}. */
export function createGroup({ key, group, from }: { key: string; group: string; from: string }): Command {
  return { name: 'XGROUP', args: ['CREATE', key, group, from, 'MKSTREAM'] };
}

/** `key` as there. */
export function rewindGroup({ key, group }: { key: string; group: string }): Command {
  return { name: 'XGROUP', args: ['SETID', key, group, '0-0'] };
}

export function infoOf(what: 'GROUPS' | 'STREAM', key: string): Command {
  return { name: 'XINFO', args: [what, key] };
}

/** COUNT 1, because without it entries and pending lists come by tens, and 0 means all of them. */
export function standing(key: string): Command {
  return { name: 'XINFO', args: ['STREAM', key, 'FULL', 'COUNT', 1] };
}

/** One page of the entries after `after`. */
export function page({ stream, after, to, count }: { stream: string; after: string; to: string; count: number }): Command {
  return { name: 'XRANGE', args: [stream, `(${after}`, to, 'COUNT', atLeastOne(count)] };
}

export function ack({ stream, group, ids }: GroupOf & { ids: readonly string[] }): Command {
  return { name: 'XACK', args: [stream, group, ...ids] };
}

/** `(` makes the start exclusive (Redis 6.2): the last id of a page starts the next. */
export function pending({ stream, group, consumer, minIdle, after, to = '+', count }: PendingOf): Command {
  const args: Arg[] = [stream, group];
  if (minIdle !== undefined) args.push('IDLE', minIdle);
  args.push(`(${after}`, to, atLeastOne(count));
  if (consumer !== undefined) args.push(consumer);
  return { name: 'XPENDING', args };
}

/** One entry, if that consumer has it. */
export function pendingOne({ stream, group, consumer, id }: ConsumerOf & { id: string }): Command {
  return { name: 'XPENDING', args: [stream, group, id, id, 1, consumer] };
}

export function add({ stream, fields }: { stream: string; fields: readonly Arg[] }): Command {
  return { name: 'XADD', args: [stream, '*', ...fields] };
}

/** The words of XADD between the key and the fields; `as` makes a repeat add nothing (Redis 8.6). */
export function addHead(trim: Trim | undefined, as?: { readonly producer: string; readonly id: string }): Arg[] {
  const head: Arg[] = as === undefined ? [] : ['IDMP', as.producer, as.id];
  if (trim !== undefined) {
    head.push(trim.by, trim.exact ? '=' : '~', trim.threshold);
    if (trim.limit !== undefined) head.push('LIMIT', trim.limit);
  }
  head.push('*');
  return head;
}

/** One entry by its id: unlike a read of our history it leaves delivery count and idle time alone. */
export function one({ stream, id, binary }: { stream: string; id: string; binary: boolean }): Command {
  return { name: 'XRANGE', args: [stream, id, id], binary };
}

/** Ten years: more than any entry was ever idle, given back or not. */
const NEVER_IDLE = 10 * 365 * 24 * 60 * 60 * 1000;

/**
 * All entries share one count, because XCLAIM takes one RETRYCOUNT. The idle time asked for spares whatever is pending, with us or
 * with a consumer who has read it from the new group: FORCE then makes only those that are not (Redis: `xclaimCommand`).
 */
export function register({ stream, group, consumer }: ConsumerOf, ids: readonly string[], count: number): Command {
  return { name: 'XCLAIM', args: [stream, group, consumer, NEVER_IDLE, ...ids, 'FORCE', 'RETRYCOUNT', count, 'JUSTID'] };
}

export function serverInfo(): Command {
  return { name: 'INFO', args: ['server'] };
}

export function unblock(clientId: number): Command {
  return { name: 'CLIENT', args: ['UNBLOCK', clientId] };
}

/** The digest for a server that knows the script, the text for one that does not. */
export function script(
  how: 'EVALSHA' | 'EVAL',
  source: Script,
  { keys, args, binary = false }: { keys: readonly string[]; args: readonly Arg[]; binary?: boolean },
): Command {
  return { name: how, args: [how === 'EVALSHA' ? source.sha : source.lua, keys.length, ...keys, ...args], binary };
}

export function giveBackArgs({ group, consumer, entries }: ConsumerOf & { entries: readonly Counted[] }): Arg[] {
  return [group, consumer, IDLE_FOR_ANYONE, ...entries.flatMap(({ id, count }) => [id, count])];
}

export function takeOverArgs({ group, consumer, entries }: ConsumerOf & { entries: readonly Counted[] }): Arg[] {
  return [group, consumer, ...entries.flatMap(({ id, count }) => [id, count])];
}

export function deadLetterArgs({ stream, group, consumer, entries }: ConsumerOf & { entries: readonly DeadLetter[] }): Arg[] {
  return [group, consumer, stream, ...entries.flatMap(({ id, name, message }) => [id, name, message])];
}

/** Each stream is named once, however many entries go there. */
export function forwardCall({ stream, group, consumer, entries }: ConsumerOf & { entries: readonly Forward[] }): {
  keys: string[];
  args: Arg[];
} {
  const numbers = new Map<string, number>();
  for (const { to } of entries) if (!numbers.has(to)) numbers.set(to, numbers.size + 2);
  const args: Arg[] = [group, consumer];
  for (const { id, to, trim, fields } of entries) {
    const head = addHead(trim);
    args.push(id, numbers.get(to) ?? 0, head.length + fields.length);
    for (const word of head) args.push(word);
    for (const word of fields) args.push(word);
  }
  return { keys: [stream, ...numbers.keys()], args };
}
