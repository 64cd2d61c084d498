import { asyncScheduler, concat, EMPTY, map, Observable, of, Subscription, type SchedulerLike, type Subscriber } from 'rxjs';
import { noEntry } from '../operators/owed.js';
import { ackAfter } from '../operators/ack-after.js';
import { subscribeInto } from '../operators/subscribe-into.js';
import type { Notice } from '../notices.js';
import type { Plan } from '../plan.js';
import { isSettleable } from '../settlement.js';
import { isSource, PLAN, type AnySource } from '../sources/source.js';
import { whenAborted } from '../sources/when-aborted.js';
import { encode } from './encode.js';
import { EncodeError } from './encode-error.js';
import { Heartbeat } from './heartbeat.js';
import type { AnyEntry, EventsPlan } from './options.js';
import { PlaceByEntries, PlaceInStreams, type Place } from './place.js';
import { Room, type FillingResponse, type WrittenBy } from './room.js';
import { POSITION, type ServerSentEvent } from './server-sent-event.js';
import { tellerOf, type Told } from './told.js';

/** What a line of events is made with. */
export interface LineEnv<E> {
  readonly plan: EventsPlan<E>;
  /** Nothing: whoever takes an event is ready for the next. */
  readonly response: { readonly to: FillingResponse; readonly writtenBy: WrittenBy } | undefined;
}

/** Entries as events, one after another; each entry is settled when its event is taken. Fails as its source does. */
export function eventsOf<E extends AnyEntry>(source: Observable<E>, env: LineEnv<E>): Observable<ServerSentEvent> {
  return new Observable((downstream) => new Line(source, env, downstream).live());
}

/** What stands directly behind a source of ours knows where reading begins, and when it is to end. */
function ownPlan(source: Observable<unknown>): Plan | undefined {
  return isSource(source) ? source[PLAN] : undefined;
}

/** One response. */
class Line<E extends AnyEntry> {
  readonly #source: Observable<E>;
  readonly #downstream: Subscriber<ServerSentEvent>;
  readonly #own: Plan | undefined;
  readonly #plan: EventsPlan<E>;
  readonly #place: Place;
  readonly #room: Room | undefined;
  readonly #told: Told;
  readonly #heartbeat: Heartbeat | undefined;
  /** Is sent once, with the first event that has an id: without one, Nest would give it one. */
  #retry: number | undefined;
  /** Reading, and the heartbeat. */
  readonly #life = new Subscription();

  constructor(source: Observable<E>, { plan, response }: LineEnv<E>, downstream: Subscriber<ServerSentEvent>) {
    this.#source = source;
    this.#downstream = downstream;
    this.#plan = plan;
    this.#own = ownPlan(source);
    this.#retry = plan.retry;
    this.#told = tellerOf(plan.notify ?? this.#own?.notify);
    const scheduler: SchedulerLike = plan.scheduler ?? this.#own?.scheduler ?? asyncScheduler;
    this.#room = response && new Room(response.to, { by: response.writtenBy, scheduler });
    this.#heartbeat = plan.heartbeat === undefined ? undefined : new Heartbeat({ every: plan.heartbeat, scheduler });
    this.#place =
      this.#own === undefined || this.#own.group !== undefined
        ? new PlaceByEntries({ ofGroup: this.#own?.group !== undefined })
        : new PlaceInStreams(this.#own);
  }

  live(): Subscription {
    const { signal } = this.#own ?? {};
    // What waits for a slow client is not waited for: it comes again by itself, and goes on where it was.
    if (signal !== undefined && !signal.aborted) this.#life.add(whenAborted(signal, () => this.#end()));
    if (this.#heartbeat !== undefined) this.#life.add(this.#heartbeat.begin(() => this.#beat()));
    this.#downstream.add(this.#life); // before it begins: a synchronous source may be unsubscribed while it emits
    const events = this.#heard().pipe(
      map((entry) => {
        if (!isSettleable(entry)) throw noEntry('toServerSentEvents', 'entries', entry);
        return entry;
      }),
      ackAfter((entry) => this.#project(entry as E)),
    ) as Observable<ServerSentEvent>;
    subscribeInto(this.#life, events, {
      next: (event) => this.#emit(event),
      error: (error: unknown) => {
        this.#life.unsubscribe();
        this.#downstream.error(error);
      },
      complete: () => this.#end(),
    });
    return this.#life;
  }

  #end(): void {
    this.#life.unsubscribe();
    this.#downstream.complete();
  }

  /** The source, with our ear at what it tells. */
  #heard(): Observable<E> {
    const place = this.#place;
    if (this.#own === undefined || !(place instanceof PlaceInStreams)) return this.#source;
    const { notify: others } = this.#own;
    const notify = (notice: Notice): void => {
      if (place.heard(notice)) this.#begun();
      others?.(notice);
    };
    return (this.#source as unknown as AnySource).with({ notify }) as Observable<E>;
  }

  #begun(): void {
    this.#emit({ ...this.#placed(), type: POSITION, data: '' });
  }

  #beat(): void {
    const { id } = this.#place;
    if (this.#room?.isFull !== true) this.#emit(id === undefined ? { comment: '' } : { id, comment: '' });
  }

  #emit(event: ServerSentEvent): void {
    this.#heartbeat?.sent();
    this.#downstream.next(event);
  }

  #project(entry: E): unknown {
    this.#place.passed(entry);
    const event = this.#encoded(entry);
    if (event === undefined) return EMPTY;
    const placed = { ...this.#placed(), ...event };
    const room = this.#room;
    return room === undefined ? placed : concat(of(placed), new Observable<never>((next) => room.taken().subscribe(next)));
  }

  #placed(): Pick<ServerSentEvent, 'id' | 'retry'> {
    const { id } = this.#place;
    const retry = this.#retry;
    this.#retry = undefined;
    return { ...(id === undefined ? {} : { id }), ...(retry === undefined ? {} : { retry }) };
  }

  #encoded(entry: E): Pick<ServerSentEvent, 'type' | 'data'> | undefined {
    try {
      return encode(entry, this.#plan);
    } catch (reason) {
      const { stream, id } = entry;
      this.#told.once({ type: 'not-sent', stream, id, error: new EncodeError(entry, reason) });
      return undefined;
    }
  }
}
