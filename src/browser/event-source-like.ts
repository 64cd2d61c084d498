/** What is needed of an `EventSource`: that of browsers has it, and so have those of npm that can send headers. */
export interface EventSourceLike {
  /** 0 while it connects, also again; 1 open; 2 closed, and it comes again no more. */
  readonly readyState: number;
  addEventListener(type: string, listener: (event: EventLike) => void): void;
  close(): void;
}

/** An event of it. What says that it is open, or has failed, has neither. */
export interface EventLike {
  readonly data?: unknown;
  readonly lastEventId?: string;
}

export type MakeEventSource = (url: string, init: { readonly withCredentials: boolean }) => EventSourceLike;

/** That of the browser. */
export function browsersOwn(url: string, init: { readonly withCredentials: boolean }): EventSourceLike {
  const { EventSource } = globalThis as { EventSource?: new (...args: Parameters<MakeEventSource>) => EventSourceLike };
  if (EventSource !== undefined) return new EventSource(url, init);
  throw new TypeError('There is no EventSource here: subscribe in a browser only, or give fromServerSentEvents an eventSource.');
}
