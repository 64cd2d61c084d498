import { describe, expect, test } from 'vitest';
import type { Position, StreamInfo } from '../../src/checkpoint.js';
import { savedPosition } from '../../src/streams/saved-position.js';

/** Ten entries, 1-0 to 10-0, of which nothing was ever taken away. */
const TEN: StreamInfo = { lastGenerated: '10-0', maxDeleted: '0-0', added: 10, length: 10, first: '1-0' };
/** The same, trimmed to its last three. */
const TRIMMED: StreamInfo = { ...TEN, length: 3, first: '8-0' };
const EMPTY: StreamInfo = { ...TEN, length: 0, first: undefined };
/** A server before 7.0. */
const OLD: Partial<StreamInfo> = { maxDeleted: undefined, added: undefined };

const at = (id: string, added?: number): Position => ({ id, added });
const resumed = (stored: Position | undefined, info: StreamInfo | undefined, start = '$') =>
  savedPosition({ stream: 's', start }, { stored, info });

describe('nothing is stored: it begins where the options say, and that is stored before the first read', () => {
  test.each<[what: string, start: string, info: StreamInfo | undefined, Position]>([
    ['the end', '$', TEN, at('10-0', 10)],
    ['the end of no stream', '$', undefined, at('0-0', 0)],
    ['the beginning', '0-0', TEN, at('0-0', 0)],
    ['the beginning of a trimmed one: what is gone before we came is no gap later', '0-0', TRIMMED, at('0-0', 7)],
    ['an id', '5-0', TEN, at('5-0')],
    ['an id that was trimmed away, as was all before the first', '5-0', TRIMMED, at('5-0', 7)],
    ['an id of an emptied stream', '5-0', EMPTY, at('5-0', 10)],
    ['the last id', '10-0', TEN, at('10-0', 10)],
    ['an id beyond the end: the end', '12-0', TEN, at('10-0', 10)],
    ['an id, and entries behind it were deleted', '5-0', { ...TRIMMED, maxDeleted: '9-0' }, at('5-0')],
    ['an id of no stream: its beginning', '5-0', undefined, at('0-0', 0)],
    ['the end, on an old server', '$', { ...TEN, ...OLD }, at('10-0')],
  ])('%s', (_, start, info, position) => {
    expect(resumed(undefined, info, start)).toEqual({ at: position, write: 'forward', notice: undefined });
  });
});

describe('a stored position wins over the start', () => {
  test.each<[what: string, stored: Position, info: StreamInfo, Position]>([
    ['in the middle', at('5-0', 5), TEN, at('5-0', 5)],
    ['in the middle, its count unknown', at('5-0'), TEN, at('5-0')],
    ['at the end: the count is known again', at('10-0'), TEN, at('10-0', 10)],
    ['at the end of an emptied stream', at('10-0', 10), EMPTY, at('10-0', 10)],
    ['the first entry there is', at('8-0', 8), TRIMMED, at('8-0', 8)],
    ['trimmed away itself, and nothing behind it', at('7-0', 7), TRIMMED, at('7-0', 7)],
    ['before everything, all of which was gone before', at('0-0', 7), TRIMMED, at('0-0', 7)],
    ['before everything, and nothing was taken away', at('0-0', 0), TEN, at('0-0', 0)],
    ['entries were deleted, all of them before it', at('5-0', 5), { ...TEN, maxDeleted: '4-0', length: 9 }, at('5-0', 5)],
  ])('%s: no gap', (_, stored, info, position) => {
    expect(resumed(stored, info, '0-0')).toEqual({ at: position, write: undefined, notice: undefined });
  });
});

describe('a gap behind the stored position is told, and how many entries it has where Redis can tell', () => {
  const gap = (from: string, to: string, entries?: number) => ({
    type: 'gap',
    stream: 's',
    from,
    to,
    ...(entries !== undefined && { entries }),
  });

  test.each<[what: string, stored: Position, info: StreamInfo, gap: object, added: number | undefined]>([
    ['trimmed', at('5-0', 5), TRIMMED, gap('5-0', '8-0', 2), 7],
    ['trimmed, from the very beginning', at('0-0', 0), TRIMMED, gap('0-0', '8-0', 7), 7],
    ['the same from a store that keeps no count', at('0-0'), TRIMMED, gap('0-0', '8-0', 7), 7],
    ['trimmed, the count of the position unknown', at('5-0'), TRIMMED, gap('5-0', '8-0'), 7],
    ['emptied', at('5-0', 5), EMPTY, gap('5-0', '10-0', 5), 10],
    ['emptied, the count unknown', at('5-0'), EMPTY, gap('5-0', '10-0'), 10],
    ['deleted one by one behind it', at('5-0', 5), { ...TEN, maxDeleted: '9-0', length: 8 }, gap('5-0', '9-0'), undefined],
    [
      'trimmed, and deleted before: the count may be wrong',
      at('5-0', 5),
      { ...TRIMMED, maxDeleted: '2-0' },
      gap('5-0', '8-0'),
      7,
    ],
    [
      'trimmed, and deleted behind the first: it is not even known from where to count on',
      at('0-0', 0),
      { ...TRIMMED, length: 2, maxDeleted: '9-0' },
      gap('0-0', '8-0'),
      undefined,
    ],
    ['made anew with higher ids: the count makes no sense', at('5-0', 500), TRIMMED, gap('5-0', '8-0'), 7],
    ['an old server', at('5-0', 5), { ...TRIMMED, ...OLD }, gap('5-0', '8-0'), undefined],
    ['an old server, emptied', at('5-0'), { ...EMPTY, ...OLD }, gap('5-0', '10-0'), undefined],
  ])('%s', (_, stored, info, notice, added) => {
    expect(resumed(stored, info)).toEqual({ at: at(stored.id, added), write: undefined, notice });
  });
});

describe('a stream with smaller ids than the stored position is another one: it is read from its beginning, and told', () => {
  test('it is there', () => {
    expect(resumed(at('12-0', 12), TEN)).toEqual({
      at: at('0-0', 0),
      write: 'rewind',
      notice: { type: 'rewound', stream: 's', from: '12-0', lastGenerated: '10-0' },
    });
  });

  test('it is not there yet', () => {
    expect(resumed(at('12-0', 12), undefined)).toEqual({
      at: at('0-0', 0),
      write: 'rewind',
      notice: { type: 'rewound', stream: 's', from: '12-0' },
    });
  });

  test('a stream that never was is not told again', () => {
    expect(resumed(at('0-0'), undefined)).toEqual({ at: at('0-0', 0), write: undefined, notice: undefined });
  });
});
