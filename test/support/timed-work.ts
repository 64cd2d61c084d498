import { map, timer, type Observable } from 'rxjs';
import type { Delivery } from '../../src/entry.js';

/** Work in a block of marbles: entries take as many frames as is said by letter, and when each began is written down: `a 0`. */
export function timedWork(now: () => number, frames: Readonly<Record<string, number>>) {
  const began: string[] = [];
  return {
    began,
    work({ value }: Delivery<string>): Observable<string> {
      began.push(`${value} ${now()}`);
      return timer(frames[value] ?? 0).pipe(map(() => value));
    },
  };
}
