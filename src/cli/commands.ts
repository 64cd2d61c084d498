import type { Command } from './command.js';
import { deadLetters } from './dead-letters.js';
import { doctor } from './doctor.js';
import { groups } from './groups.js';
import { lag } from './lag.js';
import { pending } from './pending.js';
import { replay } from './replay.js';
import { tail } from './tail.js';

/** In the order of the help. */
export const commands: readonly Command[] = [tail, groups, lag, pending, replay, deadLetters, doctor];
