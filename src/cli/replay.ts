import { concat, concatMap, defer, finalize, map, of, reduce, tap, type Observable } from 'rxjs';
import { publishTo } from '../index.js';
import { applyOptions, isToApply } from './apply.js';
import { namesOf } from './arguments.js';
import type { Command, Session, Verdict } from './command.js';
import { placeIn, type Place } from './place.js';
import { entriesOf, rangeOf, type Range } from './range.js';
import { WrongUsage } from './stopped.js';
import { visible } from './visible.js';

interface Plan {
  readonly stream: string;
  readonly from: Place;
  readonly to: Place;
  readonly into: string;
  readonly apply: boolean;
}

interface Counted {
  readonly entries: number;
  readonly first: string | undefined;
  readonly last: string | undefined;
}

export const replay: Command = {
  name: 'replay',
  usage: '<stream> --into <stream> [options]',
  summary: 'copy a range of entries to a stream, where they are new',
  about: [
    'Adds the entries of a range to the end of another stream, or of the same one, with their fields and new ids: every group there gets',
    'them. The range is fixed when it begins, so what is added meanwhile is not part of it. Dead letters: see dead-letters requeue.',
    'Without --yes it only counts. If the connection is lost it ends, and says how far it came; what was on its way then may be there twice',
    'when it is run again from there.',
  ],
  options: {
    from: { takes: '<place>', about: 'the first: an id, 0 (the beginning, the default), or a duration: -10m' },
    to: { takes: '<place>', about: 'the last: an id, a duration, or $ (the end as it is now, the default)' },
    into: { takes: '<stream>', about: 'where they are added' },
    ...applyOptions,
  },
  examples: [
    'replay orders --from -1h --into orders:again',
    'replay orders --from 1526919030474-0 --to 1526919040000-0 --into orders --yes',
  ],
  prepare(given) {
    const [stream = ''] = namesOf(given, { least: 1, most: 1, what: 'one stream' });
    const into = given.text('into');
    if (into === undefined) throw new WrongUsage('Missing: --into <stream>, where the entries are added.');
    const plan: Plan = {
      stream,
      into,
      from: placeIn('from', given.text('from') ?? '0'),
      to: placeIn('to', given.text('to') ?? '$'),
      apply: isToApply(given),
    };
    return { live: false, run: (session) => run(plan, session) };
  },
};

function run(plan: Plan, session: Session): Observable<Verdict> {
  return rangeOf(plan, session.redis).pipe(
    concatMap((range) => (plan.apply ? copied(range, plan, session) : counted(range, plan, session))),
    concatMap((text) => concat(session.screen.lines([text]), of<Verdict>('ok'))),
  );
}

function counted(range: Range, plan: Plan, { redis, json }: Session): Observable<string> {
  return entriesOf(range, redis).pipe(
    reduce(with_, { entries: 0, first: undefined, last: undefined }),
    map((found) => (json ? asJson(found, plan) : asText(found, plan))),
  );
}

function copied(range: Range, plan: Plan, { redis, screen, json }: Session): Observable<string> {
  return defer(() => {
    let found: Counted = { entries: 0, first: undefined, last: undefined };
    const read: string[] = [];
    let whole = false;
    return entriesOf(range, redis).pipe(
      tap(({ id }) => read.push(id)),
      publishTo(redis, plan.into), // emits in the order of what passes
      tap(() => {
        const [id = ''] = read.splice(0, 1);
        found = with_(found, { id });
      }),
      reduce(() => undefined, undefined),
      map(() => {
        whole = true;
        return json ? asJson(found, plan) : asText(found, plan);
      }),
      finalize(() => {
        if (!whole)
          screen.note(
            `Not finished: ${entries(found.entries)} copied to ${visible(plan.into)}, the last of them ${found.last ?? 'none'}.`,
          );
      }),
    );
  });
}

function with_({ entries, first }: Counted, { id }: { readonly id: string }): Counted {
  return { entries: entries + 1, first: first ?? id, last: id };
}

function asJson(found: Counted, { stream, into, apply }: Plan): string {
  return JSON.stringify({
    stream,
    into,
    dryRun: !apply,
    entries: found.entries,
    first: found.first ?? null,
    last: found.last ?? null,
  });
}

function asText({ entries: count, first, last }: Counted, { stream, into, apply }: Plan): string {
  const from = `${visible(stream)} to ${visible(into)}`;
  if (count === 0) return `Nothing to copy from ${from}: no entry is in that range.`;
  const range = `${entries(count)} from ${from}: ${first} … ${last}`;
  return apply ? `Copied ${range}` : `Would copy ${range}. Nothing was changed: add --yes to do it.`;
}

function entries(count: number): string {
  return `${count} ${count === 1 ? 'entry' : 'entries'}`;
}
