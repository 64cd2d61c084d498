import type { Socket } from 'node:net';
import { Observable } from 'rxjs';
import { Fifo } from '../fifo.js';
import type { Command } from './command.js';
import { takeBytes } from './connector.js';
import { ConnectionLost } from './failures.js';
import { withoutPrefix } from './key-prefix.js';
import type { StreamReply } from './port.js';
import { broken } from './resp/broken.js';
import { Decoder, type Asked, type Reply } from './resp/decoder.js';
import { request, together, type Written } from './resp/request.js';
import { withoutArguments } from './without-arguments.js';

/** A command that is out. */
interface Waiting {
  readonly asked: Asked;
  readonly answer: (reply: Reply) => void;
  readonly fail: (error: Error) => void;
}

/** Commands and replies on a socket that a client has opened, see `reachableSocket`: from now on nobody else reads it. */
export class SocketLine {
  readonly #socket: Socket;
  /** What came is no reply: nothing more can be read. */
  readonly #failed: (error: Error) => void;
  readonly #decoder = new Decoder();
  /** In the order in which they are answered. */
  readonly #waiting = new Fifo<Waiting>();
  /** Not told yet. */
  readonly #replies = new Fifo<{ readonly reply: Reply; readonly to: Waiting }>();
  /** Requests that leave in one piece, while they are made. */
  #together: Written[] | undefined;
  #isOpen = true;
  /** Why nothing is answered any more. */
  #reason: Error = new ConnectionLost('the connection to Redis is closing');

  constructor(socket: Socket, failed: (error: Error) => void) {
    this.#socket = socket;
    this.#failed = failed;
    socket.removeAllListeners('data'); // the client's parser; the socket goes on flowing
    if (!takeBytes(socket, this.#read)) socket.on('data', this.#read);
    socket.on('end', this.#ended);
  }

  send(command: Command): Observable<unknown> {
    return this.#ask(command, 'value', (reply) => (reply.type === 'value' ? reply.value : undefined));
  }

  read(command: Command, prefix: string): Observable<readonly StreamReply[]> {
    return this.#ask(command, 'streams', (reply) => {
      if (reply.type !== 'streams') return [];
      if (prefix === '') return reply.streams;
      return reply.streams.map((each) => ({ ...each, stream: withoutPrefix(each.stream, prefix) }));
    });
  }

  /** One write to the socket for all that `send` sends. */
  together(send: () => void): void {
    const requests: Written[] = [];
    this.#together = requests;
    try {
      send();
    } finally {
      this.#together = undefined;
      if (requests.length > 0) this.#socket.write(together(requests));
    }
  }

  /** Reads no more, and answers nothing any more; whoever waits is told with {@link fail}. */
  stop(): void {
    this.#isOpen = false;
    takeBytes(this.#socket, () => undefined);
    this.#socket.off('data', this.#read).off('end', this.#ended);
  }

  /** After `stop`: every command that is out fails with it, in order, and so does every later one. */
  fail(reason: Error): void {
    this.#reason = reason;
    for (let next = this.#replies.shift(); next !== undefined; next = this.#replies.shift()) next.to.fail(reason);
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) next.fail(reason);
  }

  /** With as few subscribers as can be: there are three commands for each entry of a quiet stream. */
  #ask<T>(command: Command, what: Asked['for'], valueOf: (reply: Reply) => T): Observable<T> {
    return new Observable((subscriber) => {
      if (!this.#isOpen || !this.#socket.writable) return subscriber.error(this.#reason);
      const answer = (reply: Reply): void => {
        if (reply.type === 'refused') return subscriber.error(refusal(reply.text, command));
        subscriber.next(valueOf(reply));
        subscriber.complete();
      };
      const fail = (error: Error): void => subscriber.error(error);
      this.#waiting.push({ asked: { for: what, binary: command.binary ?? false }, answer, fail });
      if (this.#together === undefined) this.#socket.write(request(command));
      else this.#together.push(request(command));
    });
  }

  readonly #read = (chunk: Buffer): void => {
    try {
      this.#decoder.feed(chunk);
      this.#answer();
    } catch (error) {
      this.#failed(error as Error);
    }
    this.#decoder.keep(); // what was answered may be looked at later
  };

  /** Replies wait for another one that came with them, until all of it has come: acks for the read that they went ahead of. */
  #answer(): void {
    for (let next = this.#waiting.first; next !== undefined; next = this.#waiting.first) {
      const reply = this.#decoder.take(next.asked);
      if (reply === undefined) break;
      this.#waiting.shift();
      this.#replies.push({ reply, to: next });
    }
    if (this.#waiting.size === 0 && !this.#decoder.isEmpty) throw broken('nobody has asked for it');
    if (this.#decoder.isEmpty) this.#tell();
  }

  /** What an answer leads to may send the next command, or stop, before this returns. */
  #tell(): void {
    for (let next = this.#replies.shift(); next !== undefined && this.#isOpen; next = this.#replies.shift()) {
      next.to.answer(next.reply);
    }
  }

  readonly #ended = (): void => {
    if (!this.#decoder.isEmpty) this.#failed(broken('it ends inside of one'));
  };
}

/** As the client makes it of an error reply. */
function refusal(text: string, { name }: Command): Error {
  return withoutArguments(Object.assign(new Error(text), { name: 'ReplyError', command: { name } }));
}
