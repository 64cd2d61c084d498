import { catchError, concat, concatMap, defer, map, of, throwError, type Observable } from 'rxjs';
import { quote } from '../checks.js';
import { isStreamsError } from '../index.js';
import { namesOf, type Given } from './arguments.js';
import type { Command, Session, Verdict } from './command.js';
import { evictionFindings } from './doctor/eviction.js';
import { FEATURES, type Feature } from './doctor/features.js';
import { isTrouble, type Finding } from './doctor/finding.js';
import { groupFindings } from './doctor/groups.js';
import { lookAtCapabilities, lookAtGroups, lookAtInfo, lookAtLifetimes, lookAtRights } from './doctor/look.js';
import { rightsFindings } from './doctor/rights.js';
import { capabilityFindings, serverFindings } from './doctor/server.js';
import { durationOf } from './duration.js';
import type { Style, Tone } from './style.js';
import { WrongUsage } from './stopped.js';
import { streamsOf } from './streams-and-groups.js';
import { visible } from './visible.js';

interface Plan {
  readonly names: readonly string[];
  readonly deadAfter: number;
  readonly features: readonly Feature[];
}

const ALL = Object.keys(FEATURES) as Feature[];

export const doctor: Command = {
  name: 'doctor',
  usage: '[stream…] [options]',
  summary: 'what is wrong, or may go wrong, with a Redis and its groups',
  about: [
    'Looks at the server and what it can do, at whether it may drop streams, at groups without consumers, at consumers that died with',
    'pending entries, and at the rights of this user. Without names: at all streams there are. What it may not look at it says (unknown).',
    'Exit code 1 when something is found (warn, bad). It changes nothing.',
  ],
  options: {
    'dead-after': {
      takes: '<duration>',
      about: 'a consumer with pending entries is dead when it was silent for so long, 5m by default',
    },
    uses: { takes: '<features>', about: `check the rights of these alone, with commas between: ${ALL.slice(0, 4).join(', ')} …` },
  },
  examples: ['doctor', 'doctor orders --dead-after 1m', 'doctor orders --uses fromGroup,redeliver --json'],
  prepare(given) {
    const plan: Plan = {
      names: namesOf(given, { least: 0, what: 'streams' }),
      deadAfter: durationOf(given, 'dead-after') ?? 300_000,
      features: featuresOf(given),
    };
    return { live: false, run: (session) => run(plan, session) };
  },
};

function featuresOf(given: Given): readonly Feature[] {
  const text = given.text('uses');
  if (text === undefined) return ALL;
  return text.split(',').map((each) => {
    const feature = ALL.find((known) => known === each.trim());
    if (feature === undefined) throw new WrongUsage(`--uses has ${quote(each)}, but must name some of: ${ALL.join(', ')}.`);
    return feature;
  });
}

function run(plan: Plan, session: Session): Observable<Verdict> {
  const { screen, json } = session;
  const show = json ? (finding: Finding) => [JSON.stringify(finding)] : asText(screen.style);
  let verdict: Verdict = 'ok';
  const printed = findings(plan, session).pipe(
    concatMap((found) => {
      if (found.some(isTrouble)) verdict = 'findings';
      return screen.lines(found.flatMap(show));
    }),
  );
  return concat(
    printed,
    defer(() => of(verdict)),
  );
}

/** One list after the other. */
function findings({ names, deadAfter, features }: Plan, { redis }: Session): Observable<Finding[]> {
  const named = names.length > 0;
  const streams = streamsOf(names, redis).pipe(
    map((found) => ({ found, refused: false })),
    catchError(ifNotAllowed({ found: [] as readonly string[], refused: true })),
  );
  return lookAtInfo(redis).pipe(
    concatMap((info) =>
      concat(
        of(info === undefined ? [unknown('server', 'which server it is', '+info')] : serverFindings(info)),
        lookAtCapabilities(redis).pipe(map(capabilityFindings)),
        streams.pipe(
          concatMap(({ found, refused }) => {
            const lifetimes = lookAtLifetimes(found, redis);
            const groups = lookAtGroups(found, redis, { named }).pipe(
              map((all) => groupFindings(all, { deadAfter })),
              catchError(ifNotAllowed([unknown('groups', 'how groups stand', '+xinfo +xrange +time')])),
            );
            return concat(
              lifetimes.pipe(
                map((all) =>
                  info === undefined
                    ? [unknown('eviction', 'whether streams may be dropped', '+info')]
                    : evictionFindings(info, all),
                ),
              ),
              refused ? of([unknown('groups', 'which streams there are', '+scan')]) : groups,
            );
          }),
        ),
        lookAtRights(names, redis).pipe(
          map((all) =>
            all === undefined
              ? [unknown('rights', 'what this user may do', '+acl|whoami +acl|dryrun, Redis 7.0')]
              : rightsFindings(all, features),
          ),
        ),
      ),
    ),
  );
}

function unknown(about: Finding['about'], what: string, needs: string): Finding {
  return { level: 'unknown', about, text: `${what} is not known: it takes ${needs}` };
}

function ifNotAllowed<T>(instead: T): (error: unknown) => Observable<T> {
  return (error) => (isStreamsError(error) && error.code === 'NOT_ALLOWED' ? of(instead) : throwError(() => error));
}

const TONES: Readonly<Record<Finding['level'], Tone>> = { ok: 'good', note: 'dim', unknown: 'dim', warn: 'warn', bad: 'bad' };

function asText(style: Style): (finding: Finding) => string[] {
  return ({ level, about, text, cure }) => [
    `${style(level.padEnd(9), TONES[level])}${about.padEnd(12)}${visible(text)}`,
    ...(cure === undefined ? [] : [`${' '.repeat(21)}${style(visible(cure), 'dim')}`]),
  ];
}
