import type { StreamLag } from '../index.js';
import { shortly } from './duration.js';
import type { Screen } from './screen.js';
import { sparkline } from './sparkline.js';
import { table, type Cell, type Column } from './table.js';
import { visible } from './visible.js';

/** One group of one stream, as it was seen; `gone`: it was deleted since. */
export interface Row {
  readonly stream: string;
  readonly group: string;
  readonly now: StreamLag | 'gone' | undefined;
  /** Its last lags, the newest at the end. */
  readonly lags: readonly number[];
}

const COLUMNS: readonly Column[] = [
  { name: 'STREAM' },
  { name: 'GROUP' },
  { name: 'CONSUMERS', number: true },
  { name: 'PENDING', number: true },
  { name: 'LAG', number: true },
  { name: 'BEHIND', number: true },
];

/** A line for each group; with `trend` its last lags as bars. */
export function lagTable(
  rows: readonly Row[],
  { style, width }: Pick<Screen, 'style' | 'width'>,
  { trend }: { trend: boolean },
): string[] {
  const columns = trend ? [...COLUMNS, { name: 'TREND' }] : COLUMNS;
  const cells = rows.map(({ stream, group, now, lags }): Cell[] => {
    const names = [visible(stream), visible(group)];
    if (now === undefined) return [...names, '', '', '…'];
    if (now === 'gone') return [...names, '', '', { text: 'gone', tone: 'bad' }];
    return [...names, ...figures(now), ...(trend ? [sparkline(lags)] : [])];
  });
  return table(columns, cells, { style, width });
}

function figures(lag: StreamLag): Cell[] {
  const consumers = `${lag.consumers.length}`;
  return [
    lag.consumers.length === 0 ? { text: consumers, tone: 'warn' } : consumers,
    `${lag.pending}`,
    { text: lagText(lag), tone: lag.lag === 0 ? 'good' : 'plain' },
    lag.lag === 0 ? '-' : shortly(lag.behind * 1_000),
  ];
}

/** What the number is worth: `≥12000`, `~12000`. */
export function lagText({ lag, lagIs }: Pick<StreamLag, 'lag' | 'lagIs'>): string {
  return `${{ exact: '', 'at-least': '≥', estimate: '~' }[lagIs]}${lag}`;
}

/** As `--json` prints it: one object for each group and look. */
export function lagJson(lag: StreamLag, at: number): string {
  const { stream, group, length, lag: entries, lagIs, behind, pending, oldestPendingAge, consumers } = lag;
  return JSON.stringify({
    at,
    stream,
    group,
    length,
    lag: entries,
    lagIs,
    behind,
    pending,
    oldestPendingAge: oldestPendingAge ?? null,
    consumers,
  });
}
