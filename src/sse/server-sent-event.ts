/** An event of a response, as Nest's `@Sse()` takes it (its `MessageEvent`). */
export interface ServerSentEvent {
  /** Where the response stands with this event: what comes back as `Last-Event-ID`. */
  readonly id?: string;
  /** The name of the event; without one it is `message`. */
  readonly type?: string;
  readonly data?: string;
  /** ms after which a browser comes again once the connection is lost. */
  readonly retry?: number;
  /** No browser shows it. */
  readonly comment?: string;
}

/**
 * The type of the first event: nothing but where the response stands, so that a reader who loses the connection before the first
 * entry misses none. Nobody who does not ask for it by name is shown it.
 */
export const POSITION = 'stream-position';
