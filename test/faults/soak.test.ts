/**
 * Everything goes wrong at once, for a while: consumers, connections and the server die while entries pour in. Then nothing is lost,
 * nothing stays pending, and nothing was begun twice that no death, lost lease or ack in doubt accounts for.
 *
 * `FAULT_SECONDS` (15) is for how long, `FAULT_SEED` (1) chooses the faults: `npm run soak` takes 60 s and a seed of its own.
 */
import { it } from 'vitest';
import { oneServer } from './soak/one-server.js';
import { soak } from './soak/run.js';

const seconds = Number(process.env['FAULT_SECONDS'] ?? 15);
const seed = Number(process.env['FAULT_SEED'] ?? 1);

it('nothing is lost, nothing stays pending, and every duplicate is accounted for', { timeout: (2 * seconds + 180) * 1000 }, () =>
  soak(oneServer, { seconds, seed, rate: 2000 }),
);
