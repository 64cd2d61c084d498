import { map, type Observable } from 'rxjs';
import type { AckSession } from '../acks/session.js';
import type { Plan } from '../plan.js';
import type { Effect } from '../streams/effects.js';
import type { Event } from '../streams/events.js';
import type { Port, Reader } from '../wire/port.js';
import { claim } from './claim.js';
import { heal } from './heal.js';
import { join } from './join.js';
import { lookBack } from './look-back.js';
import { probe } from './probe.js';
import { readBacklog, readLive } from './read.js';
import { reconcile } from './reconcile.js';
import { takeOver } from './take-over.js';

/** What work needs. */
export interface WorkEnv {
  readonly plan: Plan;
  readonly port: Port;
  readonly reader: Reader;
  readonly session: AckSession;
  /** Another consumer of this process, on the same client, holds that entry of the group. */
  readonly heldHere: (stream: string, id: string) => boolean;
}

/** The effects that take time: one of them at once, answered by one event. */
export type Work = Extract<
  Effect,
  { do: 'join' | 'connect' | 'read' | 'probe' | 'reconcile' | 'heal' | 'take-over' | 'look-back' | 'claim' }
>;

const KINDS: ReadonlySet<Effect['do']> = new Set<Work['do']>([
  'join',
  'connect',
  'read',
  'probe',
  'reconcile',
  'heal',
  'take-over',
  'look-back',
  'claim',
]);

export function isWork(effect: Effect): effect is Work {
  return KINDS.has(effect.do);
}

/** Cold: emits the event that answers the work, or fails with the client's error. */
export function perform(work: Work, env: WorkEnv): Observable<Event> {
  switch (work.do) {
    case 'join':
      return join(work.streams, env);
    case 'connect':
      return env.reader.connect().pipe(map((clientId) => ({ type: 'connected', clientId, reader: env.reader.by })));
    case 'read':
      return work.read.kind === 'backlog' ? readBacklog(work.read, env) : readLive(work.read, env);
    case 'probe':
      return probe(work.streams, env);
    case 'reconcile':
      return reconcile(work, env);
    case 'heal':
      return heal(work, env);
    case 'take-over':
      return takeOver(work, env);
    case 'look-back':
      return lookBack(work, env);
    case 'claim':
      return claim(work, env);
  }
}
