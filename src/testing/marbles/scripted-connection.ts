import { Subscription, type SchedulerLike, type Subscriber } from 'rxjs';
import { ConnectionLost } from '../../wire/failures.js';
import type { ReadRequest, StreamReply } from '../../wire/port.js';
import type { ScriptedServer } from './scripted-server.js';

/** The read that is out. */
interface Blocked {
  readonly request: ReadRequest;
  readonly to: Subscriber<readonly StreamReply[]>;
  readonly timer: Subscription;
}

/**
 * - `open`: reads are answered.
 * - `hung`: nobody is told that it is dead. The server goes on writing replies that never arrive.
 * - `closed`: reads fail.
 */
type Phase = 'open' | 'hung' | 'closed';

/** A connection for reading, as the server sees it. */
export class ScriptedConnection {
  #phase: Phase = 'open';
  #blocked: Blocked | undefined;

  constructor(
    readonly server: ScriptedServer,
    readonly clientId: number,
  ) {}

  read(request: ReadRequest, to: Subscriber<readonly StreamReply[]>, scheduler: SchedulerLike): void {
    if (this.#phase === 'closed') return to.error(new ConnectionLost('there is no connection to read from'));
    // What is sent from now on does not even arrive.
    if (this.#phase === 'hung') return;
    const blocked: Blocked = { request, to, timer: new Subscription() };
    this.#blocked = blocked;
    // Whoever stops listening closes the connection too; a server that cannot see that goes on.
    to.add(() => {
      if (this.#phase !== 'hung' && this.#blocked === blocked) this.#take();
    });
    if (this.look() || this.#blocked !== blocked) return;
    if (request.block === undefined) return this.#reply([]);
    blocked.timer.add(scheduler.schedule(() => this.#reply([]), request.block));
  }

  /** XINFO STREAM; a connection that hangs does not answer. */
  lastGenerated(stream: string, to: Subscriber<string | undefined>): void {
    if (this.#phase === 'closed') return to.error(new ConnectionLost('there is no connection to read from'));
    if (this.#phase === 'hung') return;
    to.next(this.server.stream(stream).lastGenerated);
    to.complete();
  }

  /** Answers the read that is out, if there is something to answer. */
  look(): boolean {
    if (this.#blocked === undefined) return false;
    try {
      const replies = this.server.read(this.#blocked.request);
      if (replies.length === 0) return false;
      this.#reply(replies);
    } catch (error) {
      const blocked = this.#take();
      if (this.#phase !== 'hung') blocked?.to.error(error);
    }
    return true;
  }

  /** CLIENT UNBLOCK: whether a read was blocked. */
  unblock(): boolean {
    if (this.#blocked === undefined) return false;
    this.#reply([]);
    return true;
  }

  hang(): void {
    if (this.#phase === 'open') this.#phase = 'hung';
  }

  /** Closed by us: a server that cannot see that keeps the read. */
  close(): void {
    if (this.#phase === 'hung' && this.#blocked !== undefined) return;
    this.cut(new ConnectionLost('the connection was closed'));
  }

  cut(error: Error): void {
    const hung = this.#phase === 'hung';
    this.#phase = 'closed';
    this.server.connections.delete(this);
    const blocked = this.#take();
    if (!hung) blocked?.to.error(error);
  }

  #reply(replies: readonly StreamReply[]): void {
    const { server } = this;
    if (this.#phase === 'open' && server.loseNext && replies.some(({ entries }) => entries.length > 0)) {
      server.loseNext = false;
      return this.cut(new ConnectionLost('the connection was lost, and a reply with it (fault L)'));
    }
    const blocked = this.#take();
    if (this.#phase === 'hung') return;
    blocked?.to.next(replies);
    blocked?.to.complete();
  }

  #take(): Blocked | undefined {
    const blocked = this.#blocked;
    this.#blocked = undefined;
    blocked?.timer.unsubscribe();
    return blocked;
  }
}
