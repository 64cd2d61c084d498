import { TestScheduler } from 'rxjs/testing';
import { whole, wrongType } from '../../checks.js';
import { Block } from './block.js';
import { expectations, type Assertion } from './expectations.js';
import type { MarbleScript } from './marble-script.js';
import { rxjsTools } from './rxjs-tools.js';
import { sourceTools } from './source-tools.js';
import { unveiled } from './stand-in.js';

/** Runs blocks of marbles. */
export interface Marbles {
  /**
   * Runs one block in virtual time, to its horizon: the frame of the last sign of any of its diagrams, or the one set. There
   * everything the kit has subscribed is unsubscribed, closing comes to its end, and what is left over fails the block.
   */
  run<T>(block: (script: MarbleScript) => T, options?: { readonly horizon?: number | undefined }): T;
}

/**
 * Marbles for consumer groups, on RxJS's `TestScheduler`: deliveries and whole sources from diagrams, and expectations about acks,
 * reads and results by frame. For any test runner: the assertion is handed in.
 *
 * ```ts
 * const marbles = createMarbles((actual, expected) => expect(actual).toEqual(expected));
 * marbles.run(({ deliveries, expectObservable, expectSettled }) => {
 *   const source = deliveries('-a-b-|');
 *   expectObservable(source.pipe(ackAfter(({ value }) => value))).toBe('-a-b-|');
 *   expectSettled(source).toBe('-a-b');
 * });
 * ```
 *
 * What can go wrong: a promise in a pipeline (virtual time does not wait for it); a block whose clock ends before what is to be
 * seen (write dashes, or set `horizon`). Unknown letters, values and faults are a `TypeError` that names them.
 */
export function createMarbles(assertion: Assertion): Marbles {
  if (typeof assertion !== 'function') throw wrongType('assertion', assertion, 'a function of what is and what should be');
  return {
    run: (test, { horizon } = {}) => {
      if (horizon !== undefined) whole('horizon', horizon, { least: 0 });
      if (isRunning) throw new Error(NESTED);
      isRunning = true;
      const scheduler = new TestScheduler((actual, expected) => assertion(actual, unveiled(expected)));
      try {
        return scheduler.run((helpers) => {
          const block = new Block(scheduler, horizon);
          const script = { ...rxjsTools(helpers, block), ...sourceTools(block), ...expectations(block, assertion) };
          try {
            const result = test(script);
            if (isThenable(result)) {
              throw wrongType('the block of run()', result, 'synchronous: virtual time is over before a promise resolves');
            }
            block.flush();
            block.close();
            return result;
          } catch (error) {
            block.cut();
            scheduler.actions.length = 0;
            throw error;
          }
        });
      } finally {
        isRunning = false;
      }
    },
  };
}

/** Whether a block runs, of whichever kit: virtual time takes the place of the real one for the whole process. */
let isRunning = false;

const NESTED =
  'run() inside a block of run(): RxJS would end virtual time for the outer one when the inner one is over. Run them one after another.';

function isThenable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
