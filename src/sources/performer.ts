import { Subscription } from 'rxjs';
import { knows } from '../acks/book.js';
import type { AckSession } from '../acks/session.js';
import { isStreamsError, type StreamsError } from '../errors.js';
import type { Notice } from '../notices.js';
import type { Plan } from '../plan.js';
import type { Effect, Owed } from '../streams/effects.js';
import type { Window } from '../streams/events.js';
import type { Reader } from '../wire/port.js';
import { answer } from './answer.js';
import { Emitter } from './emitter.js';
import { endBlock } from './end-block.js';
import { explain } from './explain.js';
import { openSession } from './open-session.js';
import { owedAtClose, owedAtLeaving } from './owed.js';
import { part } from './part.js';
import type { PerformerEnv, Reports } from './sink.js';
import { Stalled } from './stalled.js';
import { teller } from './tell.js';
import { Timers } from './timers.js';
import { isWork, type Work, type WorkEnv } from './work.js';

/** Does what the machine of one subscription says. Holds its connection, timers, ledger; decides nothing. */
export class Performer {
  readonly session: AckSession;
  readonly #reader: Reader;
  readonly #emitter: Emitter;
  readonly #env: WorkEnv;
  readonly #timers: Timers;
  readonly #tell: (notice: Notice) => void;
  readonly #stalled: Stalled;
  /** The one piece of work that is out. */
  #work: Subscription | undefined;
  /** Commands whose answers come beside the work: CLIENT UNBLOCK, the parting ones. */
  readonly #aside = new Subscription();
  #error: StreamsError | undefined;
  /** What the one who subscribed still hears: nothing once it has heard the end, or has gone. */
  #hears: 'entries' | 'end' | 'nothing' = 'entries';

