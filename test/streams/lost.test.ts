import { describe, expect, test } from 'vitest';
import { joinTrack } from '../../src/streams/position.js';
import { lose, looked, mayStillDeliver, unblocked, victims } from '../../src/streams/lost.js';
import type { Read } from '../../src/streams/effects.js';

const track = (stream: string, at: string) => joinTrack({ stream, start: undefined }, at, { backlog: false });
const live = (block: number | undefined, ...names: string[]): Read => ({
  kind: 'live',
  from: names.map((stream) => [stream, '>'] as const),
  count: 1,
  block,
});

describe('a lost reply', () => {
  const tracks = [track('a', '5-0'), track('b', '7-0')];

  test('held nothing at or below what was read', () => {
    expect(lose(undefined, tracks, { read: live(1_000, 'a', 'b'), now: 10, clientId: 7 })).toEqual({
      floors: [
        ['a', '5-0'],
        ['b', '7-0'],
      ],
      until: 1_260,
      due: true,
      blocked: [7],
      certain: true,
    });
  });

  test('on top of an earlier one: the lower floor, the later end', () => {
    const earlier = { floors: [['a', '3-0']] as const, until: 9_000, due: false, blocked: [7], certain: true };
    expect(lose(earlier, tracks, { read: live(undefined, 'a', 'b'), now: 10, clientId: 8 })).toEqual({
      floors: [
        ['a', '3-0'],
        ['b', '7-0'],
      ],
      until: 9_000,
      due: true,
      blocked: [7],
      certain: true,
    });
  });

  test('may still be delivered until a block that began just now has run out: the server may be that late', () => {
    const loss = lose(undefined, tracks, { read: live(5_000, 'a'), now: 60_000, clientId: 7 });
    expect(looked(loss, 65_249)).toEqual({ ...loss, due: false });
    expect(looked(loss, 65_250)).toBeUndefined();
  });

  test('is over earlier for a server that was told, and has answered', () => {
    const loss = lose(undefined, tracks, { read: live(5_000, 'a'), now: 0, clientId: 7 });
    expect([5_249, 5_250].map((now) => mayStillDeliver(loss, now))).toEqual([true, false]);
    expect(mayStillDeliver(unblocked(loss, 6), 1)).toBe(true);
    expect(mayStillDeliver(unblocked(loss, 7), 1)).toBe(false);
    expect(mayStillDeliver(undefined, 1)).toBe(false);
  });
});

test('victims are the pending entries that nobody knows of, in order', () => {
  const pending = ['10-0', '9-0', '9-1', '100-0'].map((id) => ({ id, count: 1 }));
  expect(victims(pending, (id) => id === '9-1').map(({ id }) => id)).toEqual(['9-0', '10-0', '100-0']);
});
