/** A TCP proxy on loopback that loses replies, plays dead, refuses, or is slow: what networks do, on demand. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import { createLane, type Lane } from './lane.js';

interface Connection {
  readonly id: number;
  /** `open`: passes bytes. `held`: the client is cut off, the server's socket stays open. `frozen`: bytes vanish. */
  readonly state: 'open' | 'held' | 'frozen' | 'closed';
  /** Bytes passed from client to server, and from server to client. */
  readonly up: number;
  readonly down: number;
  /** Text of the client's last chunk (its first 1,024 bytes): tells a blocked reader from an idle connection. */
  readonly lastRequest: string;
}

export type ReplyMatch = (chunk: Buffer, connection: Connection) => boolean;

export interface CutOptions {
  /** `both` (default) closes both sockets. `client` leaves the server's open and discards what it says: it still holds its blocked client. */
  side?: 'both' | 'client';
  /** How many times; 1 by default. */
  times?: number;
  /** Bytes of the chunk that still reach the client: a reply cut in its middle. 0 by default. */
  pass?: number;
}

export interface Cutting {
  readonly cuts: number;
  /** Resolves when the last cut is made, or by `cancel()`. */
  readonly done: Promise<void>;
  cancel(): void;
}

export interface Proxy {
  readonly port: number;
  readonly url: string;
  /** Every connection ever accepted, in order. */
  readonly connections: readonly Connection[];
  readonly stats: Readonly<{ accepted: number; refused: number; cuts: number; swallowed: number }>;
  /** Drops the next server-to-client chunk that matches and cuts its connection. A number means: the next n chunks, whatever they are. */
  cutReplies(match: ReplyMatch | number, options?: CutOptions): Cutting;
  /** Cuts every open connection now. */
  cut(side?: 'both' | 'client'): void;
  /** Half-open from now on: bytes and closings vanish both ways, for new connections too, and every socket stays open. */
  freeze(): void;
  /** New connections work again, and old ones that lost nothing; a connection with a hole in its bytes stays dead, as in life. */
  thaw(): void;
  /** New connections are reset at once. */
  refuse(on: boolean): void;
  /** From now on bytes take so many ms each way, in order; 0 ends that. What a closing side has said still arrives, at once. */
  delay(ms: number): void;
  close(): Promise<void>;
}

interface Pair {
  connection: { -readonly [K in keyof Connection]: Connection[K] };
  client: Socket;
  /** Missing where the connection was accepted while frozen. */
  server: Socket | undefined;
  up: Lane | undefined;
  down: Lane | undefined;
  lost: boolean;
}

