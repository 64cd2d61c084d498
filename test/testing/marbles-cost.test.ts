import { stepsOf } from '../support/steps.js';
import { ackAfter, backlogFirst } from 'rxjs-redis-streams';
import { describe, expect, test } from 'vitest';
import { marbles } from '../support/marbles.js';

/** Four times as many entries may cost that many times as much: a little more than four for what is found by halving. */
const LINEAR = 5;

const few = 200;
const many = 4 * few;

const scripts: Record<string, (entries: number) => void> = {
  'live entries, one in each frame': (entries) => {
    const live = '-' + 'a'.repeat(entries);
    marbles.run(({ group, expectObservable, expectSettled }) => {
      const source = group({ live });
      expectObservable(source.pipe(ackAfter(({ value }) => value))).toBe(live);
      expectSettled(source).toBe(live);
    });
  },
  'live entries, one in each minute': (entries) => {
    const live = '-' + 'a 1m '.repeat(entries);
    marbles.run(({ group, expectObservable }) => {
      expectObservable(group({ live }).pipe(ackAfter(({ value }) => value))).toBe(live);
    });
  },
  'live entries, all in one frame': (entries) => {
    const live = `-(${'a'.repeat(entries)})`;
    marbles.run(({ group, expectObservable }) => {
      expectObservable(group({ live }).pipe(ackAfter(({ value }) => value))).toBe(live);
    });
  },
  'live entries of streams()': (entries) => {
    const live = '-' + 'a'.repeat(entries);
    marbles.run(({ streams, expectObservable }) => {
      expectObservable(streams({ live }).pipe(ackAfter(({ value }) => value))).toBe(live);
    });
  },
  'a backlog': (entries) => {
    const backlog = 'a'.repeat(entries);
    marbles.run(({ group, expectObservable, pendingList }) => {
      const source = group({ backlog });
      expectObservable(
        source.pipe(
          backlogFirst(),
          ackAfter(({ value }) => value),
        ),
      ).toBe(`(${backlog})`);
      expect(pendingList(source)).toEqual([]);
    });
  },
  'entries that are deleted': (entries) => {
    const live = '-' + 'ab'.repeat(entries / 2);
    const deleted = '-' + '-b'.repeat(entries / 2);
    marbles.run(({ group, expectObservable }) => {
      expectObservable(group({ live, deleted }).pipe(ackAfter(({ value }) => value))).toBe(live);
    });
  },
  'deliveries()': (entries) => {
    const live = '-' + 'a'.repeat(entries);
    marbles.run(({ deliveries, expectObservable, expectSettled }) => {
      const source = deliveries(live);
      expectObservable(source.pipe(ackAfter(({ value }) => value))).toBe(live);
      expectSettled(source).toBe(live);
    });
  },
};

describe('four times as many entries cost four times as much', () => {
  test.each(Object.entries(scripts))('%s', (_, play) => {
    play(few); // what runs only once is done
    const [once, more] = [stepsOf(() => play(few)), stepsOf(() => play(many))];
    expect(once).toBeGreaterThan(few);
    expect(more / once).toBeLessThan(LINEAR);
  });
});

describe('10,000 virtual minutes', () => {
  const idle = (minutes: number, timeout?: number): number =>
    stepsOf(() => {
      marbles.run(({ group, expectObservable }) => {
        const source = group({ live: `-a ${minutes}m b`, options: { timeout } });
        expectObservable(source.pipe(ackAfter(({ value }) => value))).toBe(`-a ${minutes}m b`);
      });
    });

  test('cost what one costs, while a read waits for the script', () => {
    idle(1);
    // its diagrams have four signs more
    expect(idle(10_000)).toBeLessThan(idle(1) + 100);
  });

  test('with a timeout of one’s own, each read costs one round of the source', () => {
    idle(1, 5_000);
    const [hundred, thousand] = [idle(100, 5_000), idle(1_000, 5_000)];
    const reads = (900 * 60_000) / 5_000;
    expect((thousand - hundred) / reads).toBeLessThan(400);
  });
});
