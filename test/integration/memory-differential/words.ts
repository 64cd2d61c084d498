import fc from 'fast-check';

export type Word = string | Buffer;

/** The option with its argument, every fourth time. */
export function option(name: string, argument: fc.Arbitrary<Word>): fc.Arbitrary<Word[]> {
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant<Word[]>([]) },
    { weight: 1, arbitrary: argument.map((word) => [name, word]) },
  );
}

export function flag(name: string): fc.Arbitrary<Word[]> {
  return fc.oneof({ weight: 3, arbitrary: fc.constant<Word[]>([]) }, { weight: 1, arbitrary: fc.constant<Word[]>([name]) });
}

/** Words, options and lists, one after another. */
export function words(...parts: (string | fc.Arbitrary<Word | readonly Word[]>)[]): fc.Arbitrary<Word[]> {
  const arbitraries = parts.map((part): fc.Arbitrary<Word | readonly Word[]> =>
    typeof part === 'string' ? fc.constant(part) : part,
  );
  return fc.tuple(...arbitraries).map((values) => values.flatMap((value) => value));
}

/** What a caller gets wrong: words missing at the end, words too many, an option nobody knows, another case. */
export function mangled(command: fc.Arbitrary<Word[]>): fc.Arbitrary<Word[]> {
  // The number may take the place of an idle time: 5 ms are over in memory and not on a server, or the other way round.
  const junk = fc.constantFrom('JUNK', 'COUNT', '50000', 'count');
  return fc.oneof(
    fc.tuple(command, fc.integer({ min: 1, max: 6 })).map(([all, n]) => all.slice(0, n)),
    fc.tuple(command, fc.integer({ min: 1, max: 3 })).map(([all, n]) => all.slice(0, Math.max(1, all.length - n))),
    fc.tuple(command, fc.array(junk, { minLength: 1, maxLength: 2 })).map(([all, more]) => [...all, ...more]),
    fc.tuple(command, fc.nat(6), junk).map(([all, at, word]) => [...all.slice(0, at + 1), word, ...all.slice(at + 1)]),
    command.map((all) => all.map((word) => (typeof word === 'string' ? word.toLowerCase() : word))),
  );
}