export async function startProxy(target: { port: number }): Promise<Proxy> {
  const pairs: Pair[] = [];
  const stats = { accepted: 0, refused: 0, cuts: 0, swallowed: 0 };
  let cuttings: { match: ReplyMatch; options: CutOptions; left: number; finish(): void; count(): void }[] = [];
  let frozen = false;
  let refusing = false;
  /** ms that bytes take, each way. */
  let late = 0;

  const listener = createServer((client) => {
    client.on('error', () => client.destroy()); // a reset is an outcome here, never a failure of the proxy
    if (refusing) {
      stats.refused++;
      client.resetAndDestroy();
      return;
    }
    stats.accepted++;
    const connection: Pair['connection'] = { id: stats.accepted, state: 'open', up: 0, down: 0, lastRequest: '' };
    const pair: Pair = { connection, client, server: undefined, up: undefined, down: undefined, lost: false };
    pairs.push(pair);
    client.setNoDelay(true);
    client.on('data', (chunk) => upward(pair, chunk));
    client.on('close', () => gone(pair, 'client'));
    if (frozen) {
      connection.state = 'frozen';
      pair.lost = true;
      return;
    }
    const server = (pair.server = connect(target.port, '127.0.0.1'));
    pair.up = createLane(client, server);
    pair.down = createLane(server, client);
    server.setNoDelay(true);
    server.on('error', () => server.destroy());
    server.on('data', (chunk) => downward(pair, chunk));
    server.on('close', () => gone(pair, 'server'));
  });

  function upward(pair: Pair, chunk: Buffer): void {
    const { connection, up } = pair;
    if (connection.state === 'frozen') return swallow(pair, chunk.length);
    if (connection.state !== 'open' || !up) return;
    connection.up += chunk.length;
    connection.lastRequest = chunk.toString('latin1', 0, 1024);
    up.pass(chunk, late);
  }

  function downward(pair: Pair, chunk: Buffer): void {
    const { connection, down } = pair;
    if (connection.state === 'frozen') return swallow(pair, chunk.length);
    if (connection.state !== 'open' || !down) return; // held: read and discarded
    const cutting = cuttings.find(({ match }) => match(chunk, connection));
    if (!cutting) {
      connection.down += chunk.length;
      down.pass(chunk, late);
      return;
    }
    const { pass = 0, side = 'both' } = cutting.options;
    cutting.count();
    if (--cutting.left === 0) cutting.finish();
    cutOne(pair, side, chunk.subarray(0, pass));
  }

  function cutOne(pair: Pair, side: 'both' | 'client', last?: Buffer): void {
    stats.cuts++;
    pair.up?.drop();
    pair.down?.drop();
    pair.connection.state = side === 'client' ? 'held' : 'closed';
    if (last?.length) {
      pair.connection.down += last.length;
      pair.client.end(last);
    } else pair.client.destroy();
    if (side === 'both') pair.server?.destroy();
    else pair.server?.resume(); // it may have waited for a client that no longer drains
  }

  function swallow(pair: Pair, bytes: number): void {
    if (bytes === 0) return;
    pair.lost = true;
    stats.swallowed += bytes;
  }

  /** One side closed. The other is told, unless the connection plays dead or was held on purpose. */
  function gone(pair: Pair, side: 'client' | 'server'): void {
    if (pair.connection.state === 'frozen') {
      pair.lost = true;
      return;
    }
    if (pair.connection.state === 'held' && side === 'client') return;
    pair.connection.state = 'closed';
    pair.up?.flush();
    pair.down?.flush();
    pair.client.destroySoon();
    pair.server?.destroySoon();
  }

  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;

  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    get connections() {
      return pairs.map(({ connection }) => connection);
    },
    stats,
    cutReplies(match, options = {}) {
      let cuts = 0;
      let resolve!: () => void;
      const done = new Promise<void>((settle) => (resolve = settle));
      const cutting = {
        match: typeof match === 'number' ? () => true : match,
        options,
        left: typeof match === 'number' ? match : (options.times ?? 1),
        count: () => void cuts++,
        finish() {
          cuttings = cuttings.filter((other) => other !== cutting);
          resolve();
        },
      };
      cuttings.push(cutting);
      return {
        get cuts() {
          return cuts;
        },
        done,
        cancel: cutting.finish,
      };
    },
    cut(side = 'both') {
      for (const pair of pairs) if (pair.connection.state === 'open') cutOne(pair, side);
    },
    freeze() {
      frozen = true;
      for (const pair of pairs) {
        if (pair.connection.state !== 'open') continue;
        pair.connection.state = 'frozen';
        swallow(pair, (pair.up?.drop() ?? 0) + (pair.down?.drop() ?? 0));
      }
    },
    thaw() {
      frozen = false;
      for (const { connection, lost } of pairs) if (connection.state === 'frozen' && !lost) connection.state = 'open';
    },
    refuse(on) {
      refusing = on;
    },
    delay(ms) {
      late = ms;
    },
    async close() {
      for (const { connection, client, server, up, down } of pairs) {
        connection.state = 'closed';
        up?.drop();
        down?.drop();
        client.destroy();
        server?.destroy();
      }
      listener.close();
      await once(listener, 'close');
    },
  };
}
