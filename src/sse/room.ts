import { asyncScheduler, EMPTY, Observable, type SchedulerLike } from 'rxjs';
import { wrongType } from '../checks.js';

/** What a response of `node:http`, and so of Express, Fastify (`reply.raw`) and Nest, tells of a client that reads slowly. */
export interface FillingResponse {
  /** It has more than it wants, and says `drain` when that has gone. */
  readonly writableNeedDrain: boolean;
  on(event: 'close' | 'drain', listener: () => void): unknown;
  off(event: 'close' | 'drain', listener: () => void): unknown;
}

/** Who writes events to the response: we, at once; or somebody else, in a moment. */
export type WrittenBy = 'us' | 'others';

/** So many events may be on their way between us and others' writing before we look whether they have arrived. */
const ON_THEIR_WAY = 16;

/** Whether a response has room for more, and when it will. */
export class Room {
  readonly #response: FillingResponse;
  readonly #by: WrittenBy;
  readonly #scheduler: SchedulerLike;
  /** Events since we looked last. */
  #passed = 0;

  constructor(response: FillingResponse, { by, scheduler = asyncScheduler }: { by: WrittenBy; scheduler?: SchedulerLike }) {
    this.#response = response;
    this.#by = by;
    this.#scheduler = scheduler;
  }

  get isFull(): boolean {
    return this.#response.writableNeedDrain;
  }

  /** Completes when the event that was just handed on has been taken and another may follow. */
  taken(): Observable<never> {
    if (this.isFull) return this.#drained;
    if (this.#by === 'us' || ++this.#passed < ON_THEIR_WAY) return EMPTY;
    this.#passed = 0;
    return this.#written;
  }

  readonly #drained = new Observable<never>((subscriber) => {
    const drained = (): void => subscriber.complete();
    this.#response.on('drain', drained);
    subscriber.add(() => this.#response.off('drain', drained));
  });

  /** Others write in the same turn of the event loop, whatever they wait for. */
  readonly #written = new Observable<never>((subscriber) => {
    subscriber.add(
      this.#scheduler.schedule(() => {
        if (!this.isFull) return subscriber.complete();
        subscriber.add(this.#drained.subscribe(subscriber));
      }),
    );
  });
}

export function checkResponse<R extends FillingResponse>(value: unknown, members: readonly (keyof R & string)[]): R {
  const fits = typeof value === 'object' && value !== null && members.every((member) => member in value);
  if (!fits) throw wrongType('response', value, 'the response of node:http (of Fastify its reply.raw)');
  return value as R;
}
