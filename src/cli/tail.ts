import { concat, concatMap, filter, forkJoin, ignoreElements, of, take, tap, type Observable } from 'rxjs';
import { quote } from '../checks.js';
import { ackAfter, fromStreams, type Entry, type RedisClient } from '../index.js';
import { countOf, namesOf } from './arguments.js';
import type { Command, Session, Verdict } from './command.js';
import { lostLine } from './lost-line.js';
import { before, idOf, placeIn, type Place } from './place.js';
import { WrongUsage } from './stopped.js';
import { endOf } from './streams-and-groups.js';
import type { Style } from './style.js';
import { value, visible } from './visible.js';

interface Plan {
  readonly streams: readonly string[];
  readonly from: Place;
  readonly grep: RegExp | undefined;
  readonly count: number;
  readonly once: boolean;
}

export const tail: Command = {
  name: 'tail',
  usage: '<stream…> [options]',
  summary: 'print entries as they are added',
  about: [
    'Prints the entries of streams, from now on or from an earlier place, until Ctrl-C.',
    'It reads as a reader without a group (XREAD): no group sees anything of it.',
  ],
  options: {
    from: { takes: '<place>', about: 'where to begin: an id, 0 (the beginning), $ (the end, the default), or a duration: -10m' },
    grep: { takes: '<regex>', about: 'only entries with a field that matches, as name=value' },
    count: { takes: '<n>', about: 'end after so many entries' },
    once: { about: 'end at the end of what is there, rather than wait for more' },
  },
  examples: ['tail orders', 'tail orders returns --from -10m --grep customer=c1', 'tail orders --from 0 --once --json | head'],
  prepare(given) {
    const plan: Plan = {
      streams: namesOf(given, { least: 1, what: 'one stream or more' }),
      from: placeIn('from', given.text('from') ?? '$'),
      grep: regexOf(given.text('grep')),
      count: countOf(given, 'count') ?? Infinity,
      once: given.flag('once'),
    };
    return { live: !plan.once, run: (session) => run(plan, session) };
  },
};

function regexOf(text: string | undefined): RegExp | undefined {
  try {
    return text === undefined ? undefined : new RegExp(text, 'u');
  } catch (error) {
    throw new WrongUsage(
      `--grep is ${quote(text)}, but must be a regular expression of JavaScript (${(error as Error).message}).`,
    );
  }
}

function run(plan: Plan, { redis, screen, json }: Session): Observable<Verdict> {
  const show = json ? asJson : asText({ style: screen.style, named: plan.streams.length > 1 });
  const printed = idOf(plan.from, redis, { as: 'from' }).pipe(
    concatMap((id) => {
      const start = before(id);
      return fromStreams(redis, {
        streams: Object.fromEntries(plan.streams.map((stream) => [stream, start])),
        until: plan.once ? 'drained' : 'never',
        notify: lostLine(screen).notify,
      });
    }),
    filter((entry) => matches(entry, plan.grep)),
    // A stage, so that entries that wait to be printed hold the reading back.
    ackAfter((entry) => concat(screen.lines([show(entry)]), of(entry.id))),
    take(plan.count),
  );
  return concat(missing(plan.streams, { redis, screen }), printed).pipe(ignoreElements(), (printing) =>
    concat(printing, of<Verdict>('ok')),
  );
}

/** A stream that is not there yet is waited for, which looks like one where nothing happens. */
function missing(
  streams: readonly string[],
  { redis, screen }: { redis: RedisClient; screen: Session['screen'] },
): Observable<never> {
  return forkJoin(streams.map((stream) => endOf(stream, redis))).pipe(
    tap((ends) =>
      ends.forEach((end, at) => {
        if (end === undefined) screen.note(`There is no stream ${quote(streams[at])} yet.`);
      }),
    ),
    ignoreElements(),
  );
}

function matches({ pairs }: Entry, grep: RegExp | undefined): boolean {
  return grep === undefined || pairs.some(([name, value]) => grep.test(`${name}=${value}`));
}

function asJson({ stream, id, fields }: Entry): string {
  return JSON.stringify({ stream, id, fields });
}

function asText({ style, named }: { style: Style; named: boolean }): (entry: Entry) => string {
  return ({ stream, id, pairs }) => {
    const fields = pairs.map(([name, text]) => `${style(`${visible(name)}=`, 'dim')}${value(text)}`);
    return [...(named ? [style(visible(stream), 'good')] : []), style(id, 'bold'), ...fields].join('  ');
  };
}
