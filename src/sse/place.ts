import type { Entry, FieldValue } from '../entry.js';
import type { Notice } from '../notices.js';
import type { Plan } from '../plan.js';
import { ZERO } from '../streams/position.js';
import { tokenOf } from './token.js';

/** Where a response stands. */
export interface Place {
  /** What a reader has to come back with to go on from here; undefined where nobody knows yet. */
  readonly id: string | undefined;
  passed(entry: Entry<unknown, FieldValue>): void;
}

/** In the streams of a source, which tells where reading begins: known before the first entry, and in all streams at once. */
export class PlaceInStreams implements Place {
  readonly #at = new Map<string, string>();
  /** Streams that reading has not begun in. */
  readonly #awaited: Set<string>;
  /** An id by itself says nothing of which stream it is. */
  readonly #isOne: boolean;

  constructor({ streams, lists }: Pick<Plan, 'streams' | 'lists'>) {
    this.#awaited = new Set(streams.map(({ stream }) => stream));
    this.#isOne = lists === undefined && streams.length === 1;
    for (const { stream, start } of streams) if (start !== undefined && start !== '$') this.#at.set(stream, start);
  }

  get id(): string | undefined {
    if (this.#at.size === 0) return undefined;
    return this.#isOne ? this.#at.values().next().value : tokenOf(this.#at);
  }

  passed({ stream, id }: Entry<unknown, FieldValue>): void {
    this.#at.set(stream, id);
  }

  /** Follows what the source tells; whether reading has begun just now, in all of the streams. */
  heard(notice: Notice): boolean {
    switch (notice.type) {
      case 'joined':
        this.#at.set(notice.stream, notice.from);
        this.#awaited.delete(notice.stream);
        return this.#awaited.size === 0;
      case 'restarted':
        this.#at.set(notice.stream, ZERO);
        return false;
      case 'left':
        this.#at.delete(notice.stream);
        return false;
      default:
        return false;
    }
  }
}

/** Known from entries alone: behind other operators, and in a group, which keeps the place itself. */
export class PlaceByEntries implements Place {
  id: string | undefined;
  #stream: string | undefined;
  readonly #ofGroup: boolean;

  constructor({ ofGroup }: { ofGroup: boolean }) {
    this.#ofGroup = ofGroup;
  }

  /** Throws at the second stream: nobody could go on in it. */
  passed({ stream, id }: Entry<unknown, FieldValue>): void {
    this.#stream ??= stream;
    if (stream !== this.#stream && !this.#ofGroup) {
      throw new TypeError(
        `toServerSentEvents got entries of ${this.#stream} and of ${stream} behind another operator, and cannot tell where a reader is to go on: ` +
          'put it directly behind the source, and leave entries out by data: (entry) => undefined.',
      );
    }
    this.id = id;
  }
}
