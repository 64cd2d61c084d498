import { timer, map, type Observable } from 'rxjs';
import { createMarbles } from 'rxjs-redis-streams/testing';
import { expect } from 'vitest';
import type { Delivery } from '../../src/entry.js';
import type { Notice } from '../../src/notices.js';

/** The marble kit with the assertion of this runner. */
export const marbles = createMarbles((actual, expected) => expect(actual).toEqual(expected));

/** Work that takes so many frames and gives the entry's value. */
export function takes(frames: number) {
  return <T>({ value }: { readonly value: T }): Observable<T> => timer(frames).pipe(map(() => value));
}

/** How an entry came, as text: `a recovered 2`. */
export function came(entry: Delivery<unknown>): string {
  return `${String(entry.value)} ${entry.origin} ${entry.attempt}`;
}

/** Writes notices down with their frames: `2 retrying ack 50`. */
export function notebook(now: () => number): { readonly notify: (notice: Notice) => void; readonly told: string[] } {
  const told: string[] = [];
  return {
    told,
    notify: (notice) => {
      const { type, ...rest } = notice;
      const shown = ['what', 'why', 'after', 'delay', 'ids', 'count'] as const;
      const members = shown.flatMap((name) => (name in rest ? [String((rest as Record<string, unknown>)[name])] : []));
      told.push([now(), type, ...members].join(' '));
    },
  };
}
