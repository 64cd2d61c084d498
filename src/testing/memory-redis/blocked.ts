import type { Subscription } from 'rxjs';
import type { Keyspace } from './keyspace.js';
import type { Reply } from './reply.js';
import type { Stream } from './stream.js';

/** What a blocking read answers instead of a reply when there is nothing yet. */
export class Wait {
  constructor(
    readonly keyspace: Keyspace,
    readonly options: {
      readonly keys: readonly string[];
      /** ms; 0 is for ever. */
      readonly timeout: number;
      /** The reply once the key has something; undefined while it has not; throws when the wait has lost its object. */
      serve(key: string, stream: Stream | undefined): Reply | undefined;
    },
  ) {}
}

/** How a wait ends; exactly one of them is called, once, unless it is cancelled. */
export interface Waiter {
  reply(reply: Reply): void;
  fail(error: unknown): void;
}

/** A blocking read that is out. */
export class Blocked {
  readonly keys: readonly string[];
  readonly #wait: Wait;
  readonly #waiter: Waiter;
  readonly #timer: Subscription | undefined;

  constructor(wait: Wait, waiter: Waiter) {
    this.keys = wait.options.keys;
    this.#wait = wait;
    this.#waiter = waiter;
    const { timeout } = wait.options;
    if (timeout > 0) this.#timer = wait.keyspace.clock.after(timeout, () => this.end({ reply: null }));
    wait.keyspace.block(this);
  }

  serve(key: string, stream: Stream | undefined): void {
    try {
      const reply = this.#wait.options.serve(key, stream);
      if (reply !== undefined) this.end({ reply });
    } catch (error) {
      this.end({ error });
    }
  }

  end(how: { reply: Reply } | { error: unknown }): void {
    this.cancel();
    if ('reply' in how) this.#waiter.reply(how.reply);
    else this.#waiter.fail(how.error);
  }

  /** Nobody waits any more: the connection is gone. */
  cancel(): void {
    this.#timer?.unsubscribe();
    this.#wait.keyspace.unblock(this);
  }
}
