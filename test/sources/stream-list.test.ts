/** The streams of a subscription follow its list. */
import { describe, expect, test } from 'vitest';
import { StreamList } from '../../src/sources/stream-list.js';

function setUp(...first: string[]) {
  const did: string[] = [];
  const refusals: unknown[] = [];
  const at = (name: string) => ({ stream: name, start: undefined });
  let onAdd: (stream: string) => void = () => undefined;
  const list: StreamList = new StreamList(
    first.map(at),
    {
      add: ({ stream }) => {
        did.push(`+${stream}`);
        onAdd(stream);
      },
      leave: (stream) => did.push(`-${stream}`),
      stay: (stream) => did.push(`=${stream}`),
    },
    (error) => refusals.push(error),
  );
  return {
    list,
    refusals,
    next: (...names: string[]) => list.next(names.map(at)),
    did: () => did.splice(0).join(' '),
    whenAdded: (then: (stream: string) => void) => (onAdd = then),
  };
}

describe('a list in place of another', () => {
  test('those that are new join, those that are not named leave, the others are left alone', () => {
    const { next, did } = setUp('a', 'b');
    next('b', 'c');
    expect(did()).toBe('-a +c');
    next('b', 'c');
    expect(did()).toBe('');
  });

  test('wanted again before it has left: it stays; after it has left: it joins anew', () => {
    const { next, did, list } = setUp('a');
    next();
    next('a');
    expect(did()).toBe('-a =a');
    next();
    list.left('a');
    next('a');
    expect(did()).toBe('-a +a');
  });

  test('it was gone already when it was to stay: it joins anew', () => {
    const { next, did, list } = setUp('a');
    next();
    next('a');
    list.left('a');
    expect(did()).toBe('-a =a +a');
  });

  test('one that has left and is not wanted is forgotten', () => {
    const { next, did, list } = setUp('a', 'b');
    next('b');
    list.left('a');
    next('b');
    expect(did()).toBe('-a');
  });

  test('a list that comes while one is looked at: the last one counts', () => {
    const { next, did, whenAdded } = setUp();
    whenAdded((stream) => {
      if (stream === 'a') next('c');
    });
    next('a', 'b');
    expect(did()).toBe('+a -a +c');
  });

  test('one that is refused is told', () => {
    const { next, refusals, whenAdded } = setUp();
    const taken = new Error('CONSUMER_IN_USE');
    whenAdded(() => {
      throw taken;
    });
    next('a');
    expect(refusals).toEqual([taken]);
  });
});
