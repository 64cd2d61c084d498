import { describe, expect, test } from 'vitest';
import type { Standing } from '../../src/standing.js';
import { counted, COUNTED_AT_MOST, firstUnread, known, lagOf, type Known } from '../../src/streams/lag.js';
import { STANDING } from '../support/standings.js';

/** Before: a look that counted `unread` entries, or more. */
function look(unread: number, at: Partial<Standing> = {}, is: Known['is'] = 'exact'): Known {
  return { at: { ...STANDING, ...at }, unread, is };
}
const told = (at: Partial<Standing>, before?: Known) => {
  const found = known({ ...STANDING, ...at }, before);
  return found && lagOf(found);
};
const exactly = (lag: number) => ({ lag, lagIs: 'exact' });

describe('without an earlier look', () => {
  test.each<[string, Partial<Standing>, number]>([
    ['an empty stream, whatever Redis says (7.0 says 8 when all was trimmed)', { length: 0, first: undefined, reported: 8 }, 0],
    ['all of it is delivered, also when Redis goes on to count what was trimmed', { delivered: '10-0', reported: 7 }, 0],
    ['a group beyond the end', { delivered: '11-5', reported: undefined }, 0],
    ['a group at the beginning', { delivered: '0-0', reported: 10 }, 10],
    ['a group that entries were trimmed away from', { delivered: '2-0', first: '8-0', length: 3, reported: 8 }, 3],
    ['the first entry is all it has got', { delivered: '8-0', first: '8-0', length: 3, reported: 7 }, 2],
    [
      'entries ahead of it were deleted, and it has got nothing',
      { delivered: '0-0', length: 7, maxDeleted: '9-0', reported: undefined },
      7,
    ],
  ])('%s', (_, at, lag) => {
    expect(told(at)).toEqual(exactly(lag));
  });

  test.each<[string, Partial<Standing>]>([
    ['in the middle of a stream', {}],
    ['in the middle, where Redis says nothing', { reported: undefined }],
    ['behind the last entry but not beyond the last id: the last ones may be gone', { delivered: '9-5' }],
  ])('%s it has to be counted', (_, at) => {
    expect(told(at)).toBeUndefined();
  });
});

describe('counting', () => {
  test('fewer than it may count are all', () => {
    expect(lagOf(counted(STANDING, 6))).toEqual(exactly(6));
    expect(lagOf(counted(STANDING, 0))).toEqual(exactly(0));
  });

  const large = { ...STANDING, length: 500_000, added: 600_000 };
  test('where it ended early and Redis says nothing, it is at least that many', () => {
    expect(lagOf(counted({ ...large, reported: undefined }, COUNTED_AT_MOST))).toEqual({ lag: 10_000, lagIs: 'at-least' });
  });
  test.each([
    ['what Redis says, which may have counted trimmed entries', 250_000, 250_000],
    ['never more than there are', 580_000, 500_000],
    ['never less than were counted', 17, 10_000],
  ])('where it ended early: %s', (_, reported, lag) => {
    expect(lagOf(counted({ ...large, reported }, COUNTED_AT_MOST))).toEqual({ lag, lagIs: 'estimate' });
  });
});

describe('with an earlier look', () => {
  test('what was added and what was delivered since changes Redis’s count by as much, right or wrong as it is', () => {
    // 5 were added, 2 delivered, 1 trimmed behind the group; Redis counts 100 too many, before and now.
    const now = { length: 14, added: 15, first: '2-0', lastGenerated: '15-0', delivered: '6-0', reported: 109 };
    expect(told(now, look(6, { reported: 106 }))).toEqual(exactly(9));
    expect(told({ ...now, reported: 9 }, look(6))).toEqual(exactly(9));
  });

  test.each<[string, Partial<Standing>, Partial<Standing>]>([
    ['an entry ahead of the group was deleted', { maxDeleted: '7-0' }, {}],
    ['an entry that it just got was deleted: servers after 7.0 begin their count anew there', { maxDeleted: '4-0' }, {}],
    ['trimming went past where the group was', { first: '5-0', length: 6, delivered: '7-0', reported: 3 }, {}],
    ['the group was set back', { delivered: '3-0', reported: 7 }, {}],
    ['Redis says nothing now', { reported: undefined }, {}],
    ['Redis said nothing then', {}, { reported: undefined }],
    ['it would be less than nothing', { delivered: '5-0', reported: 1 }, { reported: 10 }],
    ['it would be more than there are', { delivered: '5-0', reported: 10 }, { reported: 1 }],
  ])('it is counted again when %s', (_, at, then) => {
    expect(told({ delivered: '5-0', ...at }, look(6, then))).toBeUndefined();
  });

  test('while nobody reads, and all that was added is there, Redis need not say anything', () => {
    const silent = { maxDeleted: '7-0', reported: undefined };
    const now = { ...silent, length: 13, added: 13, lastGenerated: '13-0' };
    expect(told(now, look(5, silent))).toEqual(exactly(8));
    expect(told(silent, look(5, silent))).toEqual(exactly(5));
    // 3 were added, and 1 has gone: it may have been ahead
    expect(told({ ...now, length: 12 }, look(5, silent))).toBeUndefined();
    // a key that was deleted and filled again
    expect(told({ ...silent, length: 4, added: 4 }, look(5, silent))).toBeUndefined();
  });

  test('a lag that was not counted to the end is not counted again before half of what was counted is worked off', () => {
    const large = { length: 500_000, added: 600_000, lastGenerated: '900000-0' };
    const before = look(10_000, { ...large, reported: 250_000 }, 'at-least');
    expect(told({ ...large, delivered: '5004-0', reported: 245_000 }, before)).toEqual({ lag: 245_000, lagIs: 'estimate' });
    expect(told({ ...large, delivered: '5005-0', reported: 244_999 }, before)).toBeUndefined();
    const silent = look(10_000, { ...large, reported: undefined }, 'at-least');
    expect(told({ ...large, reported: undefined }, silent)).toEqual({ lag: 10_000, lagIs: 'at-least' });
  });

  test('what is at an end is told anew, whatever was known', () => {
    expect(told({ delivered: '10-0' }, look(6))).toEqual(exactly(0));
  });
});

test('the first entry that is ahead is known where the group has got none of those that are there', () => {
  expect(firstUnread({ ...STANDING, delivered: '0-0' })).toBe('1-0');
  expect(firstUnread({ ...STANDING, delivered: '1-0' })).toBeUndefined();
  expect(firstUnread({ ...STANDING, first: undefined })).toBeUndefined();
});
