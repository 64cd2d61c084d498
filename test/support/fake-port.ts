import { Observable, type Subscriber } from 'rxjs';
import type { Port, Reader } from '../../src/wire/port.js';

type Command = Exclude<keyof Port, 'areApart' | 'ended' | 'whenEnded' | 'reader'> | keyof Reader;

/** One command that was sent and waits for its answer. */
export class Call {
  /** Nobody listens any more. */
  dropped = false;
  done = false;

  constructor(
    readonly command: Command,
    readonly args: unknown,
    readonly to: Subscriber<never>,
  ) {
    to.add(() => (this.dropped = !this.done));
  }

  answer(value: unknown): void {
    this.done = true;
    this.to.next(value as never);
    this.to.complete();
  }

  fail(error: unknown): void {
    this.done = true;
    this.to.error(error);
  }
}

/** Answers a command in the same moment; what it throws is the command's failure, and `LATER` leaves it to the test. */
export type Answers = Partial<Record<Command, (args: never) => unknown>>;

export const LATER: unique symbol = Symbol('later');

/** A port that writes down every command, and answers as it is told: at once by `answers`, or by hand through `calls`. */
export class FakePort implements Port {
  readonly calls: Call[] = [];
  ended = false;
  disconnects = 0;

  constructor(readonly answers: Answers = {}) {}

  /** The commands of that name, in order. */
  of(command: Command): Call[] {
    return this.calls.filter((call) => call.command === command);
  }

  /** The arguments of the commands of that name. */
  args<T>(command: Command): T[] {
    return this.of(command).map((call) => call.args as T);
  }

  /** The last command of that name. */
  last(command: Command): Call {
    const call = this.of(command).at(-1);
    if (call === undefined) throw new Error(`no ${command} was sent`);
    return call;
  }

  readonly createGroup = this.#command<Port['createGroup']>('createGroup');
  readonly rewindGroup = this.#command<Port['rewindGroup']>('rewindGroup');
  readonly lastDelivered = this.#command<Port['lastDelivered']>('lastDelivered');
  readonly lastGenerated = this.#command<Port['lastGenerated']>('lastGenerated');
  readonly standing = this.#command<Port['standing']>('standing');
  readonly countEntries = this.#command<Port['countEntries']>('countEntries');
  readonly time = this.#command<Port['time']>('time');
  readonly ack = this.#command<Port['ack']>('ack');
  readonly pending = this.#command<Port['pending']>('pending');
  readonly fetch = this.#command<Port['fetch']>('fetch');
  readonly giveBack = this.#command<Port['giveBack']>('giveBack');
  readonly takeOver = this.#command<Port['takeOver']>('takeOver');
  readonly register = this.#command<Port['register']>('register');
  readonly removeConsumer = this.#command<Port['removeConsumer']>('removeConsumer');
  readonly claim = this.#command<Port['claim']>('claim');
  readonly renew = this.#command<Port['renew']>('renew');
  readonly ackOwned = this.#command<Port['ackOwned']>('ackOwned');
  readonly deadLetter = this.#command<Port['deadLetter']>('deadLetter');
  readonly forward = this.#command<Port['forward']>('forward');
  readonly streamInfo = this.#command<Port['streamInfo']>('streamInfo');
  readonly openCheckpoint = this.#command<Port['openCheckpoint']>('openCheckpoint');
  readonly savePositions = this.#command<Port['savePositions']>('savePositions');
  readonly unblock = this.#command<Port['unblock']>('unblock');

  /** Streams of names that begin with that letter are in a slot of their own. */
  apart = '';

  areApart(one: string, other: string): boolean {
    return this.apart !== '' && one.startsWith(this.apart) !== other.startsWith(this.apart);
  }

  readonly #listeners = new Set<() => void>();

  /** Those who wait for the end of the client. */
  get listeners(): number {
    return this.#listeners.size;
  }

  whenEnded(ended: () => void): () => void {
    this.#listeners.add(ended);
    return () => this.#listeners.delete(ended);
  }

  /** The caller closes the client. */
  end(): void {
    this.ended = true;
    for (const each of [...this.#listeners]) each();
  }

  reader(): Reader {
    const connect = this.#command<(none?: undefined) => ReturnType<Reader['connect']>>('connect');
    return {
      connect: () => connect(),
      read: this.#command<Reader['read']>('read'),
      lastGenerated: this.#command<Reader['lastGenerated']>('lastGenerated'),
      disconnect: () => {
        this.disconnects += 1;
      },
    };
  }

  #command<F>(command: Command): F {
    const send = (args: unknown): Observable<never> =>
      new Observable((subscriber) => {
        const call = new Call(command, args, subscriber);
        this.calls.push(call);
        const answer = this.answers[command];
        if (answer === undefined) return;
        try {
          const value = answer(args as never);
          if (value !== LATER) call.answer(value);
        } catch (error) {
          call.fail(error);
        }
      });
    return send as F;
  }
}

/** What ioredis throws for an error reply. */
export function replyError(message: string): Error {
  return Object.assign(new Error(message), { name: 'ReplyError' });
}

/** What Node throws for a socket. */
export function socketError(): Error {
  return Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', syscall: 'read' });
}
