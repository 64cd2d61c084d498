import { ok as assert } from 'node:assert';
import { bookOf } from '../../../src/acks/ledger.js';
import type { FailureKind } from '../../../src/failure.js';
import type { Read } from '../../../src/streams/effects.js';
import type { Event } from '../../../src/streams/events.js';
import { room } from '../../../src/streams/credit.js';
import { execute, toEvent, type Work } from './commands.js';
import type { Connection, Reply } from './server.js';
import { behind } from './unread.js';
import type { Walk } from './walk.js';

interface Out {
  readonly work: Work;
  /** On its way, waiting at the server, or answered and on its way back. */
  stage: 'sent' | 'blocked' | 'written';
  answer: (() => Event) | undefined;
  reply?: Reply;
}

/** Work that goes with the connection for reading. */
function isOnConnection({ do: kind }: Work): boolean {
  return kind === 'read' || kind === 'probe';
}

/** The one piece of work that is out, and the connection for reading. */
export class Performer {
  out: Out | undefined;
  connection: Connection | undefined;
  /** The connection is dead, and nobody has noticed yet. */
  broken = false;
  /** The server does not notice when a connection goes. */
  halfOpen = false;
  /** Whether what is abandoned or cut on its way still reaches the server. */
  arrives = true;

  constructor(readonly walk: Walk) {}

  get idle(): boolean {
    return this.out === undefined;
  }

  /** Is the entry on its way to us? */
  carries(stream: string, id: string): boolean {
    const { reply } = this.out ?? {};
    if (reply === undefined || !('replies' in reply)) return false;
    return reply.replies.some((batch) => batch.stream === stream && batch.entries.some((entry) => entry.id === id));
  }

  start(work: Work): void {
    assert(this.out === undefined, `${work.do} while ${this.out?.work.do} is out`);
    const { state, home, plan } = this.walk;
    const left = plan.demand === 'pull' || state.phase.tag === 'closing' ? Infinity : room({ ...state, window: home.window });
    if (work.do === 'read') {
      assert(work.read.count >= 1, 'COUNT 0');
      assert(left > 0, 'read without room');
      assert(
        plan.demand === 'pull' || home.ledger.unconfirmed <= plan.bufferSize,
        'read with more acks on their way than allowed',
      );
      assert(work.read.count === 1 || work.read.count * work.read.from.length <= left, `COUNT ${work.read.count}, room ${left}`);
      assert(this.connection !== undefined, 'read without a connection');
    }
    if (work.do === 'probe') assert(this.connection !== undefined, 'probe without a connection');
    if (work.do === 'reconcile') {
      // While closing, nothing found is held: all of it goes back.
      assert(work.most >= 1 && (work.most <= left || state.phase.tag === 'closing'), `reconcile ${work.most}, room ${left}`);
      for (const [stream] of work.floors) bookOf(home.ledger, stream).confirmed = new Set();
    }
    if (work.do === 'take-over')
      assert(work.ids.length >= 1 && work.ids.length <= left, `take over ${work.ids.length}, room ${left}`);
    this.out = { work, stage: 'sent', answer: undefined };
  }

  /** The command reaches the server. */
  execute(): void {
    const { out } = this;
    if (out?.stage !== 'sent') return;
    if (isOnConnection(out.work) && (this.broken || this.connection === undefined)) return this.cut();
    if (out.work.do === 'read' && this.connection !== undefined) return this.#read(out, out.work.read, this.connection);
    if (out.work.do === 'read') return;
    out.answer = this.#run(out.work);
    out.stage = 'written';
  }

  /** The reply reaches us. */
  answer(): void {
    const { out } = this;
    if (out?.stage !== 'written' || out.answer === undefined) return;
    const event = out.answer();
    this.#done();
    this.walk.dispatch(event);
  }

  /** The server says no, and does nothing. */
  refuse(kind: FailureKind): void {
    if (this.out?.stage !== 'sent') return;
    this.#done();
    this.#failed(kind);
  }

  /** Nobody will know whether the server did it. */
  lose(): void {
    if (this.out === undefined) return;
    if (isOnConnection(this.out.work)) return this.cut();
    this.#lost();
    this.#failed('lost');
  }

  /** The connection for reading breaks; only what is out on it notices. */
  cut(): void {
    if (this.out !== undefined && isOnConnection(this.out.work)) this.#lost();
    else if (this.out === undefined) return void (this.broken = true);
    else return;
    if (this.connection && !this.halfOpen) this.walk.server.drop(this.connection);
    this.#failed('lost');
  }

  #failed(kind: FailureKind): void {
    this.walk.dispatch({ type: 'failed', failure: { kind, word: '', error: new Error(kind) } });
  }

  abandon(): void {
    if (this.out !== undefined) this.#lost();
  }

  disconnect(): void {
    assert(this.out === undefined || !isOnConnection(this.out.work), `disconnected under a ${this.out?.work.do}`);
    if (this.connection && !this.halfOpen) this.walk.server.drop(this.connection);
    this.connection = undefined;
  }

  #lost(): void {
    const { out, connection } = this;
    this.#done();
    if (out?.stage !== 'sent' || !this.arrives) return;
    if (out.work.do !== 'read') this.#run(out.work);
    else if (connection && !this.broken) this.#read(out, out.work.read, connection);
  }

  #done(): void {
    if (this.out?.work.do === 'reconcile') for (const book of this.walk.home.ledger.books.values()) book.confirmed = undefined;
    this.out = undefined;
  }

  #read(out: Out, read: Read, connection: Connection): void {
    out.stage = 'blocked';
    this.walk.server.read(connection, read, (reply) => {
      this.walk.behind = behind(this.walk);
      out.stage = 'written';
      out.reply = reply;
      out.answer = () => toEvent(reply);
    });
  }

  #run(work: Exclude<Work, { do: 'read' }>): () => Event {
    if (work.do !== 'connect') return execute(work, this.walk);
    this.broken = false;
    if (this.connection && !this.halfOpen) this.walk.server.drop(this.connection);
    const connection = (this.connection = this.walk.server.connect());
    return () => ({ type: 'connected', clientId: connection.id });
  }
}
