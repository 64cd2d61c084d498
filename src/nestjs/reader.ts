import {
  defer,
  finalize,
  firstValueFrom,
  from,
  lastValueFrom,
  race,
  retry,
  Subject,
  takeUntil,
  tap,
  throwError,
  timer,
} from 'rxjs';
import type { Observable } from 'rxjs';
import { ackAfter, exponentialDelay, type AckAfterOptions, type Delivery, type RedisClient } from '../index.js';
import type { HandlingOptions } from './handling-options.js';
import { logger } from './logger.js';
import type { Progress } from './progress.js';

/** One handler: what is read for it, and what is done with each entry. */
export interface Handling extends Pick<HandlingOptions, 'concurrency' | 'key' | 'onError'> {
  /** For the log: the class and its method, or the pattern. */
  readonly name: string;
  readonly client: RedisClient;
  readonly streams: readonly string[];
  readonly group: string;
  readonly source: Observable<Delivery<unknown>>;
  readonly work: (delivery: Delivery<unknown>) => Observable<unknown>;
  readonly progress: Progress;
  /** ms for what runs, once reading has been stopped. */
  readonly drainTimeout: number;
}

type Phase =
  | { readonly is: 'new' }
  | { readonly is: 'running'; readonly cancel: Subject<void>; readonly ended: Promise<unknown> }
  | { readonly is: 'stopping'; readonly stopped: Promise<void> };

/** ms until a source that has failed for good is tried again, 1 s to 30 s: what was refused may be allowed by then. */
const again = exponentialDelay({ first: 1_000, most: 30_000, jitter: 0 });

/** Reads for one handler until it is stopped. What fails the source is logged, and it begins again. */
export class Reader {
  #phase: Phase = { is: 'new' };
  readonly #stop = new Subject<void>();
  readonly #work: Observable<unknown>;

  constructor(readonly handling: Handling) {
    const { source, concurrency = 1, key, onError = 'nack' } = handling;
    const intake = source.pipe(takeUntil(this.#stop));
    const options = { concurrency, onError, ...(key && { key }) } as AckAfterOptions<Delivery<unknown>>; // what a value is, its handler knows
    this.#work = intake.pipe(
      ackAfter((delivery: Delivery<unknown>) => this.#follow(delivery), options), // wrong options throw here, at bootstrap
      retry({ delay: (error, count) => this.#again(error, count), resetOnSuccess: true }),
    );
  }

  start(): void {
    if (this.#phase.is !== 'new') return;
    const { name, streams, group } = this.handling;
    const cancel = new Subject<void>();
    const work = lastValueFrom(this.#work.pipe(takeUntil(cancel)), { defaultValue: undefined });
    const ended = work.catch((error: unknown) => logger.error(`${name} has stopped: ${describe(error)}`));
    this.#phase = { is: 'running', cancel, ended };
    logger.log(`${name} reads ${streams.join(', ') || 'streams that change'} in the group ${group}`);
  }

  /** Ends reading at once; resolves when what runs is done, or was cancelled because it took longer than `drainTimeout`. */
  stop(): Promise<void> {
    if (this.#phase.is === 'stopping') return this.#phase.stopped;
    const before = this.#phase;
    // The phase comes first: what ends now is not to begin again.
    const stopped = Promise.resolve().then(() => (before.is === 'running' ? this.#drain(before) : undefined));
    this.#phase = { is: 'stopping', stopped };
    return stopped;
  }

  async #drain({ cancel, ended }: Phase & { is: 'running' }): Promise<void> {
    const { name, drainTimeout, progress } = this.handling;
    this.#stop.next();
    const late = timer(drainTimeout).pipe(
      tap(() =>
        logger.warn(`${name}: ${progress.inFlight.count} entries were not done after ${drainTimeout} ms, and stay pending`),
      ),
    );
    await firstValueFrom(race(from(ended), late), { defaultValue: undefined });
    cancel.next();
  }

  #follow(delivery: Delivery<unknown>): Observable<unknown> {
    const { name, work, progress } = this.handling;
    progress.begun(delivery);
    return defer(() => work(delivery)).pipe(
      tap({
        error: (error: unknown) =>
          logger.warn(
            `${name}: entry ${delivery.id} of ${delivery.stream} failed, delivery ${delivery.attempt}: ${describe(error)}`,
          ),
      }),
      finalize(() => progress.ended(delivery)),
    );
  }

  #again(error: unknown, count: number): Observable<unknown> {
    const { name, progress } = this.handling;
    if (this.#phase.is === 'stopping') return throwError(() => error);
    progress.failed(error instanceof Error ? error : new Error(describe(error)));
    const delay = again(count);
    logger.error(`${name} is broken off, and begins again in ${delay} ms: ${describe(error)}`);
    return timer(delay).pipe(takeUntil(this.#stop));
  }
}

/** Errors of Nest's microservices are objects with a message. */
function describe(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'message' in error) return String(error.message);
  return String(error);
}
