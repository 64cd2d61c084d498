import { Answers, type Listener } from './answers.js';
import { Blocked, Wait } from './blocked.js';
import { CONNECTION_CLOSED, ReplyError } from './errors.js';
import type { Reply } from './reply.js';
import type { Server } from './server.js';

/** As ioredis names them. */
export type Status = 'wait' | 'connecting' | 'connect' | 'ready' | 'reconnecting' | 'close' | 'end';

/** A command on its way: what it does once it is its turn, and who hears of it. */
export interface Sent extends Listener {
  /** A value for `resolve` (a promise included), or a Wait. Throws the error reply. */
  run(): unknown;
  /** Turns the reply that ends a Wait into the value. */
  present(reply: Reply): unknown;
}

export interface ConnectionEvents {
  /** In the middle of the change: `ready` is told before the commands that waited for it run. */
  status(status: Status): void;
  /** Whether the client connects again after a loss. */
  reopens(): boolean;
}

/** One connection: its state, its order of commands, and the blocking read that holds all others up. */
export class Connection {
  status: Status = 'wait';
  /** What CLIENT ID says: another one after each connect. */
  id = 0;
  /** CLIENT SETNAME. */
  name = '';
  readonly #server: Server;
  readonly #events: ConnectionEvents;
  readonly #answers: Answers;
  /** Commands that wait: for the connection to be ready, or behind a blocking read. */
  #waiting: Sent[] = [];
  #blocked: { readonly sent: Sent; readonly blocked: Blocked } | undefined;
  /** The commands that waited are about to run, in their order: what comes now waits behind them. */
  #draining = false;
  /** Callers of `open()`. */
  #opening: { resolve(): void; reject(error: Error): void } | undefined;
  /** Counts opens and closes: what an earlier one has scheduled is void. */
  #epoch = 0;

  constructor(server: Server, events: ConnectionEvents) {
    this.#server = server;
    this.#events = events;
    this.#answers = new Answers({ turns: !server.clock.isHandedIn });
  }

  /** Nothing waits to be sent. */
  get idle(): boolean {
    return this.#waiting.length === 0;
  }

  get isBlocked(): boolean {
    return this.#blocked !== undefined;
  }

  open(): Promise<void> {
    const { status } = this;
    if (status === 'connecting' || status === 'connect' || status === 'ready') {
      return Promise.reject(new Error('Redis is already connecting/connected'));
    }
    this.#become('connecting');
    const epoch = ++this.#epoch;
    process.nextTick(() => {
      if (epoch !== this.#epoch) return;
      this.id = this.#server.nextClientId();
      this.#server.connections.set(this.id, this);
      this.#become('connect');
      this.#become('ready');
      this.#opening?.resolve();
      this.#drain();
    });
    return new Promise((resolve, reject) => (this.#opening = { resolve, reject }));
  }

  /** At once: nothing is delivered to a read that is out. With `reopen`, commands that are out are sent again, as ioredis does. */
  close({ reopen = false } = {}): void {
    if (this.status === 'end' || this.status === 'close') return;
    const epoch = ++this.#epoch;
    this.#server.connections.delete(this.id);
    if (this.#blocked) {
      this.#blocked.blocked.cancel();
      this.#waiting.unshift(this.#blocked.sent);
    }
    this.#blocked = undefined;
    this.#draining = false;
    this.#become('close');
    if (!reopen) this.#refuse();
    process.nextTick(() => {
      if (epoch !== this.#epoch) return;
      this.#become(reopen ? 'reconnecting' : 'end');
      if (reopen)
        this.open().catch(() => {}); // whoever waits for it has a command in the queue, which is told
      else this.#refuse();
    });
  }

  /** The server cuts it. */
  lose(): void {
    this.close({ reopen: this.#events.reopens() });
  }

  submit(sent: Sent): void {
    if (this.status === 'end') sent.reject(new Error(CONNECTION_CLOSED));
    else if (this.status !== 'ready' || this.#blocked || this.#draining) this.#waiting.push(sent);
    else this.#run(sent);
  }

  /** CLIENT UNBLOCK: whether something was blocked. */
  unblock(how: 'TIMEOUT' | 'ERROR'): boolean {
    const blocked = this.#blocked?.blocked;
    blocked?.end(how === 'TIMEOUT' ? { reply: null } : { error: new ReplyError(UNBLOCKED) });
    return blocked !== undefined;
  }

  /** Nothing that waits will be sent. */
  #refuse(): void {
    this.#opening?.reject(new Error(CONNECTION_CLOSED));
    for (const sent of this.#waiting.splice(0)) sent.reject(new Error(CONNECTION_CLOSED));
  }

  #become(status: Status): void {
    this.status = status;
    this.#events.status(status);
  }

  #run(sent: Sent): void {
    try {
      const value = this.#server.atomically(() => sent.run());
      if (value instanceof Wait) this.#block(sent, value);
      else this.#answers.tell(sent, { value });
    } catch (error) {
      this.#answers.tell(sent, { error });
    }
  }

  #block(sent: Sent, wait: Wait): void {
    const blocked = new Blocked(wait, {
      reply: (reply) => {
        this.#resume();
        this.#answers.tell(sent, { value: sent.present(reply) });
      },
      fail: (error) => {
        this.#resume();
        this.#answers.tell(sent, { error });
      },
    });
    this.#blocked = { sent, blocked };
  }

  #resume(): void {
    this.#blocked = undefined;
    this.#draining = true;
    const epoch = this.#epoch;
    queueMicrotask(() => {
      if (epoch !== this.#epoch) return;
      this.#draining = false;
      this.#drain();
    });
  }

  #drain(): void {
    while (this.#waiting.length > 0 && this.status === 'ready' && !this.#blocked) {
      // Taken out at once: a hundred thousand of them, one by one, would each move all the others.
      const sent = this.#waiting.splice(0);
      let next = 0;
      this.#draining = true;
      while (next < sent.length && this.status === 'ready' && !this.#blocked) this.#run(sent[next++] as Sent);
      this.#draining = false;
      this.#waiting = [...sent.slice(next), ...this.#waiting];
    }
    if (this.status === 'close') this.#refuse();
  }
}

const UNBLOCKED = 'UNBLOCKED client unblocked via CLIENT UNBLOCK';
