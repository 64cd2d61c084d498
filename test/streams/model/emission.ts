import { ok as assert } from 'node:assert';
import { bookOf, knows } from '../../../src/acks/book.js';
import { mostDeliveries, owesAcks } from '../../../src/plan.js';
import type { Origin } from '../../../src/entry.js';
import type { Effect } from '../../../src/streams/effects.js';
import type { Batch } from '../../../src/streams/events.js';
import type { Walk } from './walk.js';
import type { Hold } from './way-home.js';

/**
 * Gives the entries of a batch their places in the window, checked, and hands them to the pipeline one by one. The next read leaves as early
 * as it ever may: before that, or amid them, whatever the size of the window.
 */
export function emit({ batch: { stream, entries }, origin, behind }: Effect & { do: 'emit' }, walk: Walk): void {
  assert(walk.ended === undefined, 'emitted after the end');
  const { ledger } = walk.home;
  const { refillAt } = walk.plan;
  let looks = behind !== undefined && !walk.stopped;
  const look = (ofThis: number): void => {
    const coming = ofThis + (behind ?? 0);
    if (!looks || ledger.held + coming > refillAt) return;
    looks = false;
    walk.readAhead(coming);
  };
  look(entries.length);
  const holds = entries.map((entry) => place(stream, entry, origin, walk));
  for (const [i, hold] of holds.entries()) {
    if (walk.stopped) walk.home.settle(hold, 'released');
    else flow(hold, walk);
    if (i < holds.length - 1) look(0);
  }
}

function place(stream: string, { id, pairs, attempt = 1 }: Batch['entries'][number], origin: Origin, walk: Walk): Hold {
  const key = `${stream} ${id}`;
  assert(pairs !== null, `${key} was emitted though it is gone`);
  if (!walk.reread.has(stream)) checkNew(stream, id, origin, walk);
  checkDeliveries({ key, attempt, origin }, walk);
  walk.mayReturn.delete(key);
  walk.adrift.delete(key);
  walk.emittedNow.add(key);
  walk.emitted.add(key);
  const hold = walk.home.open(stream, id, attempt);
  walk.counts[origin] += 1;
  if (walk.isLast) {
    walk.alone = hold;
    walk.counts.alone += 1;
  }
  return hold;
}

/** Not ours already, not seen by this subscription, not acked. */
function checkNew(stream: string, id: string, origin: Origin, walk: Walk): void {
  const key = `${stream} ${id}`;
  const book = bookOf(walk.home.ledger, stream);
  assert(!knows(book, id) || book.waiting.has(id), `${key} (${origin}) was emitted while it is ours already`);
  assert(!walk.emittedNow.has(key) || walk.mayReturn.has(key), `${key} (${origin}) was emitted twice`);
  assert(!walk.acked.has(key), `${key} (${origin}) was emitted after its ack`);
}

/** Never too often, and the last time alone, but for what was nacked: nobody crashed there. */
function checkDeliveries({ key, attempt, origin }: { key: string; attempt: number; origin: string }, walk: Walk): void {
  const most = mostDeliveries(walk.plan);
  assert(attempt <= most, `${key} was emitted for the ${attempt}th time of ${most}`);
  const { held } = walk.home.ledger;
  if (walk.alone?.state !== 'open' && walk.alone?.state !== 'taken') walk.alone = undefined;
  assert(walk.alone === undefined || walk.together, `${key} was emitted beside one that has to be alone`);
  const last = attempt === most && (origin === 'backlog' || origin === 'claimed');
  assert(!last || held === 0 || walk.together, `${key} had its last delivery beside ${held} others`);
  walk.isLast = last;
}

/** `next` of the subscriber. */
function flow(hold: Hold, walk: Walk): void {
  const { plan, home, pipeline } = walk;
  if (pipeline === 'take' || pipeline === 'ack') home.take(hold);
  if (pipeline === 'ack') home.settle(hold, 'acked');
  if (pipeline === 'stop') walk.stop();
  const counts = owesAcks(plan) || plan.settle === 'manual';
  if (!counts && hold.state === 'open') home.settle(hold, 'acked');
}
