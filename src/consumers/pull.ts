import { name, start, wrongType } from '../checks.js';
import type { StreamsError } from '../errors.js';
import type { Plan, StreamStart } from '../plan.js';
import type { Place } from '../sources/open-source.js';
import { closed, OpenConsumer } from './open-consumer.js';
import type { Pulled } from './request.js';
import { waiting } from './waiting.js';

/** What `Consumer` and `GroupConsumer` share: demand is the call itself, and calls are served one after another. */
export abstract class Pull<E> implements AsyncIterable<E>, AsyncDisposable {
  readonly #place: Place;
  /** The options, and the streams that were added. */
  #plan: Plan;
  #open: OpenConsumer | undefined;
  /** How far each stream was handed out: where a standalone consumer goes on after an error. Only `close` forgets it. */
  readonly #reached = new Map<string, string>();
  /** An error that came between two calls: the next one has it. */
  #untold: StreamsError | undefined;
  /** How often it was closed. */
  #closes = 0;
  /** The last call: the next one waits for it. */
  #last: Promise<unknown> = Promise.resolve();
  /** Settles when everything that was ever opened is released. */
  #closed: Promise<unknown> = Promise.resolve();

  protected constructor(place: Place, plan: Plan) {
    this.#place = place;
    this.#plan = plan;
  }

  /** Resolves once every stream has its position, or its group; the first call of `getEntry` would do it too. */
  async open(): Promise<void> {
    if (this.#plan.signal?.aborted) throw closed('its signal was aborted');
    await this.#opened().joined;
  }

  /**
   * The next entry, from the buffer or from Redis; undefined when none came within `timeout`, or the consumer was closed. An entry
   * that `decode` cannot take rejects this call with `DECODE_FAILED`, and the next call goes on behind it.
   */
  getEntry(): Promise<E | undefined> {
    const closes = this.#closes;
    // A close that came meanwhile answers this call; it must not open the consumer again.
    const turn = this.#last.then(() => (closes === this.#closes ? this.#get() : undefined));
    // The next call goes on whatever became of this one, whose caller has the error.
    this.#last = turn.catch(() => undefined);
    return turn as Promise<E | undefined>;
  }

  /**
   * Reads one more stream; `from` is where to begin, in a group where a new group of it begins. false when it is read already. A call
   * that waits for an entry goes on to wait for both. Where it rejects the stream is not added, and the others are read as before.
   */
  async addStream(stream: string, options: { from?: string | undefined } = {}): Promise<boolean> {
    const added = checkAdded(stream, options);
    if (this.#plan.streams.some((each) => each.stream === added.stream)) return false;
    this.#plan = { ...this.#plan, streams: [...this.#plan.streams, added] };
    await this.#open?.add(added);
    return true;
  }

  /** Gives back what is buffered, confirms acks, forgets positions and closes the connection; the next call opens afresh. */
  async close(): Promise<void> {
    this.#closes += 1;
    const open = this.#open;
    this.#open = undefined;
    open?.close();
    this.#reached.clear();
    this.#untold = undefined;
    await this.#closed;
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
    return this.#opened().entry();
  }

  #opened(): OpenConsumer {
    const untold = this.#untold;
    this.#untold = undefined;
    if (untold !== undefined) throw untold;
    if (this.#open !== undefined) return this.#open;
    const released = waiting<void>();
    const open = new OpenConsumer(this.#place, this.#resumed(), {
      reached: (stream, id) => void this.#reached.set(stream, id),
      refused: (added) => {
        this.#plan = { ...this.#plan, streams: this.#plan.streams.filter((each) => each !== added) };
      },
      ended: (error) => {
        if (this.#open !== open) return;
        this.#open = undefined;
        this.#untold = error;
      },
      closed: () => released.resolve(),
    });
    this.#open = open;
    this.#closed = Promise.all([this.#closed, released.promise]);
    open.start();
    return open;
  }

  /** In a group the start of a stream says where a new group begins, and Redis knows the rest. */
  #resumed(): Plan {
    if (this.#plan.group !== undefined) return this.#plan;
    const streams = this.#plan.streams.map(({ stream, start }) => ({ stream, start: this.#reached.get(stream) ?? start }));
    return { ...this.#plan, streams };
  }
}

function checkAdded(stream: unknown, options: unknown): StreamStart {
  if (typeof options !== 'object' || options === null)
    throw wrongType('options', options, "left out, or an object such as { from: '0' }");
  const from: unknown = 'from' in options ? options.from : undefined;
  return { stream: name('stream', stream), start: from === undefined ? undefined : start('from', from) };
}
