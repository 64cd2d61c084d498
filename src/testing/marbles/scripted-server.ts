import { ConnectionLost } from '../../wire/failures.js';
import type { PendingRow, ReadRequest, StreamReply } from '../../wire/port.js';
import { ScriptedCheckpoint } from './scripted-checkpoint.js';
import { ScriptedConnection } from './scripted-connection.js';
import { replyError, ScriptedStream } from './scripted-stream.js';

/** A read as it was asked for. */
export interface AskedRead {
  readonly frame: number;
  readonly kind: 'live' | 'backlog';
  readonly count: number;
}

/** How the server answers XACK. */
export type AckMood = 'accepts' | 'out-of-memory' | 'not-allowed';

/** What one script plays: streams, connections, and what goes wrong with them. */
export class ScriptedServer {
  readonly reads: AskedRead[] = [];
  /** Subscriptions of the source that have not closed yet, and since when. */
  readonly sessions = new Map<object, number>();
  readonly streams = new Map<string, ScriptedStream>();
  readonly #checkpoints = new Map<string, ScriptedCheckpoint>();
  readonly connections = new Set<ScriptedConnection>();
  /** Of the caller's client, which was closed for good. */
  readonly ended = new Set<() => void>();
  acks: AckMood = 'accepts';
  /** The next reply with entries gets lost. */
  loseNext = false;
  /** No connection works. */
  down = false;
  isEnded = false;
  #clients = 0;

  constructor(
    readonly of: string,
    names: readonly string[],
    readonly now: () => number,
  ) {
    for (const name of names) this.streams.set(name, new ScriptedStream(name, now));
  }

  stream(name: string): ScriptedStream {
    const stream = this.streams.get(name);
    if (stream === undefined)
      throw new TypeError(`${this.of} has no stream '${name}'; it has ${[...this.streams.keys()].join(', ')}.`);
    return stream;
  }

  checkpoint(name: string): ScriptedCheckpoint {
    const checkpoint = this.#checkpoints.get(name) ?? new ScriptedCheckpoint();
    this.#checkpoints.set(name, checkpoint);
    return checkpoint;
  }

  /** Runs a command, if there is a connection to run it on. */
  answer<T>(command: () => T): T {
    if (this.isEnded) throw new ConnectionLost('Connection is closed.');
    if (this.down) throw new ConnectionLost('the connection is lost (fault X)');
    return command();
  }

  ack(stream: string, group: string, ids: readonly string[]): number {
    if (this.acks === 'out-of-memory') throw replyError("OOM command not allowed when used memory > 'maxmemory'.");
    if (this.acks === 'not-allowed') throw replyError("NOPERM this user has no permissions to run the 'xack' command");
    return this.stream(stream).ack(group, ids);
  }

  connect(): ScriptedConnection {
    const connection = new ScriptedConnection(this, ++this.#clients);
    this.connections.add(connection);
    return connection;
  }

  /** What a read finds now. */
  read({ as, from, count }: ReadRequest): StreamReply[] {
    const replies = from.map(([name, id]) => {
      const stream = this.stream(name);
      if (as === undefined) return { stream: name, entries: stream.after(id, count) };
      if (id === '>') return { stream: name, entries: stream.deliver(as.group, { ...as, count }) };
      return { stream: name, entries: stream.history(as.group, { ...as, after: id, count }) };
    });
    // A stream whose history is read is in the reply even when it has none.
    return replies.filter(({ entries }, i) => entries.length > 0 || (as !== undefined && from[i]?.[1] !== '>'));
  }

  pendingList(): PendingRow[] {
    return [...this.streams.values()].flatMap((stream) => stream.allPending());
  }

  /** Blocked reads look again. */
  wake(): void {
    for (const connection of [...this.connections]) connection.look();
  }

  loseConnections(): void {
    for (const connection of [...this.connections]) connection.cut(new ConnectionLost('the connection is lost (fault X)'));
  }

  end(): void {
    this.isEnded = true;
    this.loseConnections();
    for (const ended of [...this.ended]) ended();
  }
}
