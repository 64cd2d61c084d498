import type { TestScheduler } from 'rxjs/testing';

/**
 * RxJS sorts all actions each time it has added one at the end: a script of 10,000 entries would cost the square of that. Here only
 * the last one moves, to the place that sorting would give it.
 */
export function keepSorted({ actions }: TestScheduler): void {
  type Action = (typeof actions)[number];
  Object.defineProperty(actions, 'sort', {
    value(compare: (a: Action, b: Action) => number) {
      const added = actions.pop();
      if (added === undefined) return actions;
      let [low, high] = [0, actions.length];
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (compare(actions[middle] as Action, added) <= 0) low = middle + 1;
        else high = middle;
      }
      actions.splice(low, 0, added);
      return actions;
    },
  });
}
