import { NEVER, Observable, of, throwError } from 'rxjs';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Soon } from '../../src/wire/soon.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** What one command among those of `soon` comes to, with 'instead' as its other way. */
function seenOf(soon: Soon, command: Observable<unknown>, instead: Observable<unknown> = of('instead')): unknown[] {
  const seen: unknown[] = [];
  soon
    .answer(command, String, () => instead as Observable<string>)
    .subscribe({
      next: (value) => seen.push(value),
      error: (error: unknown) => seen.push({ error }),
      complete: () => seen.push('|'),
    });
  return seen;
}

it('an answer in time is passed on, and no timer is left once it is stopped', () => {
  const soon = new Soon(100);
  expect(seenOf(soon, of(1))).toEqual(['1', '|']);
  soon.stop();
  expect(vi.getTimerCount()).toBe(0);
});

it('one timer for all, and it is for the oldest that is out', () => {
  const soon = new Soon(100);
  for (let i = 0; i < 50; i++) {
    seenOf(soon, of(i));
    vi.advanceTimersByTime(1);
  }
  const late = seenOf(soon, NEVER);
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(99);
  expect([late, vi.getTimerCount()]).toEqual([[], 1]);
  vi.advanceTimersByTime(1);
  expect([late, vi.getTimerCount()]).toEqual([['instead', '|'], 0]);
});

it('its timer is not set again where nothing is out', () => {
  const soon = new Soon(100);
  seenOf(soon, of(1));
  vi.advanceTimersByTime(100);
  expect(vi.getTimerCount()).toBe(0);
});

it('a command that fails goes the other way at once', () => {
  const soon = new Soon(100);
  expect(seenOf(soon, throwError(() => 'no'))).toEqual(['instead', '|']); // prettier-ignore
  soon.stop();
  expect(vi.getTimerCount()).toBe(0);
});

it('what is not answered in time is dropped, and goes the other way; the others have been answered', () => {
  const soon = new Soon(100);
  let dropped = 0;
  const late = seenOf(soon, new Observable(() => () => dropped++));
  const early = seenOf(soon, of(2));
  expect([late, early, vi.getTimerCount()]).toEqual([[], ['2', '|'], 1]);
  vi.advanceTimersByTime(99);
  expect([late, dropped]).toEqual([[], 0]);
  vi.advanceTimersByTime(1);
  expect([late, dropped]).toEqual([['instead', '|'], 1]);
  expect([early, vi.getTimerCount()]).toEqual([['2', '|'], 0]);
});

it('an error of the other way is told', () => {
  const soon = new Soon(100);
  const seen = seenOf(soon, NEVER, throwError(() => 'both')); // prettier-ignore
  vi.advanceTimersByTime(100);
  expect(seen).toEqual([{ error: 'both' }]);
});

it('whoever unsubscribes leaves no timer, neither before nor on the other way', () => {
  const soon = new Soon(100);
  let dropped = 0;
  const other = new Observable<string>(() => () => dropped++);
  soon.answer(NEVER, String, () => other).subscribe().unsubscribe(); // prettier-ignore
  soon.stop();
  expect([vi.getTimerCount(), dropped]).toEqual([0, 0]);
  const late = soon.answer(NEVER, String, () => other).subscribe();
  vi.advanceTimersByTime(100);
  late.unsubscribe();
  expect([vi.getTimerCount(), dropped]).toEqual([0, 1]);
});

it('one that unsubscribes another, when time is over, sends nothing for it', () => {
  const soon = new Soon(100);
  const sent: string[] = [];
  const instead = (name: string) => () =>
    new Observable<string>((subscriber) => {
      sent.push(name);
      subscriber.next(name);
    });
  const second = (): void => other.unsubscribe();
  soon.answer(NEVER, String, instead('first')).subscribe(second);
  const other = soon.answer(NEVER, String, instead('second')).subscribe();
  vi.advanceTimersByTime(100);
  expect(sent).toEqual(['first']);
});
