import { BehaviorSubject, Observable } from 'rxjs';
import type { ConnectionState } from './connection-state.js';
import { Feed, type ReceivedEvent } from './feed.js';
import { planFeed, type FromServerSentEventsOptions } from './options.js';

/** Events of a server, as a cold Observable that knows how it is connected. */
export interface ServerSentEventsSource<T = unknown> extends Observable<ReceivedEvent<T>> {
  /** How the subscription that was made last is connected; now, and whenever that changes. Subscribing to it connects nothing. */
  readonly state: Observable<ConnectionState>;
}

/**
 * Server-sent events in a browser, as a cold Observable that goes on where it was: after errors, sleep and, with a `storage`, reload.
 *
 * Use it for what `toServerSentEvents` or `writeServerSentEvents` send, or any server with ids in its events that heeds `Last-Event-ID`
 * and `?lastEventId=`. It needs nothing of Node. Each subscription is a connection of its own: `share()` where several look at one.
 *
 * ```
 * server   --1-0--2-0--x  (down)      ?lastEventId=2-0
 * state    co----------c---w----------co
 * result   --1-0--2-0-----------------3-0--4-0--
 * ```
 *
 * @example
 * ```ts
 * readonly #feed = fromServerSentEvents('/orders', { schema: Order, storage: sessionStorage });
 * readonly connection = toSignal(this.#feed.state, { requireSync: true });
 * readonly orders = toSignal(this.#feed.pipe(scan((orders, { value }) => [value, ...orders].slice(0, 100), [] as Order[])), { initialValue: [] });
 * ```
 *
 * A lost connection is no error, whatever the reason: see `state`. It ends when it is unsubscribed (`takeUntilDestroyed()`).
 *
 * What can go wrong:
 * - An event cannot be parsed, or the schema refuses it: an `InvalidEvent` error, or `onInvalid` is told and it goes on.
 * - There is no `EventSource` (on a server that renders the page): a `TypeError` when it is subscribed.
 * - `storage` throws, because it is full or forbidden: an uncaught error, once; the place is then kept in memory.
 * - Wrong options throw a `TypeError` at the call.
 */
export function fromServerSentEvents<T = unknown>(
  url: string | URL,
  options: FromServerSentEventsOptions<T> = {},
): ServerSentEventsSource<T> {
  const plan = planFeed(url, options);
  const state = new BehaviorSubject<ConnectionState>({ is: 'closed' });
  /** The subscription that was made last. */
  let latest: object | undefined;
  const source = new Observable<ReceivedEvent<T>>((subscriber) => {
    latest = subscriber;
    new Feed(plan, subscriber, (now) => {
      if (latest === subscriber) state.next(now);
    }).live();
  });
  return Object.assign(source, { state: state.asObservable() });
}
