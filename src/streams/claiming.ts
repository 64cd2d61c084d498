import { admit } from './admission.js';
import { afterAdmission } from './after-admission.js';
import { nextRound } from './claim-round.js';
import type { Effect } from './effects.js';
import type { Event } from './events.js';
import { highest, ZERO } from './position.js';
import { changed, type State } from './state.js';
import { first, type Step } from './step.js';

/** One page of a round is done. */
export function claimed(state: State, { found, gone, next: after }: Event & { type: 'claimed' }): Step {
  const [, ...others] = state.claims;
  const claims = after === undefined ? others : [[found.stream, after] as const, ...others];
  const effects: Effect[] = claims.length === 0 ? [...nextRound(state.plan)] : [];
  if (gone.length > 0) effects.push({ do: 'notice', notice: { type: 'gone', stream: found.stream, ids: gone } });
  if (found.rows.length > 0) {
    effects.push({ do: 'notice', notice: { type: 'claimed', stream: found.stream, ids: found.rows.map(({ id }) => id) } });
  }
  // The group had delivered all of these, so whatever a read of ours brings from now on is higher.
  const last = found.rows.at(-1)?.id ?? ZERO;
  const tracks = state.tracks.map((track) =>
    track.stream === found.stream ? { ...track, read: highest(track.read, last) } : track,
  );
  const [admitted, dead] = admit(changed(state, { tracks, claims, attempt: 0 }), found, 'claimed');
  return first(effects, afterAdmission(admitted, dead));
}
