import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OpenEntries, type Identified } from '../../src/acks/open-entries.js';

interface Numbered extends Identified {
  readonly n: number;
}

const step = fc.oneof(
  fc.record({ do: fc.constant('add' as const), id: fc.nat({ max: 6 }).map(String) }),
  fc.record({ do: fc.constant('remove' as const), at: fc.nat({ max: 9 }) }),
  fc.constant({ do: 'ask' as const }),
);

test('what is open is what was added and not removed, in that order, and by its id once somebody asked', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const open = new OpenEntries<Numbered>();
      let expected: Numbered[] = [];
      let asked = false;
      steps.forEach((each, n) => {
        if (each.do === 'ask') {
          asked = true;
          for (let id = 0; id <= 6; id++) {
            const newest = expected.findLast((held) => held.id === String(id));
            expect(open.get(String(id))).toBe(newest);
            expect(open.has(String(id))).toBe(newest !== undefined);
          }
          expected = expected.filter((held) => open.get(held.id) === held); // from now on the older are out
        } else if (each.do === 'add') {
          const held = { id: each.id, n };
          if (asked) expected = expected.filter(({ id }) => id !== held.id);
          asked &&= expected.length > 0;
          open.add(held);
          expected.push(held);
        } else {
          const [held] = expected.splice(each.at, 1);
          if (held !== undefined) open.remove(held);
        }
        if (expected.length === 0) asked = false;
        expect(open.all()).toEqual(expected);
        expect(open.isEmpty).toBe(expected.length === 0);
      });
    }),
  );
});

test('the older of one id is out once it is asked for, and removing it again does nothing', () => {
  const open = new OpenEntries();
  const [older, newer] = [{ id: '1-0' }, { id: '1-0' }];
  open.add(older);
  open.add(newer);
  expect(open.get('1-0')).toBe(newer);
  open.remove(older);
  expect(open.all()).toEqual([newer]);
});

test('what is removed keeps nothing alive', () => {
  const open = new OpenEntries();
  const all: Identified[] = ['1-0', '2-0', '3-0'].map((id) => ({ id }));
  for (const each of all) open.add(each);
  for (const each of all) open.remove(each);
  expect(all.map(({ before, after }) => [before, after])).toEqual([
    [undefined, undefined],
    [undefined, undefined],
    [undefined, undefined],
  ]);
});
