import { StreamsError } from '../errors.js';
import type { Notice } from '../notices.js';
import type { Plan, StreamStart } from '../plan.js';
import { openSource, type Place, type Running } from '../sources/open-source.js';
import { Fetched } from './fetched.js';
import { Joins } from './joins.js';
import { Request, type Pulled } from './request.js';

/** Whom it works for. */
export interface Owner {
  /** That stream is handed out up to this id. */
  reached(stream: string, id: string): void;
  /** That stream, which was to be added, is not. */
  refused(added: StreamStart): void;
  /** It has ended by itself; `untold`: with an error that nobody waited for. */
  ended(untold: StreamsError | undefined): void;
  /** Everything is released. */
  closed(): void;
}

/** A pull consumer between `open` and `close`. */
export class OpenConsumer {
  readonly #plan: Plan;
  readonly #owner: Owner;
  readonly #running: Running;
  readonly #buffer = new Fetched();
  /** The last call. */
  #request: Request | undefined;
  readonly #joins = new Joins();
  /** Why there is nothing more to be had. */
  #ended: StreamsError | undefined;
  /** Resolves once all streams that it began with are joined. */
  readonly joined: Promise<unknown>;

  /** Takes the seat: throws `CONSUMER_IN_USE`. Nothing is sent before `start`. */
  constructor(place: Place, plan: Plan, owner: Owner) {
    this.#plan = plan;
    this.#owner = owner;
    this.#running = openSource(
      place,
      { ...plan, decode: undefined, notify: (notice) => this.#told(notice) },
      {
        entry: (entry) => this.#came(entry),
        nothing: () => this.#request?.found(undefined),
        notAdded: (stream, error) => this.#joins.refused(stream, error),
        end: (error) => this.#end(error ?? closed('its signal was aborted')),
        closed: () => owner.closed(),
      },
    );
    this.joined = Promise.all(plan.streams.map(({ stream }) => this.#joins.wait(stream)));
    // Nobody has to wait for it: a call of `getEntry` hears the same.
    this.joined.catch(() => undefined);
  }

  start(): void {
    this.#running.start();
  }

  /** The next entry; undefined when none came within `timeout`, or it was closed. One call at a time. */
  entry(): Promise<Pulled | undefined> {
    const request = new Request();
    this.#request = request;
    if (this.#ended !== undefined) this.#refuse(request, this.#ended);
    else this.#serve(request);
    return request.answer;
  }

  async add(added: StreamStart): Promise<void> {
    // Before it is asked for: a start that is an id is joined at once.
    const joined = this.#joins.wait(added.stream, () => this.#owner.refused(added));
    try {
      this.#running.add(added);
    } catch (error) {
      this.#joins.refused(added.stream, error);
    }
    await joined;
  }

  close(): void {
    this.#finish(closed('it was closed'));
    this.#running.close();
  }

  #told(notice: Notice): void {
    if (notice.type === 'joined') {
      this.#owner.reached(notice.stream, notice.from);
      this.#joins.joined(notice.stream);
    }
    this.#plan.notify?.(notice);
  }

  #came(entry: Pulled): void {
    this.#buffer.push(entry);
    const request = this.#request;
    if (request === undefined) return;
    this.#handTo(request);
    // Dropped. The rest of what was fetched comes in this turn, so only then it may ask for more.
    if (request.waits) void Promise.resolve().then(() => this.#serve(request));
  }

  #serve(request: Request): void {
    this.#handTo(request);
    if (request.waits) this.#running.want();
  }

  /** From the buffer, until it has one, or waits for its decode. */
  #handTo(request: Request): void {
    while (request.waits) {
      const entry = this.#buffer.take();
      if (entry === undefined) return;
      request.hand(entry, {
        plan: this.#plan,
        handed: () => this.#owner.reached(entry.stream, entry.id),
        dropped: () => this.#serve(request),
      });
    }
  }

  /** It ended by itself. */
  #end(error: StreamsError): void {
    const waited = this.#request?.answered === false || this.#joins.some;
    this.#finish(error);
    this.#owner.ended(waited || error.code === 'CONSUMER_CLOSED' ? undefined : error);
  }

  /** The only end: what was not handed out goes back, as if it had not been delivered, and whoever waits is told. */
  #finish(error: StreamsError): void {
    if (this.#ended !== undefined) return;
    this.#ended = error;
    this.#request?.giveBack();
    this.#buffer.giveBack();
    if (this.#request) this.#refuse(this.#request, error);
    this.#joins.end(error);
  }

  /** For a call it is no error that the consumer was closed: there is nothing for it. */
  #refuse(request: Request, error: StreamsError): void {
    if (error.code === 'CONSUMER_CLOSED') request.found(undefined);
    else request.failed(error);
  }
}

/** For whoever waits for a stream to be joined. */
export function closed(why: string): StreamsError {
  return new StreamsError(
    'CONSUMER_CLOSED',
    `This call found the consumer closed: ${why}. Call it again to open it anew, unless it was closed by its signal.`,
  );
}
