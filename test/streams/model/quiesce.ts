import { ok as assert } from 'node:assert';
import { owesAcks } from '../../../src/plan.js';
import { unread } from './unread.js';
import type { Walk } from './walk.js';

/** Faults stop, and everything that is emitted gets settled: how far does it get? */
export function quiesce(walk: Walk): void {
  const { performer, home, server, timers, plan } = walk;
  performer.halfOpen = false;
  walk.pipeline = 'ack';
  const horizon = server.now + 60_000;
  /** How many requests had found nothing when the last one was made here. */
  let asked: number | undefined;
  while (server.now <= horizon) {
    walk.touch();
    const before = server.now;
    let works = 0;
    while (progress(walk)) assert(++works < 500, 'busy: 500 pieces of work at one moment');
    if (walk.owed !== undefined) return;
    if (atRest(walk)) {
      // Without a group, everything that is there is for whoever asks often enough.
      if (plan.demand !== 'pull' || plan.group !== undefined || (asked !== undefined && walk.nothings > asked)) return;
      asked = walk.nothings;
      walk.dispatch({ type: 'wanted' });
      continue;
    }
    const next = Math.min(...timers.values(), server.nextEnd(), home.failing ? home.retryAt : Infinity);
    if (next === Infinity) return;
    walk.advance(Math.max(next - before, 1));
  }
}

/** The server is silent and the pipeline stuck: closing ends all the same. */
export function silence(walk: Walk): void {
  walk.touch();
  walk.advance(walk.plan.drainTimeout);
  assert(walk.owed !== undefined, `closing does not end in silence: ${JSON.stringify(walk.state.phase)}`);
}

/** Lets everything that can happen now happen; whether anything did. */
function progress(walk: Walk): boolean {
  const { performer, home, server } = walk;
  const { settled, unconfirmed } = home.ledger;
  const before = `${performer.out?.work.do} ${performer.out?.stage} ${settled} ${unconfirmed} ${walk.state.phase.tag} ${walk.emitted.size}`;
  let did = false;
  for (const hold of [...home.holds]) {
    home.take(hold);
    home.settle(hold, 'acked');
    did = true;
  }
  home.send();
  if (!home.failing) home.land();
  if (did || home.ledger.unconfirmed !== unconfirmed) walk.changed();
  for (const id of walk.unblocks.splice(0)) walk.dispatch({ type: 'unblocked', was: server.unblock(id), clientId: id });
  if (walk.parting) {
    walk.parting = false;
    walk.dispatch({ type: 'parted' });
  }
  performer.execute();
  performer.answer();
  const after = `${performer.out?.work.do} ${performer.out?.stage} ${home.ledger.settled} ${home.ledger.unconfirmed} ${walk.state.phase.tag} ${walk.emitted.size}`;
  return before !== after || (performer.out !== undefined && performer.out.stage !== 'blocked');
}

/** A live source has read everything, owes nothing and waits for more. */
function atRest(walk: Walk): boolean {
  const { state, home, performer } = walk;
  // What a lost reply of a claim made ours is found by a later round.
  if (state.plan.group?.claim !== undefined && state.phase.tag !== 'closed' && isAdrift(walk)) return false;
  if (home.ledger.held > 0 || home.ledger.unconfirmed > 0) return false;
  // A request is what makes it look for the entries of a lost reply.
  if (state.plan.demand === 'pull') {
    const joined = state.unjoined.length === 0 && state.added.length === 0;
    return state.phase.tag === 'resting' && !state.wanted && joined;
  }
  const toDo = state.takeover.length + state.waiting.length + state.claims.length + (state.alone.tag === 'nobody' ? 0 : 1);
  if (state.loss !== undefined || toDo > 0) return false;
  // When this block has run out, it may turn out that there is more.
  if (unread(walk).length > 0 || state.leaving.length > 0) return false;
  if (state.tracks.length === 0) return state.phase.tag === 'resting' && state.added.length + state.unjoined.length === 0;
  if (state.plan.until !== 'never' || state.phase.tag !== 'reading' || performer.out?.stage !== 'blocked') return false;
  // A stream that was to leave and stays is not in it yet: it is being ended for that one.
  return state.phase.read.from.length === state.tracks.length;
}

function isAdrift({ adrift, server, state }: Walk): boolean {
  return [...adrift].some((key) => {
    const [stream = '', id = ''] = key.split(' ');
    if (!state.tracks.some((track) => track.stream === stream)) return false;
    return server.streams.get(stream)?.group?.pending.get(id)?.consumer === 'me' && server.has(stream, id);
  });
}

/** What must be true once nothing more can happen. */
export function checkEnd(walk: Walk): void {
  const { plan, state, home, server } = walk;
  const closed = walk.owed !== undefined;
  assert(closed || state.phase.tag !== 'closing', `closing does not end: ${JSON.stringify(state.phase)}`);
  if (plan.until === 'drained') assert(closed || state.tracks.length === 0, `a drained source does not end: ${state.phase.tag}`);
  if (closed) return;
  assert(atRest(walk), `no rest: ${state.phase.tag}, loss ${JSON.stringify(state.loss)}, held ${home.ledger.held}`);
  if (plan.group === undefined) return assert(unread(walk).length === 0, `never read: ${JSON.stringify(unread(walk))}`);
  if (plan.demand === 'pull') return;
  for (const { stream } of state.tracks) {
    const model = server.streams.get(stream);
    for (const id of model?.ids ?? []) {
      const key = `${stream} ${id}`;
      assert(server.given.has(key) || walk.skipped.has(key), `${key} was never read`);
      const ours = owesAcks(plan) && server.delivered.has(key) && !walk.gone.has(key) && !walk.old.has(key);
      if (ours) assert(walk.emitted.has(key) || walk.acked.has(key), `${key} was fetched and never emitted`);
      const pending = model?.group?.pending.get(id)?.consumer === 'me';
      const left =
        walk.old.has(key) ||
        walk.adrift.has(key) ||
        walk.nacked.has(key) ||
        home.nacked.has(key) ||
        home.ledger.books.get(stream)?.left.has(id);
      assert(!pending || left === true, `${key} stays pending`);
    }
  }
}
