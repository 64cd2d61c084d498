import type { Observable, Subscriber } from 'rxjs';
import type { PublishPlan } from '../check-publish-options.js';
import { publishes } from '../channels.js';
import { kindOf } from '../checks.js';
import type { Entry } from '../entry.js';
import { StreamsError } from '../errors.js';
import { Fifo } from '../fifo.js';
import { flatOf } from '../outgoing.js';
import { isSettleable, type Addition } from '../settlement.js';
import type { PublisherClient } from '../sources/open-publisher.js';
import type { Publisher } from '../sources/publisher.js';
import { trimNow } from '../trimming.js';
import { announced } from './announced.js';
import { isNothing, owedFor, settle, settlementsOf, take, type Owed } from './owed.js';
import { StageLife } from './stage-life.js';

/** A value on its way; `owed` where it is an entry, or several. */
interface Arrival<In> {
  readonly value: In;
  readonly owed: Owed | undefined;
}

export interface PublishStageEnv<In> extends PublishPlan {
  readonly stream: string | ((value: In) => string);
  readonly publisher: (client: PublisherClient<Arrival<In>>) => Publisher<Arrival<In>>;
  readonly downstream: Subscriber<string>;
}

/** One subscription of `publishTo`: what waits, what is on its way, and the entries that are acked when it has arrived. */
export class PublishStage<In> {
  readonly #env: PublishStageEnv<In>;
  readonly #life: StageLife;
  readonly #publisher: Publisher<Arrival<In>>;
  readonly #waiting = new Fifo<Arrival<In>>();
  /** The index of the next value that is encoded. */
  #index = 0;

  constructor(env: PublishStageEnv<In>) {
    this.#env = env;
    this.#publisher = env.publisher({
      added: ({ owed }, id) => this.#life.turn(() => this.#added(owed, id)),
      refused: (error, all) => this.#life.turn(() => this.#refused(error, all)),
      roomy: () => this.#life.turn(() => undefined),
    });
    this.#life = new StageLife({
      downstream: env.downstream,
      proceed: () => this.#proceed(),
      isIdle: () => this.#publisher.isIdle && this.#waiting.size === 0,
      giveBack: () => this.#giveBack(),
      cancel: () => leave(this.#publisher.close()),
      met: () => undefined,
      comesNoMore: () => undefined, // what was nacked before it came here is nobody's to wait for
    });
  }

  live(source: Observable<In>): void {
    this.#life.live(source, (value) => this.#arrive(value));
    this.#env.downstream.add(() => this.#publisher.close()); // at the end, too: its names are free again
  }

  #arrive(value: In): void {
    const found = owedFor(value);
    const owed = found === undefined || isNothing(found) ? undefined : found;
    // Entries that are not settled are counted by the window of their source.
    const isHeld = owed !== undefined && settlementsOf(owed).some(({ settled }) => !settled);
    if (owed !== undefined) {
      take(owed);
      this.#life.meet(owed);
      if (!this.#life.isOpen) return settle(owed, 'released'); // a session met may refuse at once
    }
    if (!isHeld && this.#waiting.size >= this.#env.maxWaiting) return this.#life.stop(overflow(this.#env.maxWaiting));
    this.#waiting.push({ value, owed });
    this.#life.turn(() => undefined);
  }

  #proceed(): void {
    while (this.#publisher.hasRoom) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      if (this.#life.mayStart(next.owed)) this.#publish(next);
      else leave([next], 'released');
    }
  }

  #publish(arrival: Arrival<In>): void {
    let what: Addition;
    try {
      what = this.#additionOf(arrival.value);
      if (publishes.hasSubscribers) what = announced(what, arrival.owed === undefined ? [] : arrival.value);
    } catch (error) {
      leave([arrival]);
      return this.#life.stop(error);
    }
    this.#publisher.add(arrival, what);
  }

  #additionOf(value: In): Addition {
    const { stream, encode, trim } = this.#env;
    const to: unknown = typeof stream === 'function' ? stream(value) : stream;
    if (typeof to !== 'string' || to === '') throw new TypeError(`the stream of a value is ${kindOf(to)}, but must be a name.`);
    const fields = encode === undefined ? ownFields(value) : encode(value, this.#index++);
    const from = encode === undefined ? 'a value (there is no encode)' : 'the result of encode';
    return { to, fields: flatOf(fields, { from }), trim: trimNow(trim) };
  }

  /** Acked first and emitted then: `take(1)` below may unsubscribe us there. */
  #added(owed: Owed | undefined, id: string): void {
    if (owed !== undefined) settle(owed, 'acked');
    this.#life.emit(id);
  }

  #refused(error: Error, all: readonly Arrival<In>[]): void {
    leave(all);
    this.#life.stop(error);
  }

  #giveBack(): void {
    const waiting = this.#waiting.all();
    for (const each of waiting) {
      this.#waiting.shift();
      // Reading has ended above, and what nobody can give back is still wanted.
      if (each.owed === undefined && this.#life.mayStart(undefined)) this.#waiting.push(each);
      else leave([each], 'released');
    }
    if (!this.#life.mayStart(undefined)) leave(this.#publisher.stop());
  }
}

function leave(all: readonly Arrival<unknown>[], as: 'left' | 'released' = 'left'): void {
  for (const { owed } of all) if (owed !== undefined) settle(owed, as);
}

function ownFields(value: unknown): unknown {
  return isSettleable(value) ? (value as Partial<Entry>).pairs : value;
}

function overflow(most: number): StreamsError {
  return new StreamsError(
    'PUBLISH_OVERFLOW',
    `${most} values wait to be published (maxWaiting), and more come: Redis takes them more slowly than they come, or cannot be reached, and ` +
      'nothing holds their source back. Let publishTo settle the entries of a source itself, or see to it that fewer come.',
  );
}
