import { describe, expect, it } from 'vitest';
import * as requests from '../../src/wire/requests.js';

const line = ({ name, args }: { name: string; args: readonly unknown[] }) => [name, ...args].join(' ');
const me = { stream: 's', group: 'g', consumer: 'c' };

describe('read', () => {
  const request = { from: [['a', '1-0'], ['b', '$']], count: 7, block: undefined, binary: false } as const; // prettier-ignore
  const as = { group: 'g', consumer: 'c', noAck: false };

  it.each([
    [request, 'XREAD COUNT 7 STREAMS p:a p:b 1-0 $'],
    [{ ...request, block: 250 }, 'XREAD COUNT 7 BLOCK 250 STREAMS p:a p:b 1-0 $'],
    [{ ...request, as }, 'XREADGROUP GROUP g c COUNT 7 STREAMS p:a p:b 1-0 $'],
    [{ ...request, as: { ...as, noAck: true }, block: 5 }, 'XREADGROUP GROUP g c COUNT 7 BLOCK 5 NOACK STREAMS p:a p:b 1-0 $'],
  ])('%#', (read, expected) => {
    expect(line(requests.read(read, 'p:'))).toBe(expected);
  });

  it('never asks for an unlimited count, and never blocks for ever', () => {
    expect(line(requests.read({ ...request, count: 0, block: 0 }, ''))).toContain('COUNT 1 BLOCK 1 ');
    expect(line(requests.read({ ...request, count: 1.5, block: 0.2 }, ''))).toContain('COUNT 2 BLOCK 1 ');
  });

  it('is binary when asked', () => {
    expect(requests.read({ ...request, binary: true }, '').binary).toBe(true);
  });
});

it('pending starts after an id', () => {
  expect(line(requests.pending({ ...me, after: '5-1', count: 0 }))).toBe('XPENDING s g (5-1 + 1 c');
  expect(line(requests.pending({ ...me, after: '5-1', to: '9-9', count: 3 }))).toBe('XPENDING s g (5-1 9-9 3 c');
});

it('gives entries back as idle for 30 days', () => {
  expect(requests.giveBackArgs({ ...me, entries: [{ id: '1-0', count: 2 }] })).toEqual(['g', 'c', 2_592_000_000, '1-0', 2]);
});
