import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Fifo } from '../src/fifo.js';

test('first in, first out', () => {
  const fifo = new Fifo<number>();
  expect([fifo.shift(), fifo.size]).toEqual([undefined, 0]);
  fifo.push(1);
  fifo.push(2);
  expect([fifo.shift(), fifo.size]).toEqual([1, 1]);
  fifo.push(3);
  expect([fifo.shift(), fifo.shift(), fifo.shift(), fifo.size]).toEqual([2, 3, undefined, 0]);
  fifo.push(4);
  expect(fifo.shift()).toBe(4);
});

test('as an array, however many are in it', () => {
  const step = fc.oneof(fc.record({ push: fc.nat() }), fc.constant('shift' as const));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), fc.nat({ max: 200 }), (steps, begun) => {
      const fifo = new Fifo<number>();
      const array = Array.from({ length: begun }, (_, n) => n);
      for (const n of array) fifo.push(n);
      for (const each of steps) {
        if (each === 'shift') expect(fifo.shift()).toBe(array.shift());
        else {
          fifo.push(each.push);
          array.push(each.push);
        }
        expect([fifo.size, fifo.first]).toEqual([array.length, array[0]]);
      }
    }),
  );
});

test('one that is never empty does not grow', () => {
  const fifo = new Fifo<number>();
  fifo.push(0);
  for (let n = 1; n <= 100_000; n++) {
    fifo.push(n);
    expect(fifo.shift()).toBe(n - 1);
  }
  expect(fifo.size).toBe(1);
});
