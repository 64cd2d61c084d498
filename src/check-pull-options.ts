import { checkGroup, checkObject, checkShared, orElse, type Unchecked, checkStreams } from './check-options.js';
import { ms, outOfRange, whole, wrongType } from './checks.js';
import type { GroupOptions, StreamsOptions } from './options.js';
import type { Plan } from './plan.js';

/** Options of sources that would do nothing here. */
const OF_SOURCES = {
  until: 'a pull consumer never drains: a call that finds nothing gives undefined',
  refillAt: 'a pull consumer has no window',
  stallAfter: 'a pull consumer has no window',
  settle: 'a pull consumer has no window',
  claimIdle: 'a pull consumer claims nothing: use fromGroup',
  redeliver: 'a pull consumer delivers nothing again before it is opened anew: use fromGroup',
} as const;

/** Checks the options of `Consumer` and, with `generate`, of `GroupConsumer`: the window is the call, so 0 is a size and a timeout. */
export function planPull(options: Unchecked<GroupOptions & StreamsOptions>, generate?: () => string): Plan {
  checkObject(options, generate === undefined ? 'Consumer' : 'GroupConsumer');
  for (const [each, why] of Object.entries(OF_SOURCES)) {
    const given = options[each as keyof typeof OF_SOURCES];
    if (given !== undefined) throw wrongType(each, given, `left out, because ${why}`);
  }
  const bufferSize = whole('bufferSize', orElse(options.bufferSize, 0), { least: 0 });
  const timeout = ms('timeout', orElse(options.timeout, 0), { least: 0 });
  if (options.onInvalid === 'reject')
    throw outOfRange('onInvalid', 'reject', "'error' or 'skip': a pull consumer has no dead-letter stream");
  const streams = checkStreams(options.streams);
  const shared = checkShared({ ...options, bufferSize: undefined, timeout: undefined });
  return {
    ...shared,
    ...{ bufferSize, timeout, refillAt: 0, demand: 'pull', settle: 'auto', checkpoint: undefined },
    group: generate && checkGroup(options, generate, streams),
  };
}
