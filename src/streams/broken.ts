import { owesAcks } from '../plan.js';
import type { Effect, Read } from './effects.js';
import type { Moment } from './events.js';
import { lose } from './lost.js';
import { changed, type State } from './state.js';
import type { Step } from './step.js';

/**
 * The connection for reading is gone. A read that was out may have been answered: its entries are looked for once there is a new
 * connection. The server may still hold the old one's block and would hand it the next entry: unblock it.
 */
export function breakConnection(state: State, { now }: Moment): Step {
  const { phase, clientId } = state;
  const read = readOut(phase);
  const mayHold = read?.kind === 'live' && owesAcks(state.plan);
  const effects: Effect[] = [{ do: 'disconnect' }];
  if (clientId !== undefined && read?.block !== undefined) effects.push({ do: 'unblock', clientId });
  if (mayHold && state.loss === undefined) effects.push({ do: 'watch-nacks', on: true });
  const loss = mayHold ? lose(state.loss, state.tracks, { read, now, clientId }) : state.loss;
  return [changed(state, { clientId: undefined, loss }), effects];
}

function readOut(phase: State['phase']): Read | undefined {
  if (phase.tag === 'reading') return phase.read;
  if (phase.tag === 'closing' && phase.step.tag === 'reading') return phase.step.read;
  return undefined;
}