  constructor(
    readonly plan: Plan,
    readonly given: PerformerEnv,
    readonly reports: Reports,
  ) {
    const { port, sink, dice, heldHere, tell = teller(plan.notify), stalledIn, anew } = given;
    this.#tell = tell;
    this.#timers = new Timers(plan.scheduler, (name) => reports.dispatch({ type: 'timer', name }));
    this.#reader = port.reader(plan.reader);
    const failed = (type: 'undecodable' | 'ack-refused') => (error: Error) => {
      reports.dispatch({ type, failure: { kind: 'fatal', word: '', error } });
    };
    const refused = (error: StreamsError): void => {
      // Reading has ended, and the machine with it: acks of what is still handed on would be refused too.
      if (this.#hears === 'end') {
        this.#error ??= error;
        this.#emitter.stop();
      }
      failed('ack-refused')(error);
    };
    this.session = openSession(plan, { port, dice, tell, refused, anew }, reports);
    this.#stalled = new Stalled(this.session, stalledIn);
    this.#env = { plan, port, session: this.session, reader: this.#reader, heldHere };
    this.#emitter = new Emitter(plan, this.session, {
      entry: (entry) => sink.entry(entry),
      roomy: (coming) => reports.roomy(coming),
      caughtUp: () => reports.changed(true),
      undecodable: (error) => {
        // Reading may have ended already, because the stream was drained.
        if (isStreamsError(error)) this.#error ??= error;
        failed('undecodable')(error);
      },
    });
  }

  window(): Window {
    const { held, taken, unconfirmed, settled } = this.session.ledger;
    // What waits for its decode is worked on too: closing waits for it, and it is no stall.
    return { held, taken: taken + this.#emitter.queued, unconfirmed, settled, failing: this.session.way.failing };
  }

  holds(stream: string, id: string): boolean {
    const book = this.session.ledger.books.get(stream);
    return book !== undefined && knows(book, id);
  }

  readsNoMore(): void {
    this.session.readsNoMore();
  }

  get isInNext(): boolean {
    return this.#emitter.isInNext;
  }

  tear({ inNext }: { inNext: boolean }): void {
    // RxJS unsubscribes after the end, too.
    if (this.#hears === 'nothing') return;
    this.#hears = 'nothing';
    // Whoever unsubscribes inside `next` has had enough (`take`, `first`) and wants what it got worked on; from outside
    // (`takeUntil`) somebody wants us to stop.
    this.session.torn = !inNext;
    this.#emitter.stop();
  }

  #tellEnd(): void {
    if (this.#hears === 'nothing') return;
    this.#hears = 'nothing';
    this.given.sink.end(this.#error);
  }

  do(effect: Effect): void {
    if (isWork(effect)) return this.#start(effect);
    switch (effect.do) {
      case 'emit':
        return this.#emitter.push(effect.batch, effect.origin, effect);
      case 'count':
        return this.reports.changed(false);
      case 'timer':
        return this.#timers.set(effect.name, effect.ms);
      case 'cancel':
        return this.#timers.cancel(effect.name);
      case 'notice':
        if (effect.notice.type === 'restarted') this.session.saving?.restart(effect.notice.stream);
        return this.#tell(effect.notice);
      case 'ack-away':
        return this.session.ackAway(effect.stream, effect.ids);
      case 'dead-letter':
        return this.session.deadLetter(effect.stream, effect.ids);
      case 'forget':
        return this.session.forget(effect.stream, effect.ids);
      case 'watch-nacks':
        return this.session.watchNacks(effect.on);
      case 'release':
        return this.session.release(effect.batch.stream, effect.batch.entries);
      case 'nothing':
        return this.given.sink.nothing();
      case 'not-added':
        return this.given.sink.notAdded(effect);
      case 'work-off':
        return this.session.workOff.watch(effect.stream);
      case 'left': // under a name that is to go, it goes from that stream too, unless the server may still deliver to it
        return this.#part(effect.owed.floors.length > 0 ? [] : [effect.stream], () =>
          this.given.sink.left(owedAtLeaving(effect, this.session.workOff)),
        );
      case 'stalled':
        return this.#stalled.tell(effect.since);
      case 'end':
        return this.#end(effect);
      case 'unblock':
        return this.#unblock(effect.clientId);
      case 'abandon':
        return this.#work?.unsubscribe();
      case 'disconnect':
        return this.#reader.disconnect();
      case 'expire':
        return this.session.way.giveUp({ working: this.window().taken });
      case 'part':
        return this.#part(effect.streams, () => this.reports.dispatch({ type: 'parted' }));
      case 'close':
        return this.#close(effect.owed);
    }
  }

  #start(work: Work): void {
    // In two steps, because a synchronous port answers, and may be abandoned, before `subscribe` returns.
    const running = new Subscription();
    this.#work = running;
    answer(work, { running, env: this.#env, dispatch: (event) => this.reports.dispatch(event) });
  }

  #end({ why, failure, during = 'read' }: Effect & { do: 'end' }): void {
    const { plan, given } = this;
    if (failure !== undefined) {
      const streams = plan.streams.map(({ stream }) => stream);
      this.#error = explain(failure, { doing: during, streams, plan, ended: given.port.ended });
    }
    // What was fetched before a drained end is still handed on; a signal or an error gives it back.
    if (this.#hears !== 'nothing') this.#hears = 'end';
    if (why !== 'drained') this.#emitter.stop();
    this.#emitter.end(() => this.#tellEnd());
  }

  #unblock(clientId: number): void {
    this.#aside.add(endBlock(clientId, { port: this.given.port, dispatch: (event) => this.reports.dispatch(event) }));
  }

  #part(streams: readonly string[], then: () => void): void {
    this.#aside.add(part(streams, this.plan, this.given.port, this.#tell).subscribe({ error: then, complete: then }));
  }

  #close(owed: Owed): void {
    this.#timers.clear();
    this.#aside.unsubscribe();
    this.#emitter.stop();
    this.session.close();
    const rest = owedAtClose(owed, this.session.ledger);
    this.#tell({ type: 'closed', ...(this.#error && { error: this.#error }) });
    this.given.sink.closed(rest);
  }
}
