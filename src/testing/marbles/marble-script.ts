import type { Observable } from 'rxjs';
import type { RunHelpers } from 'rxjs/testing';
import type { Delivery, Entry, HeldEntry } from '../../entry.js';
import type { GroupOptions, StreamsOptions } from '../../options.js';
import type { Decode } from '../../plan.js';
import type { Held } from '../../sources/from-streams.js';
import type { AnySource, GroupSource, StreamsSource } from '../../sources/source.js';
import type { PendingRow } from '../../wire/port.js';
import type { ReadValues } from './expect-reads.js';
import type { Lines } from './play.js';
import type { Settled } from './tally.js';

/** Values by letter. */
export type MarbleValues<V> = Readonly<Record<string, V>>;

/** What a source of ours is played from. Frames are those of the block: the script goes on, whoever is subscribed. */
export interface SourceScript<V> {
  /** Entries that are added: `'--a-(bc)'`, or an object of streams and such lines. Those of one frame are added together. */
  readonly live?: Lines | undefined;
  /** What goes wrong, one letter for each thing: see docs/testing.md. */
  readonly faults?: string | undefined;
  /** Letters of entries where they are deleted (or trimmed). */
  readonly deleted?: string | undefined;
  /** What the letters stand for: `value` of the entry, and its `fields` if it is an object of texts. Default: the letter itself. */
  readonly values?: MarbleValues<V> | undefined;
}

/** What fake deliveries come from. */
export interface DeliveriesOptions {
  /** A source with a dead-letter stream: entries can be rejected. Default false: that fails with `NO_DEAD_LETTER`. */
  readonly deadLetter?: boolean | undefined;
}

/** The script of a `GroupSource`. */
export interface GroupScript<V = string, T = V> extends SourceScript<V> {
  /** What is pending under the consumer's name when the script begins: `'ab'` or `'ab|'`. Each was delivered once. */
  readonly backlog?: Lines | undefined;
  /** Options of `fromGroup`. Default: group `'group'`, consumer `'consumer'`, and a `timeout` that is longer than any script. */
  readonly options?: Partial<Omit<GroupOptions<T>, 'binary' | 'scheduler' | 'streams'>> | undefined;
}

/** The script of a `StreamsSource`. */
export interface StreamsScript<V = string, T = V> extends SourceScript<V> {
  /** What is in the streams when the script begins: `'ab'` or `'ab|'`. */
  readonly history?: Lines | undefined;
  /** Where to begin in each stream: an id, `'0'` or `'$'`. Default `'$'`: behind what is there at subscription. */
  readonly from?: string | undefined;
  /** Options of `fromStreams`, with a `timeout` that is longer than any script as the default. */
  readonly options?: Partial<Omit<StreamsOptions<T>, 'binary' | 'scheduler' | 'streams'>> | undefined;
}

/** An expectation about an Observable, as RxJS has it. */
export interface ObservableExpectation<T> {
  toBe(marbles: string, values?: MarbleValues<unknown> | null, error?: unknown): void;
  toEqual(other: Observable<T>): void;
}

/** What a block works with: the helpers of RxJS's `TestScheduler`, and ours. */
export interface MarbleScript extends Omit<RunHelpers, 'expectObservable'> {
  /** As in RxJS; subscribed until the horizon, unless the subscription marbles say otherwise. */
  expectObservable<T>(observable: Observable<T>, subscriptionMarbles?: string | null): ObservableExpectation<T>;
  /** A cold Observable of fake deliveries. */
  deliveries<V = string>(
    marbles: string,
    values?: MarbleValues<V>,
    error?: unknown,
    options?: DeliveriesOptions,
  ): Observable<Delivery<V>>;
  /** A real group source whose wire is played. */
  group<T>(script: GroupScript<unknown, T> & { readonly options: { readonly decode: Decode<T> } }): GroupSource<T>;
  group<V = string>(script: GroupScript<V>): GroupSource<V>;
  /** A real standalone source whose wire is played. */
  streams<T>(script: StreamsScript<unknown, T> & { readonly options: { readonly decode: Decode<T> } }): StreamsSource<T>;
  streams<V = string>(script: StreamsScript<V> & { readonly options: Held }): StreamsSource<V, string, HeldEntry<V>>;
  streams<V = string>(script: StreamsScript<V>): StreamsSource<V, string, Entry<V>>;
  /** How and when deliveries were settled: a letter is the ack of the entry of that name, `{ n: 'nack a' }` says what else it is. */
  expectSettled(source: Observable<unknown>): { toBe(marbles: string, values?: Readonly<Record<string, string>>): void };
  /** When the source asked for entries, and with which COUNT: a digit is that of a live read, or `{ r: 100, b: 'backlog 100' }`. */
  expectReads(source: AnySource): { toBe(marbles: string, values?: ReadValues): void };
  /** Every settling so far, with its reason. Runs the script to the horizon first. */
  settlements(source: Observable<unknown>): readonly Settled[];
  /** The letters of deliveries that nobody has settled; without an argument those of all sources. Runs the script to the horizon first. */
  pending(source?: Observable<unknown>): readonly string[];
  /** The pending list of the group, as XPENDING tells it, with the letters. Runs the script to the horizon first. */
  pendingList(source: AnySource): readonly (PendingRow & { readonly name: string })[];
  /** An AbortSignal that is aborted at the frame of the `|`. */
  signal(marbles: string): AbortSignal;
  /** The frame it is now. */
  now(): number;
}
