import { ok as assert } from 'node:assert';
import { bookOf, isWorkedOff, type Book } from '../../../src/acks/book.js';
import { owesAcks, type Plan } from '../../../src/plan.js';
import { owedAtClose, owedAtLeaving } from '../../../src/sources/owed.js';
import { isWork } from '../../../src/sources/work.js';
import type { Effect, Owed } from '../../../src/streams/effects.js';
import type { Event, TimerName } from '../../../src/streams/events.js';
import { together } from '../../../src/streams/adding.js';
import { step } from '../../../src/streams/machine.js';
import { compareIds } from '../../../src/streams/position.js';
import { initial, type State } from '../../../src/streams/state.js';
import { leftOf } from '../../../src/streams/takeover.js';
import { checkHealed } from './checks.js';
import { emit } from './emission.js';
import { Performer } from './performer.js';
import { ModelServer } from './server.js';
import type { Unread } from './unread.js';
import { WayHome, type Hold } from './way-home.js';

const TIMERS: ReadonlySet<string> = new Set<TimerName>([
  'backoff',
  'quiet',
  'stall',
  'watchdog',
  'recheck',
  'claim',
  'redeliver',
  'alone',
  'unblock',
  'grace',
  'drain',
]);

/** What the pipeline does with an entry during `next`. */
export type Pipeline = 'hold' | 'take' | 'ack' | 'stop';

/**
 * One machine after another over a model of everything around it: Redis, the ledger, the clock, the pipeline. What the machine asks
 * for is checked as it asks; what may take time waits in `performer` until somebody lets it happen, lets it fail, or loses it.
 */
export class Walk {
  readonly server: ModelServer;
  readonly performer: Performer;
  readonly timers = new Map<TimerName, number>();
  state: State;
  home: WayHome;
  pipeline: Pipeline = 'hold';
  /** Why reading ended, as the subscriber was told. */
  ended: string | undefined;
  /** What the closed subscription leaves to the next one; undefined while it lives. */
  owed: Owed | undefined;
  /** Pull: what was left in streams that are not read at present, as the seats keep it. */
  kept: Owed = { anchors: [], floors: [], wait: 0, takeover: [] };
  /** What each subscription begins with; streams are added to it. */
  readonly #original: Plan;
  /** Streams at once, at most so far. */
  mostTracks = 1;
  /** Streams that are told once they are worked off. */
  readonly workingOff = new Set<string>();
  /** CLIENT UNBLOCKs on their way. */
  unblocks: number[] = [];
  parting = false;
  /** Pull: requests that found nothing. */
  nothings = 0;
  /** Steps since something came from outside or time went by. */
  #steps = 0;
  readonly emittedNow = new Set<string>();
  /** Over all subscriptions. */
  readonly emitted = new Set<string>();
  readonly acked = new Set<string>();
  readonly nacked = new Set<string>();
  /** Pending under our name, and nobody's care: from before we came. */
  readonly old = new Set<string>();
  /** Nobody has to see these any more: they went with their group, or to another consumer. */
  readonly gone = new Set<string>();
  /** Seen by this subscription, and they may come again: nacked, or claimed back from another consumer. */
  readonly mayReturn = new Set<string>();
  /** Claimed by us, and the reply was lost: another round finds them. */
  readonly adrift = new Set<string>();
  /** The entry that runs alone, and whether isolation was given up. */
  alone: Hold | undefined;
  isLast = false;
  /** How many came from where, and how many were put away. */
  readonly counts = { fresh: 0, backlog: 0, recovered: 0, claimed: 0, redelivered: 0, alone: 0, dead: 0, ahead: 0, left: 0 };
  together = false;
  /** What was there before this subscription, and is not asked for. */
  readonly skipped = new Set<string>();
  /** Without a group: what the last command could have seen behind the cursor, where no read finds it. */
  behind: readonly Unread[] = [];
  /** Streams whose group was made again where everything is read again. */
  readonly reread = new Set<string>();
  /** Streams where somebody may have to go back behind what was read. */
  readonly incomplete = new Set<string>();
  #turns = 0;
  #events: Event[] = [];
  #dirty = false;
  #running = false;
  /** The subscriber has gone. */
  stopped = false;

  constructor(public plan: Plan) {
    this.#original = plan;
    this.server = new ModelServer({ group: plan.group !== undefined, noAck: plan.group?.noAck === true });
    this.performer = new Performer(this);
    this.home = new WayHome(this);
    this.state = initial(plan, undefined);
  }

