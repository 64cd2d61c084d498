import { Subscription, type Subscriber } from 'rxjs';
import type { ConnectionState } from './connection-state.js';
import type { EventLike, EventSourceLike } from './event-source-like.js';
import type { InvalidEvent } from './invalid-event.js';
import type { FeedPlan } from './options.js';
import { validated } from './validated.js';

/** An event that came. */
export interface ReceivedEvent<T = unknown> {
  /** Where the response stood with it: what the page comes back with. */
  readonly id: string;
  readonly type: string;
  readonly value: T;
}

/** The type of an event that says where a response stands, and nothing else. */
const POSITION = 'stream-position';

const [CONNECTING, OPEN] = [0, 1];

/** One subscription: a connection, made anew whenever it is lost, behind the last event that was emitted. */
export class Feed<T> {
  readonly #plan: FeedPlan<T>;
  readonly #subscriber: Subscriber<ReceivedEvent<T>>;
  readonly #tell: (state: ConnectionState) => void;
  /** The last id; empty before the first. */
  #id: string;
  /** How often it failed since it was open. */
  #attempt = 0;
  #source: EventSourceLike | undefined;
  /** The wait before the next connection. */
  #wait = Subscription.EMPTY;
  /** None, or one that has failed. */
  #storage: FeedPlan<T>['storage'];

  constructor(plan: FeedPlan<T>, subscriber: Subscriber<ReceivedEvent<T>>, tell: (state: ConnectionState) => void) {
    this.#plan = plan;
    this.#subscriber = subscriber;
    this.#tell = tell;
    this.#storage = plan.storage;
    this.#id = this.#kept((storage) => storage.getItem(plan.key)) || plan.lastEventId;
  }

  live(): void {
    const { addEventListener, removeEventListener } = globalThis as Partial<EventTarget>;
    // Back from sleep, from another network, or from the page cache: the connection of before may only look open.
    const online = (): void => this.#open();
    const shown = (event: object): void => void ('persisted' in event && event.persisted === true && this.#open());
    addEventListener?.('online', online);
    addEventListener?.('pageshow', shown);
    this.#subscriber.add(() => {
      removeEventListener?.('online', online);
      removeEventListener?.('pageshow', shown);
      this.#close();
      this.#tell({ is: 'closed' });
    });
    this.#open();
  }

  #close(): void {
    this.#wait.unsubscribe();
    this.#source?.close();
    this.#source = undefined;
  }

  #open(): void {
    const { events, eventSource, withCredentials } = this.#plan;
    this.#close();
    this.#tell({ is: 'connecting', attempt: this.#attempt });
    if (this.#subscriber.closed) return;
    let source: EventSourceLike;
    try {
      source = eventSource(this.#url(), { withCredentials });
    } catch (error) {
      return this.#subscriber.error(error);
    }
    this.#source = source;
    const on = (type: string, act: (event: EventLike) => void): void =>
      source.addEventListener(type, (event) => void (this.#source === source && act(event)));
    on('open', () => {
      this.#attempt = 0;
      this.#tell({ is: 'open' });
    });
    on('error', () => this.#failed(source.readyState));
    on(POSITION, ({ lastEventId }) => this.#passed(lastEventId));
    for (const type of new Set(events)) on(type, (event) => this.#came(type, event));
  }

  /** In the query: no header can be set, and the browser's own, which it sends when it comes again by itself, is as new or newer. */
  #url(): string {
    const [url = ''] = this.#plan.url.split('#');
    return this.#id === '' ? url : `${url}${url.includes('?') ? '&' : '?'}lastEventId=${encodeURIComponent(this.#id)}`;
  }

  #failed(readyState: number): void {
    if (readyState === OPEN) return; // an event that the server has named `error`
    const attempt = (this.#attempt += 1);
    if (readyState === CONNECTING) return this.#tell({ is: 'connecting', attempt }); // the browser does it
    const delay = this.#plan.delay(attempt);
    this.#close();
    this.#wait = this.#plan.scheduler.schedule(() => this.#open(), delay);
    this.#tell({ is: 'waiting', attempt, delay });
  }

  #came(type: string, { data, lastEventId: id = '' }: EventLike): void {
    const event = { id, type, data: String(data) };
    const result = validated(event, this.#plan);
    if ('invalid' in result) {
      this.#passed(id); // one error for one event: whoever comes again comes behind it
      this.#refuse(result.invalid);
    } else {
      this.#subscriber.next({ id, type, value: result.value });
      this.#passed(id);
    }
  }

  #refuse(invalid: InvalidEvent): void {
    const { onInvalid } = this.#plan;
    if (onInvalid === 'error') return this.#subscriber.error(invalid);
    try {
      onInvalid(invalid);
    } catch (error) {
      this.#subscriber.error(error);
    }
  }

  #passed(id = ''): void {
    if (id === '') return;
    this.#id = id;
    this.#kept((storage) => storage.setItem(this.#plan.key, id));
  }

  /** Storage that is full, or forbidden, is no reason to show nothing: that is an uncaught error, once, and the place is kept here alone. */
  #kept<R>(act: (storage: NonNullable<FeedPlan<T>['storage']>) => R): R | undefined {
    if (this.#storage === undefined) return undefined;
    try {
      return act(this.#storage);
    } catch (error) {
      this.#storage = undefined;
      this.#plan.scheduler.schedule(() => {
        throw error;
      });
      return undefined;
    }
  }
}
