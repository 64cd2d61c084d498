import type { EventLike, EventSourceLike } from 'rxjs-redis-streams/browser';

/** An EventSource that does what the test says, and remembers. */
export class FakeEventSource implements EventSourceLike {
  readyState = 0;
  readonly #listeners = new Map<string, ((event: EventLike) => void)[]>();

  constructor(
    readonly url: string,
    readonly init?: { readonly withCredentials: boolean },
  ) {}

  addEventListener(type: string, listener: (event: EventLike) => void): void {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener]);
  }

  close(): void {
    this.readyState = 2;
  }

  #fire(type: string, event: EventLike): void {
    for (const listener of this.#listeners.get(type) ?? []) listener(event);
  }

  /** The server has answered. */
  open(): void {
    this.readyState = 1;
    this.#fire('open', {});
  }

  event(lastEventId: string, data: unknown, type = 'message'): void {
    this.#fire(type, { data: typeof data === 'string' ? data : JSON.stringify(data), lastEventId });
  }

  /** The connection is lost, and the browser makes it anew. */
  lose(): void {
    this.readyState = 0;
    this.#fire('error', {});
  }

  /** The server has refused, and the browser does nothing more. */
  fail(): void {
    this.readyState = 2;
    this.#fire('error', {});
  }
}