  /** What was left comes again: the next subscription of the same consumer. */
  subscribe(): void {
    const owed = this.owed;
    assert(owed !== undefined, 'two at once');
    for (const each of this.home.nacked) this.nacked.add(each);
    this.plan = this.#original;
    this.owed = undefined;
    this.kept = together([owed, this.kept]);
    this.ended = undefined;
    this.stopped = false;
    this.emittedNow.clear();
    this.alone = undefined;
    this.together = false;
    this.workingOff.clear();
    this.home = new WayHome(this);
    this.state = initial(this.plan, this.#collect(this.plan.streams));
    this.dispatch({ type: 'start' });
  }

  /** As the seats do: by stream, once, and nothing for a reader without a group. */
  #collect(streams: readonly { stream: string }[]): Owed | undefined {
    const { anchors, floors, wait, takeover, unhealed = [] } = this.kept;
    const read = new Set(streams.map(({ stream }) => stream));
    this.kept = {
      wait,
      anchors: anchors.filter(([stream]) => !read.has(stream)),
      floors: floors.filter(([stream]) => !read.has(stream)),
      takeover: takeover.filter(({ stream }) => !read.has(stream)),
      unhealed: unhealed.filter((stream) => !read.has(stream)),
    };
    if (this.plan.group === undefined) return undefined;
    return {
      wait,
      anchors: anchors.filter(([stream]) => read.has(stream)),
      floors: floors.filter(([stream]) => read.has(stream)),
      takeover: takeover.filter(({ stream }) => read.has(stream)),
      unhealed: unhealed.filter((stream) => read.has(stream)),
    };
  }

  /** Another consumer's entry is ours now, or one of ours that nobody looked after. */
  adopted(stream: string, id: string): void {
    const key = `${stream} ${id}`;
    this.gone.delete(key);
    this.old.delete(key);
    this.nacked.delete(key);
    this.home.nacked.delete(key);
    this.server.delivered.add(key);
    this.mayReturn.add(key);
    this.adrift.add(key);
  }

  /** The place of a command among all that the caller's client sends. */
  turn(): number {
    return ++this.#turns;
  }

  dispatch(event: Event): void {
    this.#events.push(event);
    this.#loop();
  }

  changed(): void {
    this.#dirty = true;
    this.#loop();
  }

  stop(): void {
    this.stopped = true;
    this.dispatch({ type: 'stop', why: 'unsubscribed' });
  }

  /** Something comes from outside. */
  touch(): void {
    this.#steps = 0;
  }

