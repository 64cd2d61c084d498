import type { FieldValue } from '../entry.js';
import { isStreamsError, StreamsError } from '../errors.js';
import { start as checkStart, name as checkName } from '../checks.js';
import type { Notice } from '../notices.js';
import type { Plan } from '../plan.js';
import { SETTLEMENT } from '../settlement.js';
import type { StreamEntry } from '../sources/delivery.js';
import { openSource, placeOf, type Running } from '../sources/open-source.js';
import type { RedisClient } from '../wire/client.js';

type Pulled = StreamEntry<unknown, FieldValue>;

/** A consumer between `open` and `close`. */
interface Open {
  readonly running: Running;
  readonly buffer: Pulled[];
  /** The one request that is out. */
  request: { readonly found: (entry: Pulled | undefined) => void; readonly failed: (error: unknown) => void } | undefined;
  /** Streams that are not joined yet, and who waits for them. */
  readonly joining: Map<string, { joined: () => void; failed: (error: unknown) => void }>;
  /** Settles when everything is released. */
  readonly closed: Promise<void>;
}

/** What `Consumer` and `GroupConsumer` share: demand is the call itself, and calls are served one after another. */
export abstract class Pull<E> implements AsyncIterable<E>, AsyncDisposable {
  readonly #redis: RedisClient;
  #plan: Plan;
  #open: Open | undefined;
  /** How often it was closed. */
  #closes = 0;
  /** The last call: the next one waits for it. */
  #last: Promise<unknown> = Promise.resolve();

  protected constructor(redis: RedisClient, plan: Plan) {
    this.#redis = redis;
    this.#plan = plan;
  }

  /** Resolves once every stream has its position, or its group; the first call of `getEntry` would do it too. */
  open(): Promise<void> {
    return this.#opened().then(() => undefined);
  }

  /** The next entry, from the buffer or from Redis; undefined when none came within `timeout`, or the consumer was closed. */
  getEntry(): Promise<E | undefined> {
    const closes = this.#closes;
    // A close that came meanwhile answers this call; it must not open the consumer again.
    const turn = this.#last.then(() => (closes === this.#closes ? this.#get() : undefined));
    // The next call goes on whatever became of this one, whose caller has the error.
    this.#last = turn.catch(() => undefined);
    return turn as Promise<E | undefined>;
  }

  /** Reads one more stream; `from` is where to begin, in a group where a new group of it begins. false when it is read already. */
  async addStream(stream: string, { from }: { from?: string | undefined } = {}): Promise<boolean> {
    checkName('stream', stream);
    const added = { stream, start: from === undefined ? undefined : checkStart('from', from) };
    if (this.#plan.streams.some((each) => each.stream === stream)) return false;
    const plan = { ...this.#plan, streams: [...this.#plan.streams, added] };
    const open = this.#open;
    if (open === undefined) {
      this.#plan = plan;
      return true;
    }
    const joined = new Promise<void>((joined, failed) => open.joining.set(stream, { joined, failed }));
    try {
      open.running.add(added); // may join before it returns: a start that is an id asks nothing of Redis
    } catch (error) {
      open.joining.delete(stream); // CONSUMER_IN_USE leaves everything as it was
      throw error;
    }
    this.#plan = plan;
    await joined;
    return true;
  }

  /** Gives back what is buffered, confirms acks, forgets positions and closes the connection; the next call opens afresh. */
  async close(): Promise<void> {
    this.#closes += 1;
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    // What was fetched and never asked for goes back, as if it had not been delivered.
    for (const entry of open.buffer.splice(0)) entry[SETTLEMENT].settle('released');
    open.running.close();
    this.#forget(
      open,
      new StreamsError('CONSUMER_CLOSED', 'The consumer was closed while this call waited: call it again to open it anew.'),
    );
    await open.closed;
  }

  /** Ends when nothing is returned or buffered; loop again for more. */
  async *[Symbol.asyncIterator](): AsyncGenerator<E, void, undefined> {
    for (let entry = await this.getEntry(); entry !== undefined; entry = await this.getEntry()) yield entry;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #get(): Promise<Pulled | undefined> {
    if (this.#plan.signal?.aborted) return undefined;
    const open = await this.#opened().catch(orClosed);
    if (open === undefined || open !== this.#open) return undefined;
    const buffered = open.buffer.shift();
    if (buffered !== undefined) return buffered;
    return new Promise((found, failed) => {
      open.request = { found, failed };
      open.running.want();
    });
  }

  #opening: Promise<Open> | undefined;

  #opened(): Promise<Open> {
    if (this.#opening === undefined || this.#open === undefined) this.#opening = this.#start();
    return this.#opening;
  }

  async #start(): Promise<Open> {
    const joins: Promise<void>[] = [];
    const joining: Open['joining'] = new Map();
    for (const { stream } of this.#plan.streams) {
      joins.push(new Promise((joined, failed) => joining.set(stream, { joined, failed })));
    }
    let closed = (): void => undefined;
    const whenClosed = new Promise<void>((resolve) => (closed = resolve));
    const { notify } = this.#plan;
    const seen = (notice: Notice): void => {
      if (notice.type === 'joined') {
        joining.get(notice.stream)?.joined();
        joining.delete(notice.stream);
      }
      notify?.(notice);
    };
    const running = openSource(
      placeOf(this.#redis),
      { ...this.#plan, notify: seen },
      {
        entry: (entry) => {
          if (open.request === undefined) open.buffer.push(entry);
          else this.#answer(open, entry);
        },
        nothing: () => this.#answer(open, undefined),
        end: (error) => {
          if (this.#open === open) this.#open = undefined;
          if (error === undefined)
            this.#forget(open, new StreamsError('CONSUMER_CLOSED', 'The signal of this consumer was aborted.'));
          else this.#forget(open, error);
        },
        closed,
      },
    );
    const open: Open = { running, buffer: [], request: undefined, joining, closed: whenClosed };
    this.#open = open;
    running.start();
    await Promise.all(joins);
    return open;
  }

  #answer(open: Open, entry: Pulled | undefined): void {
    const { request } = open;
    open.request = undefined;
    request?.found(entry);
  }

  /** Whoever waits hears that nothing comes any more. */
  #forget(open: Open, error: StreamsError): void {
    const { request } = open;
    open.request = undefined;
    if (error.code === 'CONSUMER_CLOSED') request?.found(undefined);
    else request?.failed(error);
    for (const { failed } of open.joining.values()) failed(error);
    open.joining.clear();
  }
}

/** A call that waited while the consumer was closed finds nothing. */
function orClosed(error: unknown): undefined {
  if (isStreamsError(error) && error.code === 'CONSUMER_CLOSED') return undefined;
  throw error;
}
