import { finalize, Subject, type Observable } from 'rxjs';
import type { Event } from './ack-after-events.js';

interface Running {
  readonly id: string;
  readonly key: number;
  readonly work: Subject<string>;
}

export const boom = new Error('boom');

/** The projects of a walk that take their time: they run until they end or are unsubscribed. */
export class Works {
  readonly #running: Running[] = [];
  readonly #done: Set<string>;

  constructor(done: Set<string>) {
    this.#done = done;
  }

  get size(): number {
    return this.#running.length;
  }

  get keys(): number[] {
    return this.#running.map(({ key }) => key);
  }

  begin(id: string, key: number): Observable<string> {
    const running: Running = { id, key, work: new Subject() };
    this.#running.push(running);
    return running.work.pipe(
      finalize(() => {
        const at = this.#running.indexOf(running);
        if (at >= 0) this.#running.splice(at, 1);
      }),
    );
  }

  advance({ which, how }: Extract<Event, { do: 'work' }>): void {
    const running = this.#running[which % Math.max(1, this.size)];
    if (running === undefined) return;
    const { work, id } = running;
    if (how.startsWith('next')) work.next(id);
    if (how === 'error') work.error(boom);
    if (!how.endsWith('complete')) return;
    this.#done.add(id);
    work.complete();
  }
}
