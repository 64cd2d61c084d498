import type { StreamLag } from '../../index.js';
import { shortly } from '../duration.js';
import type { Finding } from './finding.js';

/** Groups that nobody reads from, and consumers that have entries and do not come any more. */
export function groupFindings(groups: readonly StreamLag[], { deadAfter }: { deadAfter: number }): Finding[] {
  const abandoned = groups.filter(({ consumers }) => consumers.length === 0).map(withoutConsumers);
  const dead = groups.flatMap((group) => deadConsumers(group, deadAfter));
  const count = `${groups.length} group${groups.length === 1 ? '' : 's'}`;
  const well: Finding[] = [
    ...(abandoned.length > 0 ? [] : [{ level: 'ok', about: 'groups', text: `${count}, each with consumers` } as const]),
    ...(dead.length > 0
      ? []
      : [
          { level: 'ok', about: 'consumers', text: `none has pending entries and was silent for ${shortly(deadAfter)}` } as const,
        ]),
  ];
  return groups.length === 0
    ? [{ level: 'note', about: 'groups', text: 'there are no groups' }]
    : [...well, ...abandoned, ...dead];
}

function withoutConsumers({ stream, group, lag, pending }: StreamLag): Finding {
  const text = `${group} of ${stream} has no consumers: ${lag} entries wait for it${pending === 0 ? '' : `, ${pending} are pending`}`;
  return { level: 'warn', about: 'groups', text, cure: `Start a consumer, or XGROUP DESTROY ${stream} ${group}.` };
}

function deadConsumers({ stream, group, consumers }: StreamLag, deadAfter: number): Finding[] {
  const dead = consumers.filter(({ pending, idle }) => pending > 0 && idle > deadAfter);
  return dead.map(({ name, pending, idle }) => ({
    level: 'warn',
    about: 'consumers',
    text: `${name} of ${group} in ${stream} has ${pending} pending, and was not heard of for ${shortly(idle)}`,
    cure: `Start it again under the same name with backlogFirst(), or let others take them over with claimIdle(). See: pending ${stream}`,
  }));
}
