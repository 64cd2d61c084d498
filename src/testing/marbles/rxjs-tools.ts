import type { Observable } from 'rxjs';
import { TestScheduler, type RunHelpers } from 'rxjs/testing';
import type { Block } from './block.js';
import { readDiagram } from './diagram.js';
import { named } from './leftovers.js';
import { Letters } from './letters.js';
import type { MarbleScript, MarbleValues, ObservableExpectation } from './marble-script.js';
import { parseMarbles } from './parse-marbles.js';
import { STAND_IN, standInFor } from './stand-in.js';

/** RxJS's own helpers: they move the horizon, know their letters, and end with the block. */
export function rxjsTools(helpers: RunHelpers, block: Block): Pick<MarbleScript, keyof RunHelpers> {
  return {
    ...helpers,
    flush: () => block.flush(),

    cold: <T = string>(marbles: string, values?: Record<string, T>, error?: unknown) => {
      const of = read('cold', marbles, values);
      const cold = helpers.cold<T>(marbles, values, error);
      block.logged.push(named(of, cold));
      return cold;
    },

    hot: <T = string>(marbles: string, values?: Record<string, T>, error?: unknown) => {
      const of = read('hot', marbles, values);
      const hot = helpers.hot<T>(marbles, values, error);
      block.logged.push(named(of, hot));
      return hot;
    },

    animate: (marbles) => {
      read('animate', marbles);
      helpers.animate(marbles);
    },

    expectSubscriptions: (logs) => {
      const { toBe } = helpers.expectSubscriptions(logs);
      return {
        toBe: (marbles) => {
          for (const each of [marbles].flat()) reachSubscription(each);
          toBe(marbles);
        },
      };
    },

    expectObservable: <T>(observable: Observable<T>, subscriptionMarbles: string | null = null): ObservableExpectation<T> => {
      if (subscriptionMarbles !== null) reachSubscription(subscriptionMarbles);
      const ours = (of: Observable<T>): Observable<T> => block.expected.watch('expectObservable()', of);
      const { toBe, toEqual } = helpers.expectObservable(ours(observable), subscriptionMarbles);
      return {
        toBe: (marbles, values, error) => {
          read('expectObservable().toBe', marbles, values);
          toBe(STAND_IN, standInFor(parseMarbles(marbles, values ?? undefined, error)));
        },
        toEqual: (other) => toEqual(ours(other)),
      };
    },
  };

  /** Checks the letters of a diagram, and gives it a name. */
  function read(what: string, marbles: string, values?: MarbleValues<unknown> | null): string {
    const of = `${what}('${marbles}')`;
    const { marks, last } = readDiagram(`${what}()`, marbles);
    const letters = new Letters(of, typeof values === 'object' ? (values ?? undefined) : undefined);
    for (const { mark } of marks) letters.check(mark);
    block.clock.reach(last);
    return of;
  }

  function reachSubscription(marbles: string): void {
    const { subscribedFrame, unsubscribedFrame } = TestScheduler.parseMarblesAsSubscriptions(marbles, true);
    for (const frame of [subscribedFrame, unsubscribedFrame]) block.clock.reach(frame);
  }
}
