import type { RawEntry, StreamReply } from '../port.js';
import { broken } from './broken.js';
import { entryFrom, SHARED, WalkedEntry } from './entry.js';
import { EntryWalk } from './entry-walk.js';
import type { Made } from './fields-text.js';
import { Inflow } from './inflow.js';
import { listHead } from './list-head.js';
import { ARRAY } from './signs.js';
import { Refusal, Values } from './value.js';

/** What a command is answered with: the streams of a read, or anything. */
export interface Asked {
  readonly for: 'streams' | 'value';
  /** Values of fields, and of anything else, as Buffers. */
  readonly binary: boolean;
}

/** `refused`: an error reply. */
export type Reply =
  | { readonly type: 'streams'; readonly streams: readonly StreamReply[] }
  | { readonly type: 'value'; readonly value: unknown }
  | { readonly type: 'refused'; readonly text: string };

/**
 * Where the reply stands that is read: at its `beginning`; inside of a single `value`; before the next of its `streams`, its name,
 * its list of entries; before the next of those.
 */
type Place = 'beginning' | 'value' | 'stream' | 'name' | 'entries' | 'entry';

/**
 * RESP2 to replies, of chunks that end anywhere. Memory grows with what has come, never by what a length says. What is no RESP, or no
 * reply to what was asked, throws PROTOCOL, and nothing behind it can be read.
 */
export class Decoder {
  readonly #inflow = new Inflow();
  readonly #walk = new EntryWalk();
  #place: Place = 'beginning';
  /** The streams of the reply so far, and how many are still to come. */
  #streams: StreamReply[] = [];
  #streamsLeft = 0;
  #name = '';
  /** The same of the entries of that stream. */
  #entries: RawEntry[] = [];
  #entriesLeft = 0;
  /** Walked over in the chunk, and mostly not made yet. */
  readonly #walked: WalkedEntry[] = [];
  /** Names of fields, by their place in an entry. */
  readonly #names: string[] = [];

  feed(chunk: Buffer): void {
    this.#inflow.feed(chunk);
  }

  /** The bytes of the chunk that was fed are about to go: what is still needed of them stays. */
  keep(): void {
    for (const entry of this.#walked) entry.make();
    this.#walked.length = 0;
    this.#inflow.keep();
  }

  /** All that came was part of a reply that was taken. */
  get isEmpty(): boolean {
    return this.#place === 'beginning' && this.#inflow.isEmpty;
  }

  /** Takes the next reply; undefined: it has not all come. Until it has, the same must be asked for. */
  take(asked: Asked): Reply | undefined {
    if (this.#place === 'beginning' && !this.#begin(asked.for)) return undefined;
    const reply = this.#place === 'value' ? this.#value(asked) : this.#streamsTo(asked.binary);
    if (reply !== undefined) this.#rest();
    return reply;
  }

  /** Whether so much has come that it is known what comes. */
  #begin(what: Asked['for']): boolean {
    const inflow = this.#inflow;
    if (inflow.isEmpty) return false;
    if (what === 'value' || inflow.bytes[inflow.at] !== ARRAY) {
      this.#place = 'value';
      return true;
    }
    const length = listHead(inflow);
    if (length === undefined) return false;
    this.#streams = [];
    this.#streamsLeft = length;
    this.#place = 'stream';
    return true;
  }

  #value({ for: what, binary }: Asked): Reply | undefined {
    const number = what === 'value' ? this.#number() : undefined;
    if (number !== undefined) return { type: 'value', value: number };
    const bytes = this.#inflow.value();
    if (bytes === undefined) return undefined;
    const value = new Values(bytes, 0, binary).next();
    if (value instanceof Refusal) return { type: 'refused', text: value.text };
    if (what === 'value') return { type: 'value', value };
    if (value !== null) throw broken('something else than streams');
    return { type: 'streams', streams: [] };
  }

  /** Goes on where it stopped, to the end of the last stream. */
  #streamsTo(binary: boolean): Reply | undefined {
    const inflow = this.#inflow;
    for (;;) {
      if (this.#place === 'stream') {
        if (this.#streamsLeft <= 0) return { type: 'streams', streams: this.#streams };
        const length = listHead(inflow);
        if (length === undefined) return undefined;
        if (length !== 2) throw broken('a stream without its entries');
        this.#place = 'name';
      }
      if (this.#place === 'name') {
        const name = this.#text();
        if (name === undefined) return undefined;
        this.#name = name;
        this.#place = 'entries';
      }
      if (this.#place === 'entries') {
        const length = listHead(inflow);
        if (length === undefined) return undefined;
        this.#entries = [];
        this.#entriesLeft = length;
        this.#place = 'entry';
      }
      const made: Made = { kind: binary ? 'binary' : inflow.isAscii ? 'ascii' : 'utf8', names: this.#names };
      for (; this.#entriesLeft > 0; this.#entriesLeft--) {
        const entry = this.#entry(binary, made);
        if (entry === undefined) return undefined;
        this.#entries.push(entry);
      }
      this.#streams.push({ stream: this.#name, entries: this.#entries });
      this.#streamsLeft--;
      this.#place = 'stream';
    }
  }

  /** What an ack is answered with, where a chunk holds it whole. */
  #number(): number | undefined {
    const inflow = this.#inflow;
    const number = inflow.isCut ? undefined : this.#walk.passNumber(inflow.bytes, inflow.at);
    if (number !== undefined) inflow.at = this.#walk.at;
    return number;
  }

  #text(): string | undefined {
    const inflow = this.#inflow;
    const walk = this.#walk;
    if (!inflow.isCut && walk.passString(inflow.bytes, inflow.at)) {
      inflow.at = walk.at;
      return inflow.bytes.toString('utf8', walk.idFrom, walk.idTo);
    }
    const bytes = inflow.value();
    if (bytes === undefined) return undefined;
    const text = new Values(bytes, 0, false).next();
    if (typeof text !== 'string') throw broken('a stream without its name');
    return text;
  }

  #entry(binary: boolean, made: Made): RawEntry | undefined {
    const inflow = this.#inflow;
    const walk = this.#walk;
    const { bytes, at } = inflow;
    if (!inflow.isCut && walk.pass(bytes, at) && walk.at - at <= SHARED) {
      inflow.at = walk.at;
      const entry = new WalkedEntry(bytes, walk, made);
      this.#walked.push(entry);
      return entry;
    }
    const whole = inflow.value();
    return whole && entryFrom(new Values(whole, 0, binary).next());
  }

  /** A connection may rest for long: nothing of the last reply stays. */
  #rest(): void {
    this.#place = 'beginning';
    this.#streams = [];
    this.#entries = [];
    this.#inflow.release();
  }
}
