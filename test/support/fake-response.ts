import { EventEmitter } from 'node:events';

/** A response of `node:http` whose client reads when told to: it takes `room` writes, then it is full until `drain()`. */
export class FakeResponse extends EventEmitter {
  readonly written: string[] = [];
  readonly heads: [status: number, headers: Record<string, string>][] = [];
  headersSent = false;
  writableEnded = false;
  destroyed = false;
  flushed = 0;
  #room: number;

  constructor({ room = Infinity }: { room?: number } = {}) {
    super();
    this.#room = room;
  }

  get writableNeedDrain(): boolean {
    return this.#room <= 0 && !this.writableEnded;
  }

  writeHead(status: number, headers: Record<string, string>): void {
    this.heads.push([status, headers]);
    this.headersSent = true;
  }

  flushHeaders(): void {
    this.flushed += 1;
  }

  write(text: string): boolean {
    if (this.writableEnded) throw new Error('write after end');
    this.written.push(text);
    this.#room -= 1;
    return !this.writableNeedDrain;
  }

  end(): void {
    this.writableEnded = true;
  }

  /** The client has read, and there is room again. */
  drain(room = Infinity): void {
    this.#room = room;
    this.emit('drain');
  }

  /** The client has gone. */
  close(): void {
    this.destroyed = true;
    this.emit('close');
  }

  get listening(): number {
    return this.listenerCount('drain') + this.listenerCount('close');
  }
}
