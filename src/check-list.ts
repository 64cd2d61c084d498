import { checkStreams } from './check-options.js';
import { outOfRange } from './checks.js';
import type { Plan, StreamStart } from './plan.js';

/** One of the lists of `streams`: as the option itself is checked, but it may be empty. */
export function checkList(value: unknown, { group, checkpoint }: Pick<Plan, 'group' | 'checkpoint'>): readonly StreamStart[] {
  if (isEmpty(value)) return [];
  const streams = checkStreams(value);
  const used = { 'redeliver.deadLetter': group?.redeliver?.deadLetter, checkpoint };
  for (const [option, key] of Object.entries(used)) {
    if (streams.some(({ stream }) => stream === key)) throw outOfRange('streams', key, `none that is ${option}`);
  }
  return streams;
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
