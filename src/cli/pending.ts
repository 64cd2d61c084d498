import { concat, concatMap, defer, from, ignoreElements, map, of, toArray, type Observable } from 'rxjs';
import type { PendingRow } from '../wire/port.js';
import * as replies from '../wire/replies.js';
import * as requests from '../wire/requests.js';
import { countOf, namesOf } from './arguments.js';
import { ask } from './ask.js';
import type { Command, Session, Verdict } from './command.js';
import { durationOf, shortly } from './duration.js';
import { groupsOf, streamsOf } from './streams-and-groups.js';
import { table, type Cell, type Column } from './table.js';
import { visible } from './visible.js';

interface Plan {
  readonly streams: readonly string[];
  readonly group: string | undefined;
  readonly older: number;
  readonly poison: number;
  readonly limit: number;
}

/** The pending entries of one group. */
interface List {
  readonly stream: string;
  readonly group: string;
  readonly rows: readonly PendingRow[];
  readonly more: boolean;
}

export const pending: Command = {
  name: 'pending',
  usage: '[stream…] [options]',
  summary: 'entries that were delivered and are not acked',
  about: [
    'Lists pending entries in the order of their ids, with how long nobody has touched them (IDLE) and how often they were delivered.',
    'An entry that was delivered often and never acked is marked as poison: it probably fails, or kills, whoever works on it.',
    'Exit code 1 when there is such an entry. It changes nothing.',
  ],
  options: {
    older: { takes: '<duration>', about: 'only entries that nobody has touched for so long, such as 30s' },
    group: { takes: '<name>', about: 'only groups of that name' },
    poison: { takes: '<n>', about: 'mark entries with so many deliveries or more, 5 by default' },
    limit: { takes: '<n>', about: 'at most so many of each group, 100 by default' },
  },
  examples: ['pending', 'pending orders --older 30s', 'pending orders --group billing --poison 3 --json'],
  prepare(given) {
    const plan: Plan = {
      streams: namesOf(given, { least: 0, what: 'streams' }),
      group: given.text('group'),
      older: durationOf(given, 'older') ?? 0,
      poison: countOf(given, 'poison') ?? 5,
      limit: countOf(given, 'limit') ?? 100,
    };
    return { live: false, run: (session) => run(plan, session) };
  },
};

function run(plan: Plan, session: Session): Observable<Verdict> {
  const { redis } = session;
  let verdict: Verdict = 'ok';
  const lists = streamsOf(plan.streams, redis).pipe(
    concatMap((streams) => groupsOf(streams, redis, { group: plan.group, named: plan.streams.length > 0 })),
    concatMap((groups) => from(groups)),
    concatMap(({ stream, group }) => listOf({ stream, group }, plan, session)),
    map((list) => {
      if (list.rows.some(({ count }) => count >= plan.poison)) verdict = 'findings';
      return list;
    }),
  );
  const printed = session.json
    ? lists.pipe(concatMap(jsonLines(plan, session)))
    : lists.pipe(toArray(), concatMap(textLines(plan, session)));
  return concat(
    printed.pipe(ignoreElements()),
    defer(() => of(verdict)),
  );
}

function listOf(
  { stream, group }: { stream: string; group: string },
  { older, limit }: Plan,
  { redis }: Session,
): Observable<List> {
  const request = requests.pending({ stream, group, after: '0-0', count: limit + 1, ...(older > 0 ? { minIdle: older } : {}) });
  return ask(redis, 'list what is pending', request, { stream, group }).pipe(
    map((reply) => replies.pendingRows(reply)),
    map((rows) => ({ stream, group, rows: rows.slice(0, limit), more: rows.length > limit })),
  );
}

function jsonLines({ poison }: Plan, { screen }: Session): (list: List) => Observable<never> {
  return ({ stream, group, rows, more }) => {
    if (more) screen.note(`${visible(stream)} ${visible(group)} has more: see --limit.`);
    const lines = rows.map(({ id, consumer, idle, count }) =>
      JSON.stringify({
        stream,
        group,
        id,
        consumer: consumer === '' ? null : consumer,
        idle: idle < 0 ? null : idle,
        deliveries: count,
        poison: count >= poison,
      }),
    );
    return screen.lines(lines);
  };
}

const COLUMNS: readonly Column[] = [
  { name: 'STREAM' },
  { name: 'GROUP' },
  { name: 'ID' },
  { name: 'CONSUMER' },
  { name: 'IDLE', number: true },
  { name: 'DELIVERIES', number: true },
  { name: '' },
];

function textLines({ poison }: Plan, { screen }: Session): (lists: readonly List[]) => Observable<never> {
  return (lists) => {
    const rows = lists.flatMap(({ stream, group, rows }) =>
      rows.map((row) => cells(row, [visible(stream), visible(group)], poison)),
    );
    if (rows.length === 0) screen.note('Nothing is pending.');
    for (const { stream, group, more, rows } of lists) {
      if (more) screen.note(`${visible(stream)} ${visible(group)} has more than these ${rows.length}: see --limit.`);
    }
    return screen.lines(rows.length === 0 ? [] : table(COLUMNS, rows, screen));
  };
}

/** An entry that was released by XNACK (Redis 8.8) has no consumer, and no idle time. */
function cells({ id, consumer, idle, count }: PendingRow, names: readonly string[], poison: number): Cell[] {
  const often = count >= poison;
  return [
    ...names,
    id,
    consumer === '' ? '-' : visible(consumer),
    idle < 0 ? '-' : shortly(idle),
    { text: count > Number.MAX_SAFE_INTEGER ? 'max' : `${count}`, tone: often ? 'bad' : count > 1 ? 'warn' : 'plain' },
    often ? { text: 'poison', tone: 'bad' } : { text: count > 1 ? 'again' : '', tone: 'warn' },
  ];
}
