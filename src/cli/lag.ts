import { auditTime, concat, concatMap, EMPTY, ignoreElements, merge, of, scan, takeLast, tap, type Observable } from 'rxjs';
import { namesOf } from './arguments.js';
import type { Command, Session, Verdict } from './command.js';
import { durationOf } from './duration.js';
import { look, untilAllGone, type Sample } from './lag-samples.js';
import { lagJson, lagTable, lagText, type Row } from './lag-table.js';
import { lostLine } from './lost-line.js';
import { groupsOf, streamsOf, type GroupAt } from './streams-and-groups.js';
import { visible } from './visible.js';

interface Plan {
  readonly streams: readonly string[];
  readonly group: string | undefined;
  readonly watch: boolean;
  readonly every: number;
}

/** So many bars. */
const TREND = 30;
/** ms: what comes of one look at all groups is drawn at once. */
const TOGETHER = 50;

export const lag: Command = {
  name: 'lag',
  usage: '[stream…] [options]',
  summary: 'how far behind groups are, once or all the time',
  about: [
    'Tells for each group how many entries no consumer has got yet (LAG), for how long the oldest of them has waited (BEHIND), and how',
    'many were delivered and are not acked (PENDING). Without names: of all streams there are. It changes nothing.',
  ],
  options: {
    group: { takes: '<name>', about: 'only groups of that name' },
    watch: { about: 'look again and again, until Ctrl-C: in a terminal a moving line for each group' },
    every: { takes: '<duration>', about: 'with --watch: from one look to the next, 2s by default' },
  },
  examples: ['lag', 'lag orders --group billing --watch', 'lag orders --watch --every 10s --json >> lag.jsonl'],
  prepare(given) {
    const every = durationOf(given, 'every', { least: 100 }) ?? 2_000;
    const plan: Plan = {
      streams: namesOf(given, { least: 0, what: 'streams' }),
      group: given.text('group'),
      watch: given.flag('watch'),
      every,
    };
    return { live: plan.watch, run: (session) => run(plan, session) };
  },
};

function run(plan: Plan, session: Session): Observable<Verdict> {
  const { redis, screen, json } = session;
  return streamsOf(plan.streams, redis).pipe(
    concatMap((streams) => groupsOf(streams, redis, { group: plan.group, named: plan.streams.length > 0 })),
    concatMap((groups) => {
      if (groups.length === 0) screen.note('There are no groups.');
      const { notify, back } = lostLine(screen);
      const looks = merge(...groups.map((each) => look(each, redis, { ...plan, notify })));
      const samples = plan.watch ? looks.pipe(tap(back), untilAllGone(groups.length)) : looks;
      const printed = json ? samples.pipe(concatMap(jsonLine(session))) : shown(samples, groups, plan, session);
      return concat(printed.pipe(ignoreElements()), of<Verdict>('ok'));
    }),
  );
}

function jsonLine({ screen }: Session): (sample: Sample) => Observable<never> {
  return ({ at, lag, of: { stream, group } }) => {
    if (lag !== 'gone') return screen.lines([lagJson(lag, at)]);
    screen.note(`Group ${visible(group)} of ${visible(stream)} is gone.`);
    return EMPTY;
  };
}

/** In a terminal the same lines anew; elsewhere a line for each sample of a watch, or one table. */
function shown(samples: Observable<Sample>, groups: readonly GroupAt[], { watch }: Plan, { screen }: Session): Observable<never> {
  if (watch && !screen.moving) return samples.pipe(concatMap((sample) => screen.lines([plainLine(sample)])));
  const rows = samples.pipe(
    scan(
      withSample,
      groups.map((each): Row => ({ ...each, now: undefined, lags: [] })),
    ),
  );
  if (watch)
    return rows.pipe(
      auditTime(TOGETHER),
      concatMap((now) => screen.frame(lagTable(now, screen, { trend: true }))),
    );
  return rows.pipe(
    takeLast(1),
    concatMap((last) => screen.lines(lagTable(last, screen, { trend: false }))),
  );
}

function withSample(rows: readonly Row[], { of: { stream, group }, lag }: Sample): readonly Row[] {
  return rows.map((row) => {
    if (row.stream !== stream || row.group !== group) return row;
    return { ...row, now: lag, lags: lag === 'gone' ? row.lags : [...row.lags, lag.lag].slice(-TREND) };
  });
}

function plainLine({ at, lag, of: { stream, group } }: Sample): string {
  const names = `${visible(stream)} ${visible(group)}`;
  if (lag === 'gone') return `${names} is gone`;
  return `${new Date(at).toISOString()} ${names} lag=${lagText(lag)} behind=${lag.behind}s pending=${lag.pending} consumers=${lag.consumers.length}`;
}
