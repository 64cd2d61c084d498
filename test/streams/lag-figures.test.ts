import { describe, expect, test } from 'vitest';
import type { LagFigures } from '../../src/lag.js';
import type { Standing } from '../../src/standing.js';
import { streamLag, totalOf } from '../../src/streams/lag-figures.js';
import { STANDING } from '../support/standings.js';

const NOW = 1_700_000_000_000;
function lag(at: Partial<Standing>, firstUnread?: string) {
  const known = { at: { ...STANDING, ...at }, unread: 6, is: 'exact' } as const;
  return streamLag(known, { stream: 's', group: 'g', firstUnread, now: NOW });
}

describe('streamLag', () => {
  test('has every number of its stream', () => {
    const at = {
      pending: 3,
      oldestPending: `${NOW - 90_000}-7`,
      consumers: [
        { name: 'a', pending: 3, seenAt: NOW - 1_500 },
        { name: 'b', pending: 0, seenAt: NOW },
      ],
    };
    expect(lag(at, `${NOW - 2_345}-0`)).toEqual({
      ...{ stream: 's', group: 'g', length: 10, lag: 6, lagIs: 'exact', pending: 3 },
      oldestPendingAge: 90_000,
      behind: 2.345,
      consumers: [
        { name: 'a', pending: 3, idle: 1_500 },
        { name: 'b', pending: 0, idle: 0 },
      ],
    });
  });

  test('nothing pending has no age, and nothing ahead is 0 s behind', () => {
    expect(lag({})).toMatchObject({ pending: 0, oldestPendingAge: undefined, behind: 0 });
  });

  test('what lies in the future is 0 old: a clock went back, or an id was chosen', () => {
    const at = { oldestPending: `${NOW + 5}-0`, consumers: [{ name: 'a', pending: 1, seenAt: NOW + 5 }] };
    expect(lag(at, `${NOW + 5}-0`)).toMatchObject({ oldestPendingAge: 0, behind: 0, consumers: [{ idle: 0 }] });
    expect(lag({ oldestPending: '18446744073709551615-18446744073709551615' })).toMatchObject({ oldestPendingAge: 0 });
  });
});

describe('totalOf', () => {
  const one: LagFigures = { length: 10, lag: 6, lagIs: 'exact', pending: 3, oldestPendingAge: 90, behind: 2 };
  const other: LagFigures = { length: 5, lag: 1, lagIs: 'exact', pending: 0, oldestPendingAge: undefined, behind: 7.5 };

  test('adds up, and takes the highest age and delay', () => {
    const sum = { length: 15, lag: 7, lagIs: 'exact', pending: 3, oldestPendingAge: 90, behind: 7.5 };
    expect(totalOf([one, other])).toEqual(sum);
    expect(totalOf([other, one])).toEqual(sum);
  });

  test('of one stream is that stream', () => {
    expect(totalOf([other])).toEqual(other);
    expect(totalOf([one])).toEqual(one);
  });

  test.each([
    ['exact', 'at-least', 'at-least'],
    ['at-least', 'exact', 'at-least'],
    ['estimate', 'exact', 'estimate'],
    ['at-least', 'estimate', 'estimate'],
  ] as const)('%s and %s is %s', (a, b, is) => {
    expect(totalOf([{ ...one, lagIs: a }, { ...one, lagIs: b }]).lagIs).toBe(is); // prettier-ignore
  });
});
