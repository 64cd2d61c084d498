import fc from 'fast-check';
import type { Redis } from 'ioredis';

/** What happens to a stream and its group. Positions are parts of the way from the first id ever to the last. */
export type Step =
  | { readonly do: 'look' }
  | { readonly do: 'add'; readonly count: number }
  | { readonly do: 'delete' | 'trim-before'; readonly at: number }
  | { readonly do: 'trim-to'; readonly length: number }
  | { readonly do: 'read'; readonly consumer: string; readonly count: number; readonly noAck: boolean }
  | { readonly do: 'ack'; readonly count: number }
  | { readonly do: 'set' | 'make-again'; readonly at: number };

const at = fc.double({ min: 0, max: 1, noNaN: true });
const few = fc.integer({ min: 1, max: 5 });
const consumer = fc.constantFrom('a', 'b');

const one = <T extends Step>(step: fc.Arbitrary<T>): fc.Arbitrary<readonly Step[]> => step.map((each) => [each]);
const step: fc.Arbitrary<readonly Step[]> = fc.oneof(
  { weight: 8, arbitrary: one(fc.record({ do: fc.constant('look') })) },
  { weight: 6, arbitrary: one(fc.record({ do: fc.constant('add'), count: few })) },
  { weight: 6, arbitrary: one(fc.record({ do: fc.constant('read'), consumer, count: few, noAck: fc.boolean() })) },
  { weight: 4, arbitrary: one(fc.record({ do: fc.constant('delete'), at })) },
  { weight: 1, arbitrary: one(fc.record({ do: fc.constant('trim-before'), at })) },
  { weight: 1, arbitrary: one(fc.record({ do: fc.constant('trim-to'), length: fc.nat({ max: 12 }) })) },
  { weight: 1, arbitrary: one(fc.record({ do: fc.constant('ack'), count: few })) },
  // Nothing in Redis tells that a group was set or made again, so a look follows: see "Watching a group" in docs/semantics.md.
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom('set', 'make-again'), at }).map((each): readonly Step[] => [each, { do: 'look' }]),
  },
);

/** A group that is made somewhere in a stream, and what becomes of both. */
export const script = fc.record({
  before: fc.nat({ max: 12 }),
  at,
  steps: fc.array(step, { maxLength: 40 }).map((steps): readonly Step[] => [...steps.flat(), { do: 'look' }]),
});

/** Plays steps on stream `s` and group `g`. */
export class Player {
  #last = 0;

  constructor(readonly redis: Redis) {}

  async begin(before: number, at: number): Promise<void> {
    await this.redis.flushall();
    await this.redis.xgroup('CREATE', 's', 'other', '$', 'MKSTREAM');
    await this.play({ do: 'add', count: before });
    await this.redis.xgroup('CREATE', 's', 'g', this.#id(at));
  }

  async play(step: Exclude<Step, { do: 'look' }>): Promise<void> {
    const { redis } = this;
    switch (step.do) {
      case 'add':
        for (let left = step.count; left > 0; left--) await redis.xadd('s', `${++this.#last}-0`, 'f', 'v');
        return;
      case 'delete':
        return void (await redis.xdel('s', this.#id(step.at)));
      case 'trim-before':
        return void (await redis.xtrim('s', 'MINID', this.#id(step.at)));
      case 'trim-to':
        return void (await redis.xtrim('s', 'MAXLEN', step.length));
      case 'read': {
        const noAck = step.noAck ? ['NOACK'] : [];
        await redis.call('XREADGROUP', ['GROUP', 'g', step.consumer, 'COUNT', step.count, ...noAck, 'STREAMS', 's', '>']);
        return;
      }
      case 'ack': {
        const rows = (await redis.xpending('s', 'g', '-', '+', step.count)) as [string][];
        for (const [id] of rows) await redis.xack('s', 'g', id);
        return;
      }
      case 'set':
        return void (await redis.xgroup('SETID', 's', 'g', this.#id(step.at)));
      case 'make-again':
        await redis.xgroup('DESTROY', 's', 'g');
        await redis.xgroup('CREATE', 's', 'g', this.#id(step.at));
    }
  }

  #id(at: number): string {
    return `${Math.round(at * this.#last)}-0`;
  }
}
