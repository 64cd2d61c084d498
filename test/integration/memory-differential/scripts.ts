import fc from 'fast-check';
import { blocking, command, FIRST, KEYS, watching } from './commands.js';
import type { Word } from './words.js';

/** Something one of the clients does. */
export interface Step {
  /** `block`: a read on a connection that may wait; the others go on. `disconnect`: that connection is cut, and opened again. */
  readonly kind: 'call' | 'callBuffer' | 'multi' | 'pipeline' | 'block' | 'disconnect';
  /** Which of the ordinary clients; or which of the two readers. The last of each has a keyPrefix. */
  readonly client: 0 | 1 | 2;
  readonly commands: readonly (readonly Word[])[];
}

const client = fc.constantFrom<Step['client']>(0, 0, 0, 1, 1, 1, 2);
const reader = fc.constantFrom<Step['client']>(0, 1);
const one = command.map((words) => [words]);
const some = fc.array(command, { minLength: 1, maxLength: 4 });

function step(
  kind: Step['kind'],
  who: fc.Arbitrary<Step['client']>,
  commands: fc.Arbitrary<Step['commands']>,
): fc.Arbitrary<Step> {
  return fc.record({ kind: fc.constant(kind), client: who, commands });
}

const steps = fc.oneof(
  { weight: 12, arbitrary: step('call', client, one) },
  { weight: 1, arbitrary: step('callBuffer', client, one) },
  { weight: 1, arbitrary: step('multi', client, some) },
  { weight: 1, arbitrary: step('pipeline', client, some) },
  {
    weight: 1,
    arbitrary: step(
      'call',
      client,
      watching.map((words) => [words]),
    ),
  },
  { weight: 1, arbitrary: step('disconnect', reader, fc.constant([])) },
  {
    weight: 2,
    arbitrary: step(
      'block',
      reader,
      blocking.map((words) => [words]),
    ),
  },
);

/** Most scripts begin with something in the streams: otherwise they are about errors only. */
const [A, B] = KEYS as [string, string];
const beginning: readonly Step[] = [
  ...FIRST.map((at) => ['XADD', A, at, 'f', at]),
  ...FIRST.slice(0, 3).map((at) => ['XADD', B, at, 'f', at]),
  ['XGROUP', 'CREATE', A, 'g1', '0'],
  ['XGROUP', 'CREATE', A, 'g2', '2-0'],
  ['XGROUP', 'CREATE', B, 'g1', '$', 'MKSTREAM'],
  ['XGROUP', 'CREATE', B, 'g2', '0', 'MKSTREAM'],
  ['XREADGROUP', 'GROUP', 'g1', 'c1', 'COUNT', '3', 'STREAMS', A, '>'],
].map((words): Step => ({ kind: 'call', client: 0, commands: [words] }));

export const script: fc.Arbitrary<readonly Step[]> = fc
  .tuple(fc.nat(3), fc.array(steps, { minLength: 1, maxLength: 30, size: 'max' }))
  .map(([empty, all]) => (empty === 0 ? all : [...beginning, ...all]));
