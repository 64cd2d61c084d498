/**
 * The soak of the fault suite on a cluster: consumers and connections die, slots move, and in the middle a master is killed for good
 * while entries pour into streams in several slots. Then nothing is lost of what was replicated, nothing stays pending, and nothing was
 * begun twice that no death, lost lease, ack in doubt or failover accounts for.
 *
 * `FAULT_SECONDS` (12) is for how long, `FAULT_SEED` (1) chooses the faults: `npm run soak` takes 60 s and a seed of its own.
 */
import { it } from 'vitest';
import { sixNodes } from '../faults/soak/six-nodes.js';
import { soak } from '../faults/soak/run.js';

const seconds = Number(process.env['FAULT_SECONDS'] ?? 12);
const seed = Number(process.env['FAULT_SEED'] ?? 1);

it(
  'a master is killed amid everything else: nothing that was replicated is lost, nothing stays pending, and every duplicate is accounted for',
  { timeout: (2 * seconds + 180) * 1000 },
  () => soak(sixNodes, { seconds, seed, rate: 500 }),
);
