import fc from 'fast-check';
import type { ErrorAction } from '../../src/operators/settle-failure.js';

export interface Setup {
  readonly concurrency: number;
  readonly keyed: boolean;
  readonly onError: ErrorAction | 'function';
}

/** What an entry's project does. `work`: runs until an event of the walk ends it. */
type Kind = 'work' | 'one, then work' | 'value' | 'of' | 'throw' | 'promise' | 'pushing' | 'unsubscribing' | 'completing';

export type Event =
  | { readonly do: 'push'; readonly kind: Kind; readonly key: number; readonly session: 0 | 1 }
  | { readonly do: 'work'; readonly which: number; readonly how: 'next' | 'complete' | 'error' | 'next and complete' }
  | {
      readonly do:
        | 'complete'
        | 'error'
        | 'tear'
        | 'hold back'
        | 'confirm'
        | 'refuse'
        | 'unsubscribe'
        | 'unsubscribe in next'
        | 'push in next'
        | 'turn';
    };

export const setups: fc.Arbitrary<Setup> = fc.record({
  concurrency: fc.constantFrom(1, 2, 3, Infinity),
  keyed: fc.boolean(),
  onError: fc.constantFrom('throw', 'nack', 'reject', 'function'),
});

const kind = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom<Kind>('work', 'one, then work', 'value', 'of', 'promise', 'pushing') },
  { weight: 1, arbitrary: fc.constantFrom<Kind>('throw', 'unsubscribing', 'completing') },
);
const push = fc.record({
  do: fc.constant('push' as const),
  kind,
  key: fc.nat({ max: 2 }),
  session: fc.constantFrom(0 as const, 1 as const),
});
const work = fc.record({
  do: fc.constant('work' as const),
  which: fc.nat({ max: 5 }),
  how: fc.constantFrom('next', 'complete', 'error', 'next and complete'),
} as const);
const happening = (...what: Exclude<Event['do'], 'push' | 'work'>[]) =>
  fc.constantFrom(...what.map((each): Event => ({ do: each })));

export const events: fc.Arbitrary<Event> = fc.oneof(
  { weight: 10, arbitrary: push },
  { weight: 8, arbitrary: work },
  { weight: 2, arbitrary: happening('turn', 'hold back', 'push in next') },
  { weight: 1, arbitrary: happening('complete', 'error', 'tear', 'confirm', 'refuse', 'unsubscribe', 'unsubscribe in next') },
);
