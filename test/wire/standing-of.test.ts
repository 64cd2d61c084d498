import { describe, expect, it } from 'vitest';
import { standingOf } from '../../src/wire/standing-of.js';

/*
 * `XINFO STREAM … FULL COUNT 1` as servers wrote it. Redis 7.0.15 and 8.9-dev: recorded. Valkey 9.1: what its source writes, in its
 * order (`xinfoReplyWithStreamInfo` in `t_stream.c`).
 */

/** Redis 7.0.15: a group that had got 1-0 and 2-0 when the stream was trimmed to its last three, and then got 8-0. */
const REDIS_7_0 = [
  ...['length', 3, 'radix-tree-keys', 1, 'radix-tree-nodes', 2, 'last-generated-id', '10-0', 'max-deleted-entry-id', '0-0'],
  ...['entries-added', 10, 'recorded-first-entry-id', '8-0', 'entries', [['8-0', ['f', 'v']]], 'groups'],
  [
    [
      ...['name', 'g', 'last-delivered-id', '8-0', 'entries-read', 3, 'lag', 7, 'pel-count', 3],
      ...['pending', [['1-0', 'c', 1795633514706, 1]], 'consumers'],
      [['name', 'c', 'seen-time', 1795633515038, 'pel-count', 3, 'pending', [['1-0', 1795633514706, 1]]]],
    ],
  ],
];

/** Redis 8.9-dev: some entries went back by XNACK, and two more consumers took them. */
const REDIS_8_9 = [
  ...['length', 6, 'radix-tree-keys', 1, 'radix-tree-nodes', 1, 'last-generated-id', '6-0', 'max-deleted-entry-id', '0-0'],
  ...['entries-added', 6, 'recorded-first-entry-id', '1-0', 'idmp-duration', 100, 'idmp-maxsize', 100, 'pids-tracked', 0],
  ...['iids-tracked', 0, 'iids-added', 0, 'iids-duplicates', 0, 'entries'],
  [['1-0', ['f', 'v1']], ['2-0', ['f', 'v2']]], // prettier-ignore
  'groups',
  [
    [
      ...['name', 'g', 'last-delivered-id', '5-0', 'entries-read', 5, 'lag', 1, 'pel-count', 5, 'nacked-count', 0, 'pending'],
      [['1-0', 'c', 1795422034576, 7], ['2-0', 'c', 1795422034576, 7]], // prettier-ignore
      'consumers',
      [
        ['name', 'a', 'seen-time', 1795422034564, 'active-time', 1795422034542, 'pel-count', 0, 'pending', []],
        [
          ...['name', 'b', 'seen-time', 1795422034567, 'active-time', 1795422034567, 'pel-count', 3, 'pending'],
          [['3-0', 1795422034567, 9223372036854776000], ['4-0', 1795422034565, 1]], // prettier-ignore
        ],
        [
          ...['name', 'c', 'seen-time', 1795422034576, 'active-time', 1795422034576, 'pel-count', 2, 'pending'],
          [['1-0', 1795422034576, 7], ['2-0', 1795422034576, 7]], // prettier-ignore
        ],
      ],
    ],
  ],
];

/** Valkey 9.1: two groups, of which the second was made in the middle and nobody has joined it. */
const VALKEY_9_1 = [
  ...['length', 3, 'radix-tree-keys', 1, 'radix-tree-nodes', 2, 'last-generated-id', '3-0', 'max-deleted-entry-id', '2-0'],
  ...['entries-added', 4, 'recorded-first-entry-id', '1-0', 'entries', [['1-0', ['f', 'v1']]], 'groups'],
  [
    [
      ...['name', 'g', 'last-delivered-id', '3-0', 'entries-read', 3, 'lag', 0, 'pel-count', 2],
      ...['pending', [['1-0', 'b', 1795422034576, 3]], 'consumers'],
      [
        ['name', 'a', 'seen-time', 1795422034571, 'active-time', 1795422034571, 'pel-count', 0, 'pending', []],
        [
          ...['name', 'b', 'seen-time', 1795422034583, 'active-time', 1795422034583, 'pel-count', 2],
          ...['pending', [['1-0', 1795422034576, 3]]],
        ],
      ],
    ],
    [
      ...['name', 'g9', 'last-delivered-id', '2-0', 'entries-read', null, 'lag', null, 'pel-count', 0],
      ...['pending', [], 'consumers', []],
    ],
  ],
];

describe('standingOf', () => {
  it('Redis 7.0.15', () => {
    expect(standingOf(REDIS_7_0, 'g')).toEqual({
      ...{ length: 3, added: 10, first: '8-0', lastGenerated: '10-0', maxDeleted: '0-0' },
      ...{ delivered: '8-0', reported: 7, pending: 3, oldestPending: '1-0' },
      consumers: [{ name: 'c', pending: 3, seenAt: 1795633515038 }],
    });
  });

  it('Redis 8.9-dev, with more fields in between', () => {
    expect(standingOf(REDIS_8_9, 'g')).toEqual({
      ...{ length: 6, added: 6, first: '1-0', lastGenerated: '6-0', maxDeleted: '0-0' },
      ...{ delivered: '5-0', reported: 1, pending: 5, oldestPending: '1-0' },
      consumers: [
        { name: 'a', pending: 0, seenAt: 1795422034564 },
        { name: 'b', pending: 3, seenAt: 1795422034567 },
        { name: 'c', pending: 2, seenAt: 1795422034576 },
      ],
    });
  });

  it('Valkey 9.1: each group by its name, and a lag that it does not know', () => {
    expect(standingOf(VALKEY_9_1, 'g')).toMatchObject({ delivered: '3-0', reported: 0, pending: 2, oldestPending: '1-0' });
    expect(standingOf(VALKEY_9_1, 'g9')).toEqual({
      ...{ length: 3, added: 4, first: '1-0', lastGenerated: '3-0', maxDeleted: '2-0' },
      ...{ delivered: '2-0', reported: undefined, pending: 0, oldestPending: undefined, consumers: [] },
    });
  });

  it('a group that is not there', () => {
    expect(standingOf(VALKEY_9_1, 'other')).toBeUndefined();
  });

  it('an empty stream', () => {
    const empty = REDIS_7_0.map((value, index) => (REDIS_7_0[index - 1] === 'entries' ? [] : value));
    expect(standingOf(empty, 'g')).toMatchObject({ first: undefined, delivered: '8-0' });
  });

  it('maps instead of flat lists, and numbers as text', () => {
    const shapes = [asMaps(REDIS_8_9), Object.fromEntries(asMaps(REDIS_8_9)), inText(REDIS_8_9)];
    for (const shape of shapes) expect(standingOf(shape, 'g')).toEqual(standingOf(REDIS_8_9, 'g'));
  });
});

/** RESP3, as ioredis 6 hands it on when it is told to. */
function asMaps(flat: readonly unknown[]): Map<string, unknown> {
  const pairs = flat.flatMap((name, index): [string, unknown][] => (index % 2 === 0 ? [[name as string, flat[index + 1]]] : []));
  return new Map(
    pairs.map(([name, value]) => {
      const isNested = (name === 'groups' || name === 'consumers') && Array.isArray(value);
      return [name, isNested ? (value as unknown[][]).map(asMaps) : value];
    }),
  );
}

/** `stringNumbers` of ioredis. */
function inText(value: unknown): unknown {
  if (Array.isArray(value)) return (value as unknown[]).map(inText);
  return typeof value === 'number' ? String(value) : value;
}
