import { concat, of, Subject, Subscription, takeUntil } from 'rxjs';
import { expect } from 'vitest';
import { ackAfter } from '../../src/operators/ack-after.js';
import { FakeSession, type FakeDelivery } from '../support/fake-delivery.js';
import type { Event, Setup } from './ack-after-events.js';
import { expectInvariants } from './ack-after-invariants.js';
import { boom, Works } from './ack-after-works.js';

/** One random walk: plays events against `ackAfter` and checks after each what must always hold. */
export class Walk {
  readonly #setup: Setup;
  readonly #sessions = [new FakeSession(), new FakeSession({ deadLetter: true })] as const;
  readonly #source = new Subject<FakeDelivery>();
  readonly #stop = new Subject<void>();
  readonly #subscription = new Subscription();
  /** By entry. */
  readonly #pushed = new Map<string, Extract<Event, { do: 'push' }>>();
  readonly #started: number[] = [];
  readonly #done = new Set<string>();
  readonly #works = new Works(this.#done);
  #inNext: 'unsubscribe in next' | 'push in next' | undefined;
  #ended: 'completed' | 'failed' | 'unsubscribed' | undefined;
  #sourceEnded = false;
  #refused = false;
  /** What a callback found wrong: RxJS would swallow what it throws. */
  readonly #wrong: unknown[] = [];

  constructor(setup: Setup) {
    this.#setup = setup;
    const { concurrency, keyed, onError } = setup;
    const stage = ackAfter((entry: FakeDelivery) => this.#project(entry), {
      concurrency,
      onError:
        onError === 'function'
          ? (_: unknown, { id }: FakeDelivery) => (['throw', 'nack', 'reject'] as const)[Number(id) % 3] ?? 'throw'
          : onError,
      ...(keyed && { key: ({ id }: FakeDelivery) => this.#pushed.get(id)?.key }),
    });
    const [one] = this.#sessions;
    this.#subscription.add(
      one
        .source(this.#source)
        .pipe(takeUntil(this.#stop), stage)
        .subscribe({
          next: () => this.#seen(),
          error: () => this.#end('failed'),
          complete: () => this.#end('completed'),
        }),
    );
  }

  async play(event: Event): Promise<void> {
    switch (event.do) {
      case 'push':
        if (!this.#sourceEnded) this.#push(event);
        break;
      case 'work':
        this.#works.advance(event);
        break;
      case 'complete':
        this.#sourceEnded = true;
        this.#source.complete();
        break;
      case 'error':
        this.#sourceEnded = true;
        this.#source.error(new Error('lost'));
        break;
      case 'tear':
        this.#sourceEnded = true;
        this.#stop.next();
        break;
      case 'hold back':
        if (!this.#sourceEnded) for (const session of this.#sessions) session.holdBack();
        break;
      case 'confirm':
        for (const session of this.#sessions) session.confirm();
        break;
      case 'refuse':
        this.#refused = true;
        this.#sessions[0].refuse();
        break;
      case 'unsubscribe':
        this.#unsubscribe();
        break;
      case 'unsubscribe in next':
      case 'push in next':
        this.#inNext = event.do;
        break;
      case 'turn':
        await Promise.resolve();
        await Promise.resolve();
    }
    this.#check();
  }

  /** Lets everything end that can, and checks that it did. */
  async finish(): Promise<void> {
    await this.play({ do: 'turn' });
    await this.play({ do: 'complete' });
    for (let left = 1_000; this.#works.size > 0 && left > 0; left--) {
      await this.play({ do: 'work', which: 0, how: 'complete' });
      await this.play({ do: 'turn' });
    }
    await this.play({ do: 'confirm' });
    await this.play({ do: 'turn' });
    expect(this.#ended).toBeDefined();
    for (const { open, taken, log } of this.#sessions) {
      expect(taken.filter((id) => open.has(id))).toEqual([]);
      expect(new Set(log.map(({ id }) => id)).size).toBe(log.length);
    }
    expect(this.#source.observed).toBe(false);
    expect(this.#sessions.map(({ refusals }) => refusals.observed)).toEqual([false, false]);
  }

  #push(event: Extract<Event, { do: 'push' }>): void {
    const id = String(this.#pushed.size + 1);
    this.#pushed.set(id, event);
    this.#source.next(this.#sessions[event.session].delivery(id));
  }

  #project({ id }: FakeDelivery): unknown {
    const { kind = 'value', key = 0 } = this.#pushed.get(id) ?? {};
    this.#guarded(() => {
      expect(this.#ended).toBeUndefined();
      expect(this.#works.size).toBeLessThan(this.#setup.concurrency);
      if (this.#setup.keyed) expect(this.#works.keys).not.toContain(key);
    });
    this.#started.push(Number(id));
    switch (kind) {
      case 'work':
        return this.#works.begin(id, key);
      case 'one, then work':
        return concat(of(id), this.#works.begin(id, key));
      case 'of':
        this.#done.add(id);
        return of(id);
      case 'throw':
        throw boom;
      case 'promise':
        this.#done.add(id);
        return Promise.resolve(id);
      case 'pushing':
        if (!this.#sourceEnded) this.#push({ do: 'push', kind: 'of', key, session: 0 });
        break;
      case 'unsubscribing':
        this.#unsubscribe();
        break;
      case 'completing':
        this.#sourceEnded = true;
        this.#source.complete();
        break;
      case 'value':
    }
    this.#done.add(id);
    return id;
  }

  #seen(): void {
    expect(this.#ended).toBeUndefined();
    const act = this.#inNext;
    this.#inNext = undefined;
    if (act === 'unsubscribe in next') this.#unsubscribe();
    if (act === 'push in next' && !this.#sourceEnded) this.#push({ do: 'push', kind: 'work', key: 1, session: 1 });
  }

  #unsubscribe(): void {
    this.#ended ??= 'unsubscribed';
    this.#sourceEnded = true;
    this.#subscription.unsubscribe();
  }

  #end(how: 'completed' | 'failed'): void {
    expect(this.#ended).toBeUndefined();
    this.#ended = how;
    this.#sourceEnded = true;
    if (this.#refused) return; // then it may end before what runs
    expect(this.#works.size).toBe(0);
    for (const { taken, open } of this.#sessions) expect(taken.filter((id) => open.has(id))).toEqual([]);
  }

  #guarded(look: () => void): void {
    try {
      look();
    } catch (error) {
      this.#wrong.push(error);
    }
  }

  #check(): void {
    if (this.#wrong.length > 0) throw this.#wrong[0];
    expectInvariants({
      setup: this.#setup,
      sessions: this.#sessions,
      pushed: this.#pushed,
      started: this.#started,
      done: this.#done,
    });
  }
}
