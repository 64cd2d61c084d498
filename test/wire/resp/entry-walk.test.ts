import { expect, it } from 'vitest';
import { EntryWalk } from '../../../src/wire/resp/entry-walk.js';

/** Throws for whoever looks behind the last byte, where V8 throws away what it has compiled. */
function guarded(text: string): Buffer {
  return new Proxy(Buffer.from(text), {
    get(target, key) {
      if (typeof key === 'string' && Number(key) >= target.length) throw new Error(`byte ${key} of ${target.length}`);
      return Reflect.get(target, key, target) as unknown;
    },
  });
}

const FIELDS = '*4\r\n$1\r\na\r\n$10\r\n0123456789\r\n$1\r\nb\r\n$0\r\n\r\n';

it.each([
  ['an entry', `*2\r\n$3\r\n1-0\r\n${FIELDS}`],
  ['an entry that was claimed', `*4\r\n$3\r\n1-0\r\n${FIELDS}:70000\r\n:2\r\n`],
  ['an entry that is gone', '*2\r\n$3\r\n1-0\r\n*-1\r\n'],
])('%s, however much of it has come: only the whole is passed, and nothing behind it is looked at', (_, text) => {
  for (let size = 0; size < text.length; size++) {
    expect([size, new EntryWalk().pass(guarded(text.slice(0, size)), 0)]).toEqual([size, false]);
  }
  const walk = new EntryWalk();
  expect([walk.pass(guarded(text), 0), walk.at]).toEqual([true, text.length]);
});

it('a string and a number, likewise', () => {
  const walk = new EntryWalk();
  for (let size = 0; size < 8; size++) {
    expect(walk.passString(guarded('$2\r\nab\r\n'.slice(0, size)), 0)).toBe(false);
    expect(walk.passNumber(guarded(':1234\r\n'.slice(0, Math.min(size, 6))), 0)).toBeUndefined();
  }
  expect([walk.passString(guarded('$2\r\nab\r\n'), 0), walk.idFrom, walk.idTo, walk.at]).toEqual([true, 4, 6, 8]);
  expect([walk.passNumber(guarded(':1234\r\n'), 0), walk.at]).toEqual([1234, 7]);
  expect(walk.passNumber(guarded(':-1\r\n'), 0)).toBeUndefined();
});
