import { concat, concatMap, defer, from, map, of, type Observable } from 'rxjs';
import { quote } from '../checks.js';
import { replayDeadLetters, type Replayed } from '../index.js';
import { applyOptions, isToApply } from './apply.js';
import { countOf, namesOf, type Given } from './arguments.js';
import type { Command, Session, Verdict } from './command.js';
import { lettersOf, letterJson, letterTable } from './letters.js';
import { WrongUsage } from './stopped.js';
import { endOf, noStream } from './streams-and-groups.js';
import { visible } from './visible.js';

export const deadLetters: Command = {
  name: 'dead-letters',
  usage: 'list|requeue <stream> [options]',
  summary: 'list dead letters, or put them back to where they came from',
  about: [
    'list shows what redeliver({ deadLetter }) has put on a dead-letter stream: where each came from, how often it was delivered, and what',
    'it died of. requeue puts all of them back to the end of the streams they came from, and takes them off the dead letters, each in one',
    'step. Without --yes requeue only counts. Entries that are no dead letters are left alone.',
  ],
  options: {
    limit: { takes: '<n>', about: 'list: at most so many, the oldest first, 100 by default' },
    to: { takes: '<stream>', about: 'requeue: put all of them to that stream' },
    ...applyOptions,
  },
  examples: ['dead-letters list orders:dead', 'dead-letters requeue orders:dead', 'dead-letters requeue orders:dead --yes'],
  prepare(given) {
    const [what, stream = ''] = namesOf(given, { least: 2, most: 2, what: 'list or requeue, and the dead-letter stream' });
    if (what === 'list') return list(stream, given);
    if (what === 'requeue') return requeue(stream, given);
    throw new WrongUsage(`${quote(what)} is nothing that can be done with dead letters: list or requeue.`);
  },
};

function list(stream: string, given: Given): ReturnType<Command['prepare']> {
  const limit = countOf(given, 'limit') ?? 100;
  for (const option of ['to', 'yes', 'apply'])
    if (given.flag(option)) throw new WrongUsage(`--${option} is for requeue: list changes nothing.`);
  const run = (session: Session): Observable<Verdict> =>
    thatIsThere(stream, session).pipe(
      concatMap(() => lettersOf(stream, limit + 1, session.redis)),
      concatMap((found) => {
        const letters = found.slice(0, limit);
        if (found.length === 0) session.screen.note(`There are no dead letters in ${visible(stream)}.`);
        if (found.length > limit) session.screen.note(`There are more than these ${limit}: see --limit.`);
        return session.screen.lines(session.json ? letters.map(letterJson) : letterTable(letters, session.screen));
      }),
      (printed) => concat(printed, of<Verdict>('ok')),
    );
  return { live: false, run };
}

function requeue(stream: string, given: Given): ReturnType<Command['prepare']> {
  const to = given.text('to');
  if (given.flag('limit')) throw new WrongUsage('--limit is for list: requeue puts back all there are.');
  const options = { from: stream, dryRun: !isToApply(given), ...(to === undefined ? {} : { to }) };
  const run = (session: Session): Observable<Verdict> =>
    thatIsThere(stream, session).pipe(
      concatMap(() => defer(() => from(replayDeadLetters(session.redis, options)))),
      concatMap((done) => session.screen.lines(session.json ? [JSON.stringify({ stream, ...done })] : textLines(stream, done))),
      (printed) => concat(printed, of<Verdict>('ok')),
    );
  return { live: false, run };
}

/** Of a name with a typo nobody wants to hear that it has no dead letters. */
function thatIsThere(stream: string, { redis }: Session): Observable<unknown> {
  return endOf(stream, redis).pipe(
    map((end) => {
      if (end === undefined) throw noStream(stream);
      return end;
    }),
  );
}

function textLines(stream: string, { dryRun, found, replayed, foreign, streams }: Replayed): string[] {
  const letters = (count: number): string => `${count} dead letter${count === 1 ? '' : 's'}`;
  return [
    dryRun ? `Would put back ${letters(found)} of ${visible(stream)}` : `Put back ${letters(replayed)} of ${visible(stream)}`,
    ...Object.entries(streams).map(([to, count]) => `  ${count} to ${visible(to)}`),
    ...(foreign === 0 ? [] : [`Left alone: ${foreign} that no redeliver() has put there`]),
    ...(dryRun && found > 0 ? ['Nothing was changed: add --yes to do it.'] : []),
  ];
}
