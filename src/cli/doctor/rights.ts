import { FEATURES, rightsOf, type Feature, type Right } from './features.js';
import type { Finding } from './finding.js';

/** What ACL DRYRUN said: allowed, or what is missing of it, or that nobody may ask. */
export type Allowed = 'yes' | 'no-command' | 'no-key' | 'unknown';

/** `OK`, or a sentence about the command or a key. */
export function allowedBy(answer: string): Allowed {
  if (answer === 'OK') return 'yes';
  return /\bkeys?\b/.test(answer) ? 'no-key' : 'no-command';
}

/** How a user may use one stream; without a name: whatever the key is. */
export interface Rights {
  readonly user: string;
  readonly stream: string | undefined;
  readonly may: ReadonlyMap<Right, Allowed>;
}

/** For each feature what is missing: the command, or the key for it. */
export function rightsFindings(all: readonly Rights[], features: readonly Feature[]): Finding[] {
  const [first] = all;
  if (first === undefined) return [];
  const missing = features.flatMap((feature) => ofFeature(feature, all));
  if (missing.length > 0) return missing;
  const names = features.length === Object.keys(FEATURES).length ? 'every feature' : features.join(', ');
  return [{ level: 'ok', about: 'rights', text: `user ${first.user} has those of ${names}` }];
}

function ofFeature(feature: Feature, all: readonly Rights[]): Finding[] {
  const rights = rightsOf(feature);
  const user = all[0]?.user ?? '';
  const without = (what: Allowed, { may }: Rights): Right[] => rights.filter((right) => may.get(right) === what);
  const commands = [...new Set(all.flatMap((each) => without('no-command', each)))].map((right) => `+${right}`);
  const keys = all
    .filter((each) => each.stream !== undefined && without('no-key', each).length > 0)
    .map(({ stream = '' }) => `~${stream}`);
  const missing = [...commands, ...keys];
  if (missing.length === 0) return [];
  return [
    {
      level: 'warn',
      about: 'rights',
      text: `user ${user} cannot use ${feature}: ${missing.join(' ')} missing`,
      cure: `ACL SETUSER ${user} ${missing.join(' ')}, if it is to.`,
    },
  ];
}
