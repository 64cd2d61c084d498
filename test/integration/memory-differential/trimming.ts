import fc from 'fast-check';
import type { Step } from './scripts.js';
import type { Word } from './words.js';

const size = fc.oneof(
  fc.constantFrom(0, 1, 2, 60, 63, 64, 125, 126, 127, 128, 500, 4090, 4096),
  fc.integer({ min: 0, max: 200 }),
);
const content = fc.oneof(
  size.map((length) => 'x'.repeat(length)),
  fc.constantFrom('7', '-1', '127', '128', '4095', '-4097', '32768', '8388608', '2147483648', '9223372036854775807', '007', '-0'),
  fc.constantFrom('9223372036854775808', '-9223372036854775808'),
);

/** Many entries with fields of many sizes and ids near and far, then deletions and trimming. */
export const trimming: fc.Arbitrary<readonly Step[]> = fc
  .record({
    contents: fc.array(content, { minLength: 1, maxLength: 12, size: 'max' }),
    names: fc.array(fc.constantFrom('f', 'g', 'name-of-a-field'), { minLength: 1, maxLength: 5 }),
    steps: fc.array(fc.constantFrom(1, 1, 1, 2, 200, 70_000, 10_000_000_000), { minLength: 1, maxLength: 5 }),
    total: fc.integer({ min: 1, max: 450 }),
    changes: fc.array(
      fc.oneof(
        fc.array(fc.nat(450), { minLength: 1, maxLength: 130, size: 'max' }).map((places) => ({ places })),
        fc
          .tuple(fc.constantFrom('~', '~', '='), fc.nat(450))
          .map(([how, length]) => ({ words: ['MAXLEN', how, String(length)] })),
        fc.tuple(fc.constantFrom('~', '='), fc.nat(450)).map(([how, place]) => ({ minId: place, how })),
        fc
          .tuple(fc.nat(450), fc.nat(300))
          .map(([length, limit]) => ({ words: ['MAXLEN', '~', `${length}`, 'LIMIT', `${limit}`] })),
      ),
      { minLength: 1, maxLength: 6 },
    ),
  })
  .map(({ contents, names, steps, total, changes }) => {
    let ms = 0;
    const added = Array.from({ length: total }, (_, index) => `${(ms += at(steps, index))}-${index % 3}`);
    const fill = added.map((id, index) => ['XADD', 'a', id, at(names, index), at(contents, index)]);
    const change = changes.map((one): Word[] => {
      if ('places' in one) return ['XDEL', 'a', ...one.places.map((place) => at(added, place))];
      return 'minId' in one ? ['XTRIM', 'a', 'MINID', one.how, at(added, one.minId)] : ['XTRIM', 'a', ...one.words];
    });
    return [
      { kind: 'multi', client: 0, commands: fill },
      ...change.flatMap((words): Step[] => [
        { kind: 'call', client: 0, commands: [words] },
        { kind: 'call', client: 1, commands: [['XINFO', 'STREAM', 'a']] },
      ]),
    ];
  });

function at<T>(items: readonly T[], index: number): T {
  return items[index % items.length] as T;
}
