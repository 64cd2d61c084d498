import { map } from 'rxjs';
import { ackAfter } from 'rxjs-redis-streams';
import { createMarbles, type MarbleScript } from 'rxjs-redis-streams/testing';
import { describe, expect, test } from 'vitest';
import { marbles } from '../support/marbles.js';

const cases: Record<string, [wrong: (script: MarbleScript) => unknown, message: string]> = {
  'a letter without a value': [
    ({ deliveries }) => deliveries('-a-b', { a: 1 }),
    "deliveries('-a-b'): the marble 'b' names an unknown value; values has a.",
  ],
  'a name that objects have': [
    ({ deliveries }) => deliveries('-c', {}),
    "the marble 'c' names an unknown value; values has nothing.",
  ],
  'a letter without a value, in a source': [
    ({ group }) => group({ backlog: 'ab', values: { a: 1 } }),
    "group({ backlog: 'ab' }): the marble 'b' names an unknown value",
  ],
  'a letter without a value, in what is expected': [
    ({ expectObservable, cold }) => expectObservable(cold('-a')).toBe('-x', { a: 1 }),
    "expectObservable().toBe('-x'): the marble 'x' names an unknown value; values has a.",
  ],
  'a letter without a value, in cold()': [
    ({ cold }) => cold('-x', { a: 1 }),
    "cold('-x'): the marble 'x' names an unknown value",
  ],
  'an unknown fault': [
    ({ group }) => group({ live: '-a', faults: '--Z' }),
    "group({ live: '-a', faults: '--Z' }): faults '--Z' has an unknown fault 'Z' at frame 2; there are X (the connections are lost), ",
  ],
  'a fault of groups without a group': [({ streams }) => streams({ live: '-a', faults: 'O' }), "unknown fault 'O' at frame 0"],
  'a stream that ends': [({ streams }) => streams({ live: '-a|' }), "live '-a|' has a '|' at frame 2"],
  'faults that end': [({ streams }) => streams({ faults: '-#' }), "has a '#' at frame 1"],
  'a backlog with a time': [({ group }) => group({ backlog: '-a' }), 'backlog is "-a", but must be letters'],
  'deleting what was never there': [
    ({ group }) => group({ live: '---a', deleted: '-a' }),
    'deleted at frame 1 is "a", but must be an entry that is there by then: nothing.',
  ],
  'no script': [({ group }) => group('-a' as never), 'group() is "-a", but must be a script'],
  'a clock of its own': [
    ({ group }) => group({ options: { scheduler: undefined } as never }),
    'options.scheduler is undefined, but must be left out',
  ],
  'a wrong option': [({ group }) => group({ options: { bufferSize: 0 } }), 'bufferSize is 0'],
  'a line that is no diagram': [({ group }) => group({ live: 5 as never }), 'live is 5, but must be a marble diagram'],
  'acks of an unknown entry': [
    ({ deliveries, expectSettled }) => expectSettled(deliveries('-a-b')).toBe('-a-x'),
    "expectSettled(deliveries('-a-b')): 'x' at frame 3 names an unknown entry 'x'; there are a, b.",
  ],
  'an unknown way to settle': [
    ({ deliveries, expectSettled }) => expectSettled(deliveries('-a')).toBe('-x', { x: 'eat a' }),
    "'x' stands for 'eat a', which is none of ack, nack, reject, release, leave",
  ],
  'a delivery that never existed': [
    ({ deliveries, expectSettled, expectObservable }) => {
      const source = deliveries('-a-b');
      expectObservable(source.pipe(ackAfter()), '^-!');
      expectSettled(source).toBe('-a-n', { n: 'nack b' });
    },
    "'frame 3: nack b' was expected, but 'b' was never delivered.",
  ],
  'an unknown read': [
    ({ group, expectReads }) => expectReads(group({})).toBe('r'),
    "expectReads(group({  })): the marble 'r' at frame 0 names no read; say which: { r: 100 }",
  ],
  'a read that is no COUNT': [({ group, expectReads }) => expectReads(group({})).toBe('r', { r: 'all' }), "'r' stands for 'all'"],
  'reads of what has no wire': [
    ({ deliveries, expectReads }) => expectReads(deliveries('-a') as never),
    "expectReads() is about group() and streams(), but deliveries('-a') has no wire.",
  ],
  'settling of what a stage made': [
    ({ deliveries, expectSettled }) => expectSettled(deliveries('-a').pipe(map(() => 1))),
    'the source of expectSettled() is an object (Observable), but must be what deliveries(), group() or streams() gave',
  ],
  'pending of nothing': [({ pending }) => pending({} as never), 'the source of pending()'],
  'settling of which nothing is said': [
    ({ deliveries, expectSettled }) => expectSettled(deliveries('-a|')),
    "expectSettled(deliveries('-a|')) was called, but nothing was said: add .toBe(marbles).",
  ],
  'reads of which nothing is said': [
    ({ group, expectReads }) => expectReads(group({ live: '-a' })),
    "expectReads(group({ live: '-a' })) was called, but nothing was said: add .toBe(marbles).",
  ],
  'a signal with letters': [
    ({ signal }) => signal('--a|'),
    "signal('--a|') has 'a' at frame 2, but it is aborted once, at its '|', and nothing else happens.",
  ],
  'a signal that comes twice': [({ signal }) => signal('--|-|'), "signal('--|-|') has '|' at frame 4"],
  'a signal that fails': [({ signal }) => signal('--#'), "signal('--#') has '#' at frame 2"],
  'a block in a block': [
    () => createMarbles(() => undefined).run(() => undefined),
    'run() inside a block of run(): RxJS would end virtual time for the outer one',
  ],
  'a signal that never comes': [({ signal }) => signal('----'), "signal('----') has no '|'"],
  'a block with a promise': [async () => undefined, 'virtual time is over before a promise resolves'],
};

describe('fails with a message that says which', () => {
  test.each(Object.entries(cases))('%s', (_, [wrong, message]) => {
    expect(() => marbles.run(wrong)).toThrow(message);
  });

  test('an assertion that is none', () => {
    expect(() => createMarbles(undefined as never)).toThrow('assertion is undefined, but must be a function');
  });
});
