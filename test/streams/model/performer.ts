import { ok as assert } from 'node:assert';
import type { Subscription } from 'rxjs';
import type { AckSession } from '../../../src/acks/session.js';
import type { FailureKind } from '../../../src/failure.js';
import type { Read } from '../../../src/streams/effects.js';
import type { Event } from '../../../src/streams/events.js';
import { room } from '../../../src/streams/credit.js';
import { perform, type Work } from '../../../src/sources/work.js';
import { classify } from '../../../src/wire/failures.js';
import type { Port, Reader } from '../../../src/wire/port.js';
import { replyError } from '../../support/fake-port.js';
import { ModelPort } from './port.js';
import type { Connection, Reply } from './server.js';
import { behind } from './unread.js';
import type { Walk } from './walk.js';

/** On our own connection. */
interface Own {
  readonly work: Extract<Work, { do: 'read' | 'connect' | 'probe' }>;
  /** On its way, waiting at the server, or answered and on its way back. */
  stage: 'sent' | 'blocked' | 'written';
  answer: (() => Event) | undefined;
  reply?: Reply;
}

/** Work that goes with the connection for reading. */
function isOnConnection({ do: kind }: Work): boolean {
  return kind === 'read' || kind === 'probe';
}

/** Several commands of the caller's client, one after another. */
interface Shared {
  readonly work: Exclude<Work, { do: 'read' | 'connect' | 'probe' }>;
  readonly stage: 'sent' | 'written';
  running: Subscription | undefined;
}

/**
 * The one piece of work that is out, and the connection for reading. Reads are modelled; whatever takes commands of the caller's
 * client runs as it does in `sources/`, command by command.
 */
export class Performer {
  out: Own | Shared | undefined;
  readonly port: ModelPort;
  /** The event that the work has answered with. */
  #ended: Event | undefined;
  connection: Connection | undefined;
  /** The connection is dead, and nobody has noticed yet. */
  broken = false;
  /** The server does not notice when a connection goes. */
  halfOpen = false;
  /** Whether what is abandoned or cut on its way still reaches the server. */
  arrives = true;

  constructor(readonly walk: Walk) {
    this.port = new ModelPort(walk);
  }

  get idle(): boolean {
    return this.out === undefined;
  }

  /** Is the entry on its way to us? */
  carries(stream: string, id: string): boolean {
    const { out } = this;
    const reply = out !== undefined && 'reply' in out ? out.reply : undefined;
    if (reply === undefined || !('replies' in reply)) return false;
    return reply.replies.some((batch) => batch.stream === stream && batch.entries.some((entry) => entry.id === id));
  }

  /** Work is out that may bring entries of that stream. */
  names(stream: string): boolean {
    const work = this.out?.work;
    switch (work?.do) {
      case 'read':
        return work.read.from.some(([each]) => each === stream);
      case 'take-over':
        return work.takeover.stream === stream;
      case 'claim':
        return work.stream === stream;
      case 'reconcile':
        return work.floors.some(([each]) => each === stream);
      default:
        return false;
    }
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
    }
    if (work.do === 'take-over') {
      const { origin, entries } = work.takeover;
      const { length } = entries;
      assert(length >= 1 && (length <= left || (origin === 'redelivered' && length === 1)), `take over ${length}, room ${left}`);
    }
    if (work.do === 'claim') assert(work.most >= 1 && work.most <= left, `claim ${work.most}, room ${left}`);
    if (work.do === 'look-back') assert(work.count >= 1 && left > 0, `look back ${work.count}, room ${left}`);
    if (work.do === 'read' || work.do === 'connect' || work.do === 'probe') this.out = { work, stage: 'sent', answer: undefined };
    else this.#run(work);
  }

  #run(work: Shared['work']): void {
    const { walk, port } = this;
    const { ledger } = walk.home;
    const session = {
      ledger,
      tell: () => undefined,
      ackAway: (stream: string, ids: readonly string[]) => walk.home.ackAway(stream, ids),
    } as unknown as AckSession;
    const out: Shared = {
      work,
      get stage() {
        return port.stage;
      },
      running: undefined,
    };
    this.out = out;
    const ended = (event: Event): void => void (this.#ended = event);
    const env = { plan: walk.plan, port: port as unknown as Port, session, reader: NO_READER, heldHere: () => false };
    const running = perform(work, env).subscribe({
      next: ended,
      error: (error: unknown) => {
        port.drop({ arrives: false });
        ended({ type: 'failed', failure: classify(error) });
      },
    });
    out.running = running;
    this.#conclude(); // work that needs no command
  }

  /** Not inside the Observable, which would keep what a check has found for later. */
  #conclude(): void {
    const event = this.#ended;
    if (event === undefined) return;
    this.#ended = undefined;
    this.out = undefined;
    this.walk.dispatch(event);
  }

  /** The command reaches the server. */
  execute(): void {
    const { out } = this;
    if (out?.stage !== 'sent') return;
    if (!('answer' in out)) return this.port.execute();
    if (out.work.do === 'connect') out.answer = this.#connect();
    else {
      if (this.broken || this.connection === undefined) return this.cut();
      if (out.work.do === 'read') return this.#read(out, out.work.read, this.connection);
      out.answer = this.#probe(out.work.streams);
    }
    out.stage = 'written';
  }

  /** The reply reaches us. */
  answer(): void {
    const { out } = this;
    if (out?.stage !== 'written') return;
    if (!('answer' in out)) {
      this.port.deliver();
      return this.#conclude();
    }
    if (out.answer === undefined) return;
    const event = out.answer();
    this.out = undefined;
    this.walk.dispatch(event);
  }

  /** The server says no, and does nothing. */
  refuse(kind: FailureKind): void {
    if (this.out?.stage !== 'sent') return;
    this.#forget({ arrives: false });
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
    this.#forget({ arrives: this.arrives });
  }

  #forget({ arrives }: { arrives: boolean }): void {
    const { out, connection } = this;
    this.out = undefined;
    if (out === undefined) return;
    if (!('answer' in out)) {
      out.running?.unsubscribe();
      return this.port.drop({ arrives });
    }
    if (out.stage !== 'sent' || !arrives) return;
    if (out.work.do === 'connect') this.#connect();
    else if (out.work.do === 'read' && connection && !this.broken) this.#read(out, out.work.read, connection);
  }

  #read(out: Own, read: Read, connection: Connection): void {
    out.stage = 'blocked';
    this.walk.server.read(connection, read, (reply) => {
      this.walk.behind = behind(this.walk);
      out.stage = 'written';
      out.reply = reply;
      out.answer = () => toEvent(reply);
    });
  }

  #probe(streams: readonly string[]): () => Event {
    const at = streams.map((stream) => ({ stream, last: this.walk.server.streams.get(stream)?.last }));
    this.walk.behind = behind(this.walk);
    return () => ({ type: 'probed', at });
  }

  #connect(): () => Event {
    this.broken = false;
    if (this.connection && !this.halfOpen) this.walk.server.drop(this.connection);
    const connection = (this.connection = this.walk.server.connect());
    return () => ({ type: 'connected', clientId: connection.id });
  }
}

/** Reads do not come this way. */
const NO_READER = undefined as unknown as Reader;

/** What a reply of the server means. */
function toEvent(reply: Reply): Event {
  if ('replies' in reply) return { type: 'replied', replies: reply.replies };
  return { type: 'failed', failure: classify(replyError(`${reply.word} the group is gone`)) };
}
