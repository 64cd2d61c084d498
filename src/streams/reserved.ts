import type { State } from './state.js';

/**
 * Entries that the work which is out may bring, beyond one for each stream: the others of a subscription leave that much room. One for
 * each stream is the slack that the bound of the window has, so a silent reader, whose read asks for no more, takes none.
 */
export function reserved({ plan, phase, tracks }: State): number {
  switch (phase.tag) {
    case 'reading':
      return phase.read.from.length * (phase.read.count - 1);
    case 'taking-over':
      return Math.max(0, phase.takeover.entries.length - Math.max(1, tracks.length));
    case 'reconciling':
      return plan.bufferSize; // as much as there is room for
    default:
      return 0;
  }
}
