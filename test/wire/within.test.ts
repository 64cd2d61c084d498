import { NEVER, of, throwError } from 'rxjs';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { within } from '../../src/wire/within.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('an answer in time is passed on, and an error too; no timer is left', () => {
  const seen: unknown[] = [];
  of(1)
    .pipe(within(100, 'x'))
    .subscribe((value) => seen.push(value));
  throwError(() => 'no').pipe(within(100, 'x')).subscribe({ error: (error: unknown) => seen.push(error) }); // prettier-ignore
  expect([seen, vi.getTimerCount()]).toEqual([[1, 'no'], 0]);
});

it('without one it fails as lost, and drops the command', () => {
  const seen: unknown[] = [];
  NEVER.pipe(within(100, 'an ack')).subscribe({ error: (error: unknown) => seen.push(error) });
  vi.advanceTimersByTime(99);
  expect(seen).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(seen).toMatchObject([{ code: 'CONNECTION_LOST', message: 'an ack was not answered within 100 ms' }]);
});

it('whoever unsubscribes leaves no timer', () => {
  NEVER.pipe(within(100, 'x')).subscribe().unsubscribe();
  expect(vi.getTimerCount()).toBe(0);
});