  addStream(stream: string): void {
    if (this.state.leaving.some((each) => each.stream === stream)) return this.dispatch({ type: 'stream-stays', stream });
    if (this.#over() || this.#reads(stream)) return;
    const added = { stream, start: undefined };
    this.plan = { ...this.plan, streams: [...this.plan.streams, added] };
    this.dispatch({ type: 'stream-added', ...added, owed: this.#collect([added]) });
  }

  #reads(stream: string): boolean {
    const { tracks, unjoined, added } = this.state;
    return [...tracks, ...unjoined, ...added].some((each) => each.stream === stream);
  }

  leaveStream(stream: string): void {
    if (!this.#over() && this.#reads(stream)) this.dispatch({ type: 'stream-left', stream });
  }

  /** A subscription begins behind that id. */
  skips(stream: string, from: string): void {
    for (const key of this.skipped) if (key.startsWith(`${stream} `)) this.skipped.delete(key);
    for (const id of this.server.streams.get(stream)?.ids ?? [])
      if (compareIds(id, from) <= 0) this.skipped.add(`${stream} ${id}`);
  }

  /** A group goes, and with it whatever is pending in it. What somebody of ours has to look after comes all the same. */
  destroyed(stream: string): void {
    const { plan, state, home } = this;
    // Never joined, so nobody knows what there was.
    const unknown = this.owed
      ? ![...this.owed.anchors, ...this.kept.anchors].some(([each]) => each === stream)
      : this.#reads(stream)
        ? [...state.unjoined, ...state.added].some((each) => each.stream === stream && each.anchor === undefined)
        : !this.kept.anchors.some(([each]) => each === stream);
    for (const id of this.server.streams.get(stream)?.group?.pending.keys() ?? []) {
      const key = `${stream} ${id}`;
      // What we have claimed and do not know of is nobody's either: it was another's, whose entries go with the group.
      const unclaimed = this.adrift.has(key);
      if (unknown || unclaimed || this.old.has(key) || this.nacked.has(key) || home.nacked.has(key)) this.gone.add(key);
    }
    if (plan.group?.healFrom === '0') this.reread.add(stream);
  }

  /** Where it is made again below what was read, everything above comes once more. That may only be for a reason. */
  #healing({ anchors, takeover }: Effect & { do: 'heal' }): void {
    for (const [stream] of anchors) {
      if (this.#isIncomplete(stream) || this.incomplete.has(stream)) this.reread.add(stream);
    }
    // Acks that were given up may have arrived; with the group went what would tell.
    for (const { stream, ids } of leftOf(takeover)) for (const id of ids) this.acked.delete(`${stream} ${id}`);
  }

  /** Below what was read there may be more: a backlog, or what a lost reply held. */
  #isIncomplete(stream: string): boolean {
    const { tracks, loss } = this.state;
    const backlog = tracks.some((track) => track.stream === stream && track.backlog !== undefined);
    return backlog || loss?.floors.some(([each]) => each === stream) === true;
  }

  advance(ms: number): void {
    const until = this.server.now + ms;
    for (;;) {
      const [name, at] = [...this.timers].sort(([, a], [, b]) => a - b)[0] ?? ['quiet', Infinity];
      const next = Math.min(at, this.server.nextEnd());
      if (next > until) break;
      this.#clock(next);
      this.server.expire();
      if (at > next) continue;
      this.timers.delete(name);
      this.dispatch({ type: 'timer', name });
    }
    this.#clock(until);
  }

  #clock(now: number): void {
    if (now > this.server.now) this.touch();
    this.server.now = Math.max(now, this.server.now);
  }

  #loop(): void {
    if (this.#running) return;
    this.#running = true;
    for (;;) {
      const event = this.#take();
      if (event === undefined) break;
      assert(++this.#steps < 200, 'busy: 200 steps without anything from outside');
      if (event.type === 'healed') checkHealed(this);
      if (event.type === 'joined') for (const { stream, from } of event.at) this.skips(stream, from);
      this.#step(event);
    }
    this.#running = false;
  }

  #step(event: Event): void {
    const closing = this.#over();
    // Of a stream that leaves by this step nothing is known after it.
    const incomplete = this.state.tracks.map(({ stream }) => stream).filter((each) => this.#isIncomplete(each));
    const [state, effects] = step(this.state, event, { now: this.server.now, dice: 0.5 });
    this.state = state;
    this.mostTracks = Math.max(this.mostTracks, state.tracks.length);
    assert(!closing || this.#over(), `closing was undone by ${event.type}`);
    for (const effect of effects) {
      if (effect.do === 'left' && incomplete.includes(effect.stream)) this.incomplete.add(effect.stream);
      this.#perform(effect);
    }
  }

  /** The next read may be sent beside a full reply. */
  readAhead(coming: number): void {
    if (this.#events.length > 0 || !this.#is('resting')) return;
    const { window } = this.home;
    this.#step({ type: 'window', window: { ...window, held: window.held + coming } });
    if (this.#is('reading')) this.counts.ahead += 1;
  }

  #take(): Event | undefined {
    const event = this.#events.shift();
    if (event !== undefined) return event;
    for (const stream of this.workingOff) {
      if (!isWorkedOff(bookOf(this.home.ledger, stream))) continue;
      this.workingOff.delete(stream);
      return { type: 'worked-off', stream };
    }
    if (!this.#dirty) return undefined;
    this.#dirty = false;
    return { type: 'window', window: this.home.window };
  }

  #over(): boolean {
    return this.#is('closing') || this.#is('closed');
  }

  #is(tag: State['phase']['tag']): boolean {
    return this.state.phase.tag === tag;
  }

  #perform(effect: Effect): void {
    assert(this.owed === undefined, `${effect.do} after close`);
    if (effect.do === 'heal') this.#healing(effect);
    if (isWork(effect)) {
      // The last look for a lost reply: what it finds is given back.
      assert(!this.#over() || effect.do === 'reconcile', `${effect.do} after closing began`);
      return this.performer.start(effect);
    }
    const { home, performer } = this;
    switch (effect.do) {
      case 'emit':
        return emit(effect, this);
      case 'release':
        for (const { id, attempt } of effect.batch.entries)
          home.settle(home.open(effect.batch.stream, id, attempt ?? 1), 'released');
        return;
      case 'ack-away':
        return home.ackAway(effect.stream, effect.ids);
      case 'dead-letter':
        this.counts.dead += effect.ids.length;
        return home.deadLetter(effect.stream, effect.ids);
      case 'forget':
        return home.forget(effect.stream, effect.ids);
      case 'watch-nacks':
        return home.watchNacks(effect.on);
      case 'abandon':
        return performer.abandon();
      case 'disconnect':
        return performer.disconnect();
      case 'unblock':
        this.unblocks.push(effect.clientId);
        return;
      case 'timer':
        assert(TIMERS.has(effect.name) && Number.isInteger(effect.ms) && effect.ms > 0, `timer ${effect.name} ${effect.ms}`);
        this.timers.set(effect.name, this.server.now + effect.ms);
        return;
      case 'cancel':
        this.timers.delete(effect.name);
        return;
      case 'count':
        this.#dirty = true;
        return;
      case 'nothing':
        this.nothings += 1;
        return;
      case 'not-added':
        this.plan = { ...this.plan, streams: this.plan.streams.filter(({ stream }) => stream !== effect.stream) };
        if (effect.owed) this.kept = together([this.kept, effect.owed]);
        return;
      case 'work-off':
        this.workingOff.add(effect.stream);
        return;
      case 'left':
        return this.#left(effect);
      case 'end':
        assert(this.ended === undefined, 'ended twice');
        this.ended = effect.why;
        if (effect.why === 'drained') assert(this.behind.length === 0, `drained over ${JSON.stringify(this.behind)}`);
        return;
      case 'expire':
        return home.giveUp();
      case 'part':
        assert(home.ledger.taken === 0 && home.ledger.unconfirmed === 0, 'parted from what is not done');
        assert(
          !this.plan.group?.generated || !owesAcks(this.plan) || !this.server.isBlocked(effect.streams),
          'removed, and the server may still deliver to it',
        );
        this.parting = true;
        return;
      case 'close':
        return this.#close(effect.owed);
      case 'notice':
        if (effect.notice.type === 'not-alone') this.together = true;
        // Told, and left to a later backlog.
        if (effect.notice.type === 'not-taken-over') {
          for (const id of effect.notice.ids) this.old.add(`${effect.notice.stream} ${id}`);
        }
        return;
      case 'stalled':
      default:
        return;
    }
  }

  /** Whatever comes of it in this subscription from now on is as in another one. */
  #left(effect: Effect & { do: 'left' }): void {
    const { stream } = effect;
    const { home } = this;
    assert(isWorkedOff(bookOf(home.ledger, stream)), `${stream} left with entries held`);
    // Its name may be taken out of the group then, unless something is owed that a lost reply may still bring.
    const safe = !owesAcks(this.plan) || effect.owed.floors.length > 0 || !this.server.isBlocked([stream]);
    assert(safe, `${stream} left, and the server may still deliver of it`);
    assert(!this.performer.names(stream), `${stream} left, and work on it is out`);
    const forget = (each: string): Book | undefined => {
      const book = home.ledger.books.get(each);
      home.ledger.books.delete(each);
      return book;
    };
    this.kept = together([this.kept, owedAtLeaving(effect, { forget }).owed]);
    this.plan = { ...this.plan, streams: this.plan.streams.filter((each) => each.stream !== stream) };
    this.counts.left += 1;
    const prefix = `${stream} `;
    for (const key of [...home.nacked].filter((each) => each.startsWith(prefix))) this.nacked.add(key);
    for (const key of [...this.emittedNow].filter((each) => each.startsWith(prefix))) this.emittedNow.delete(key);
  }

  #close(owed: Owed): void {
    const left = [...this.timers.keys()].filter((name) => name !== 'drain');
    assert(left.length === 0, `timers outlive closing: ${left.join(', ')}`);
    assert(this.performer.idle, 'work outlives closing');
    this.timers.clear();
    this.unblocks = [];
    this.parting = false;
    for (const { stream } of this.state.tracks) if (this.#isIncomplete(stream)) this.incomplete.add(stream);
    this.owed = owedAtClose(owed, this.home.ledger);
  }
}
