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
