import type { Given } from './arguments.js';
import type { Options } from './command.js';

/** What changes something does so only when it is told to. */
export const applyOptions: Options = {
  yes: { about: 'do it; without it is only told what would be done' },
  apply: { about: 'the same as --yes' },
};

export function isToApply(given: Given): boolean {
  return given.flag('yes') || given.flag('apply');
}
