import type { Observable } from 'rxjs';
import { Chain } from '../chain.js';
import { CANCELLED, DONE, processes } from '../channels.js';
import { Following, type End, type FollowingHandlers } from './following.js';
import { isFollowable, type Followable } from './followed.js';
import { isNothing, noEntry, owedFor, settle, take, type Owed } from './owed.js';
import { settleFailure } from './settle-failure.js';
import { StageLife } from './stage-life.js';
import { WorkQueue, type Work } from './work-queue.js';
import type { Started, WorkStageEnv } from './work-stage-env.js';
import { workedOn, type WorkedOn } from './worked-on.js';

/** One subscription of `ackAfter`: where arrivals, slots, results and failures meet. */
export class WorkStage<In> {
  readonly #env: WorkStageEnv<In>;
  readonly #life: StageLife;
  readonly #waiting: WorkQueue<In>;
  /** Slots taken, of `concurrency`. */
  #running = 0;
  /** The projects that are followed: those that can be cancelled. */
  readonly #following = new Chain<Following<Started<In>>>();
  readonly #handlers: FollowingHandlers<Started<In>> = {
    value: (each) => this.#life.emit(each),
    end: (following, end) => this.#over(following, end),
  };
  /** The index of the next project call. */
  #index = 0;

  constructor(env: WorkStageEnv<In>) {
    const { concurrency, downstream, key } = env;
    this.#env = env;
    this.#waiting = new WorkQueue(key);
    this.#life = new StageLife({
      downstream,
      proceed: () => this.#proceed(),
      isIdle: () => this.#running === 0 && this.#waiting.size === 0,
      giveBack: () => this.#giveBack(),
      cancel: () => this.#cancel(),
      comesNoMore: (session, entry) => {
        if (entry !== undefined) return this.#waiting.forget(session, entry);
        for (const { owed } of this.#waiting.leave(session)) settle(owed, 'released');
      },
      met: (session) => {
        const { bufferSize } = session;
        if (concurrency > bufferSize && concurrency !== Infinity)
          session.tell({ type: 'window-too-small', bufferSize, concurrency });
      },
    });
  }

  live(source: Observable<In>): void {
    this.#life.live(source, (value) => this.#arrive(value));
  }

  #arrive(value: In): void {
    const owed = owedFor(value);
    const refusal = this.#env.admit?.(value);
    if (refusal !== undefined) return this.#refuse(refusal, owed);
    if (owed === undefined) return this.#life.stop(noEntry('ackAfter', 'entries (or arrays of entries)', value));
    if (isNothing(owed)) return; // bufferTime emits empty arrays
    take(owed);
    this.#life.meet(owed);
    if (!this.#life.isOpen) return settle(owed, 'released'); // a session met may refuse, and a notice unsubscribe, at once
    const direct = this.#running < this.#env.concurrency && this.#waiting.isPassable && !this.#life.isTurning;
    if (!direct) this.#waiting.push({ value, owed });
    if (this.#life.isTurning) return;
    this.#life.beginTurn();
    if (direct) this.#run(value, owed);
    this.#life.endTurn();
  }

  #refuse(refusal: Error, owed: Owed | undefined): void {
    if (owed !== undefined) {
      take(owed);
      this.#life.meet(owed); // what was settled before is confirmed before the error goes downstream
      settle(owed, 'left');
    }
    this.#life.stop(refusal);
  }

  #proceed(): void {
    while (this.#running < this.#env.concurrency) {
      const work = this.#waiting.take();
      if (work === undefined) return;
      this.#runWaiting(work);
    }
  }

  #runWaiting(work: Work<In>): void {
    const { value, owed, broken } = work;
    const mayStart = this.#life.mayStart(owed);
    if (mayStart && broken === undefined) return this.#run(value, owed, work);
    if (mayStart && broken !== undefined) this.#fail(broken.error, value, owed);
    else settle(owed, 'released');
    this.#waiting.done(work);
  }

  #run(value: In, owed: Owed, work?: Work<In>): void {
    this.#running++;
    const watched = processes.hasSubscribers ? this.#watch(value, owed) : undefined;
    let result: unknown;
    let follows: boolean;
    try {
      if (watched === undefined) result = this.#env.project(value, this.#index++);
      else result = watched.run(() => this.#env.project(value, this.#index++));
      follows = isFollowable(result);
    } catch (error) {
      this.#running--;
      this.#fail(error, value, owed, watched);
      return this.#done(work);
    }
    if (follows) return this.#follow(result as Followable<unknown>, { value, owed, work, watched });
    this.#running--;
    const isSettled = this.#settle(result, value, owed, watched);
    this.#done(work);
    if (isSettled) this.#life.emit(result);
  }

  #watch(value: In, owed: Owed): WorkedOn | undefined {
    const { stage } = this.#env;
    return stage && workedOn(stage, value, owed);
  }

  #follow(result: Followable<unknown>, started: Started<In>): void {
    const { watched } = started;
    const following = new Following<Started<In>>(started, this.#handlers);
    this.#following.add(following);
    // The project itself has ended us: a promise is not waited for, and an Observable not even subscribed.
    if (this.#life.isAbandoned) following.cancel();
    if (watched === undefined) following.start(result);
    else watched.run(() => following.start(result));
  }

  #over(following: Following<Started<In>>, end: End): void {
    const { value, owed, work, watched } = following.of;
    const isWithin = this.#life.isTurning;
    if (!isWithin) this.#life.beginTurn();
    this.#following.remove(following);
    this.#running--;
    this.#ended(end, value, owed, watched);
    this.#done(work);
    if (!isWithin) this.#life.endTurn();
  }

  #ended(end: End, value: In, owed: Owed, watched: WorkedOn | undefined): void {
    switch (end.how) {
      case 'completed':
        watched?.end(DONE);
        return settle(owed, 'acked');
      case 'returned':
        // Before it is emitted: `take(1)` below may unsubscribe us there.
        if (this.#settle(end.value, value, owed, watched)) this.#life.emit(end.value);
        return;
      case 'failed':
        return this.#fail(end.error, value, owed, watched);
      case 'cancelled':
        watched?.end(CANCELLED);
        return settle(owed, 'left');
    }
  }

  #settle(result: unknown, value: In, owed: Owed, watched: WorkedOn | undefined): boolean {
    const { done } = this.#env;
    if (done === undefined) {
      watched?.end(DONE);
      settle(owed, 'acked');
      return true;
    }
    try {
      if (watched === undefined) done(result, value);
      else watched.run(() => done(result, value));
      watched?.end(DONE);
      return true;
    } catch (error) {
      this.#fail(error, value, owed, watched);
      return false;
    }
  }

  /** After it was settled: nacked, it may come again, and nobody of its key passes it. */
  #done(work: Work<In> | undefined): void {
    if (work !== undefined) this.#waiting.done(work);
  }

  #fail(error: unknown, value: In, owed: Owed, watched?: WorkedOn): void {
    watched?.end({ how: 'failed', error });
    if (this.#life.isAbandoned) return settle(owed, 'left');
    const stop = settleFailure(this.#env.onError, { error, value, owed });
    if (stop !== undefined) this.#life.stop(stop.error);
  }

  #giveBack(): void {
    for (const { owed } of this.#waiting.clear()) settle(owed, 'released');
  }

  #cancel(): void {
    for (const following of this.#following.all()) following.cancel();
  }
}
