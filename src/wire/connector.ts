import { connect as connectPlain, type OnReadOpts, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** Where a client opens its connections: the options of `Redis` that ioredis gives its own connector. */
interface Target {
  readonly path?: string | null;
  readonly port?: number | null;
  readonly host?: string | null;
  /** 4 or 6 */
  readonly family?: number | null;
  readonly tls?: object | null;
  /** ms */
  readonly disconnectTimeout?: number;
}

/** What takes bytes as they come. They are gone when it returns. */
type Taker = (bytes: Buffer) => void;

/** Bytes that Node reads at once: a reply of a thousand small entries comes whole. */
const SIZE = 256 * 1024;

/** Where Redis listens, when nobody says. */
const PORT = 6379;

/** All sockets read into it, one after another. */
let shared: Buffer | undefined;

const takers = new WeakMap<Socket, Taker>();

/**
 * What ioredis opens a connection with (its option `Connector`), for one whose replies we read: as its own, of plain and TLS sockets, but
 * with a buffer to read into. Without one Node makes 64 KB for each chunk, and that is most of what reading from a socket costs. Until somebody
 * takes the bytes, they come as the event `data`.
 */
export class Connector {
  readonly #target: Target;
  #connecting = false;
  #socket: Socket | undefined;
  /** ioredis asks for it when the socket is gone before it has looked. */
  firstError: Error | undefined;

  constructor(target: Target) {
    this.#target = target;
  }

  /** Any server will do. */
  check(): boolean {
    return true;
  }

  async connect(): Promise<Socket> {
    this.#connecting = true;
    await new Promise(process.nextTick);
    if (!this.#connecting) throw new Error('Connection is closed.');
    const socket = open(this.#target);
    socket.once('error', (error) => (this.firstError = error));
    this.#socket = socket;
    return socket;
  }

  /** Politely first. */
  disconnect(): void {
    this.#connecting = false;
    const socket = this.#socket;
    if (socket === undefined || socket.destroyed) return;
    const late = setTimeout(() => socket.destroy(), this.#target.disconnectTimeout);
    socket.once('close', () => clearTimeout(late));
    socket.end();
  }
}

/** From now on the bytes of that socket come here; false: it is none of ours. */
export function takeBytes(socket: Socket, taker: Taker): boolean {
  if (!takers.has(socket)) return false;
  takers.set(socket, taker);
  return true;
}

/** Whether ioredis would open such a socket itself; otherwise (Sentinel, a connector of the caller's) it does so. */
export function opensItself(options: object): boolean {
  const { sentinels, Connector } = options as { sentinels?: unknown; Connector?: unknown };
  return !sentinels && !Connector;
}

function open({ path, port, host, family, tls }: Target): Socket {
  shared ??= Buffer.allocUnsafeSlow(SIZE);
  const buffer = shared;
  const onread: OnReadOpts = {
    buffer,
    callback: (length) => {
      takers.get(socket)?.(buffer.subarray(0, length));
      return true;
    },
  };
  const at = path ? { path } : { port: port ?? PORT, host: host ?? undefined, family: family ?? undefined };
  const options = { ...at, ...tls, onread };
  const socket: Socket = tls ? connectTls(options) : connectPlain(options);
  takers.set(socket, (bytes) => socket.emit('data', Buffer.from(bytes)));
  return socket;
}
