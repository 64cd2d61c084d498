import { describe, expect, test } from 'vitest';
import type { Line, Word } from './journal.js';
import { BLOCK, LAG, MIN_IDLE, RENEW_EVERY } from './names.js';
import { verdict, type Life } from './verdict.js';

const words: Record<string, Word> = { C: 'came', S: 'started', D: 'done', A: 'acked', U: 'doubted', L: 'lost' };

/** `'CSDA:1'`: the entry 1 came, was started, done and acked. */
function life(name: string, text: string, { killed = false } = {}): Life {
  const lines = text.split(' ').flatMap((part): Line[] => {
    const [letters = '', id = ''] = part.split(':');
    return [...letters].map((letter) => ({ word: words[letter]!, id, at: 0 }));
  });
  return { name, killed, lines, stops: [] };
}

test('every entry once: nothing lost, nothing twice, and no room for duplicates', () => {
  expect(verdict(['1', '2'], [life('a', 'CSDA:1'), life('b', 'CSDA:2')])).toEqual({
    sent: 2,
    done: 2,
    lost: [],
    unknown: [],
    vanished: [],
    notReplicated: 0,
    duplicates: 0,
    heldAtDeaths: 0,
    heldOverStops: 0,
    lostLeases: 0,
    unconfirmedAcks: 0,
    heldOverFailovers: 0,
    bound: 0,
    unexplained: [],
  });
});

test('what nobody did is lost, also when it was begun or acked', () => {
  expect(verdict(['1', '2', '3', '4'], [life('a', 'CSDA:1 CS:2 CA:3')]).lost).toEqual(['2', '3', '4']);
});

test('what was done and never sent is told', () => {
  expect(verdict(['1'], [life('a', 'CSDA:1 CSDA:2')]).unknown).toEqual(['2']);
});

test('a death accounts for what was begun and not known to be acked, and for nothing else', () => {
  const one = life('a', 'CSDA:1 CSD:2 CS:3 C:4', { killed: true });
  expect(verdict(['1', '2', '3', '4'], [one, life('b', 'CSDA:2 CSDA:3 CSDA:4')])).toMatchObject({
    lost: [],
    duplicates: 2,
    heldAtDeaths: 2,
    bound: 2,
    unexplained: [],
  });
  // The first was confirmed before: nobody should have had it again.
  expect(verdict(['1', '2', '3', '4'], [one, life('b', 'CSDA:1 CSDA:3 CSDA:4')])).toMatchObject({
    duplicates: 2,
    bound: 2,
    unexplained: ['1'],
  });
});

test('each death accounts for one more', () => {
  const [a, b] = [life('a', 'CS:1', { killed: true }), life('b', 'CS:1', { killed: true })];
  expect(verdict(['1'], [a, b, life('c', 'CSDA:1')])).toMatchObject({ duplicates: 2, bound: 2, unexplained: [] });
  expect(verdict(['1'], [a, b, life('c', 'CSDA:1 CSDA:1')])).toMatchObject({ duplicates: 3, bound: 2, unexplained: ['1'] });
});

test('a lost lease and a doubted ack account for one, and only once when both are told of one entry', () => {
  const told = [life('a', 'CSL:1 CSDU:2 CSDULA:3'), life('b', 'CSDA:1 CSDA:2 CSDA:3')];
  expect(verdict(['1', '2', '3'], told)).toMatchObject({
    duplicates: 3,
    lostLeases: 2,
    unconfirmedAcks: 2,
    bound: 3,
    unexplained: [],
  });
  const untold = [life('a', 'CS:1'), life('b', 'CSDA:1')];
  expect(verdict(['1'], untold)).toMatchObject({ duplicates: 1, bound: 0, unexplained: ['1'] });
});

describe('a process that is stopped for longer than its leases last', () => {
  const [from, to] = [10_000, 10_000 + MIN_IDLE - RENEW_EVERY];
  const stopped = (lines: readonly [Word, number][], until = to): Life => ({
    name: 'a',
    killed: false,
    lines: lines.map(([word, at]) => ({ word, id: '1', at })),
    stops: [{ from, to: until }],
  });
  const again = (one: Life) => verdict(['1'], [one, life('b', 'CSDA:1')]);
  const held: [Word, number][] = [
    ['came', from - 5],
    ['started', to],
    ['acked', to + 5],
  ];

  test('accounts for what came before and was not acked', () => {
    expect(again(stopped(held))).toMatchObject({ heldOverStops: 1, bound: 1, unexplained: [] });
  });
  test('accounts for what came with the bytes that had waited', () => {
    expect(again(stopped([['came', to + BLOCK], ['started', to + BLOCK]]))).toMatchObject({ heldOverStops: 1, unexplained: [] }); // prettier-ignore
  });
  test('does not account for what was acked before, or came later', () => {
    const before: [Word, number][] = [['came', from - 9], ['started', from - 9], ['acked', from - 1]]; // prettier-ignore
    expect(again(stopped(before))).toMatchObject({ heldOverStops: 0, bound: 0, unexplained: ['1'] });
    expect(again(stopped([['came', to + BLOCK + 1], ['started', to + BLOCK + 1]]))).toMatchObject({ bound: 0, unexplained: ['1'] }); // prettier-ignore
  });
  test('accounts for nothing when it went on before that', () => {
    expect(again(stopped(held, to - 1))).toMatchObject({ heldOverStops: 0, unexplained: ['1'] });
  });
});

test('an ack that is out for longer than a lease lasts accounts for one, a moment shorter for none', () => {
  const late = MIN_IDLE - RENEW_EVERY;
  const acked = (ms: number): Life => ({
    name: 'a',
    killed: false,
    stops: [],
    lines: [
      { word: 'started', id: '1', at: 10 },
      { word: 'done', id: '1', at: 12 },
      { word: 'acked', id: '1', at: 10 + ms },
    ],
  });
  expect(verdict(['1'], [acked(late), life('b', 'CSDA:1')])).toMatchObject({ unconfirmedAcks: 1, bound: 1, unexplained: [] });
  expect(verdict(['1'], [acked(late - 1), life('b', 'CSDA:1')])).toMatchObject({ bound: 0, unexplained: ['1'] });
});

test('an entry that one process begins twice is not excused by the time between the two', () => {
  const twice: Line[] = [0, 5_000].flatMap((at): Line[] => [
    { word: 'started', id: '1', at },
    { word: 'acked', id: '1', at: at + 5 },
  ]);
  expect(verdict(['1'], [{ name: 'a', killed: false, stops: [], lines: twice }])).toMatchObject({ bound: 0, unexplained: ['1'] });
});

test('what was confirmed to the producer and is not there has vanished', () => {
  expect(verdict(['s/1-0'], [life('a', 'CSDA:s/1-0')], { confirmed: ['s/1-0', 's/2-0'] })).toMatchObject({ lost: [], vanished: ['s/2-0'] }); // prettier-ignore
});

describe('a master that is killed', () => {
  const died = 10_000;
  const failovers = [{ at: died, streams: ['s'] }];
  const judge = (name: string, lines: readonly [Word, number][]) =>
    verdict([name], [{ name: 'a', killed: false, stops: [], lines: lines.map(([word, at]) => ({ word, id: name, at })) }, life('b', `CSDA:${name}`)], { failovers }); // prettier-ignore
  const worked = (came: number, acked: number): [Word, number][] => [['came', came], ['started', came], ['acked', acked]]; // prettier-ignore

  test('accounts for what was in hand, also where that is read a little later', () => {
    expect(judge('s/1-0', [['came', died - 500], ['started', died - 500]])).toMatchObject({ heldOverFailovers: 1, bound: 1, unexplained: [] }); // prettier-ignore
    expect(judge('s/1-0', worked(died + BLOCK, died + BLOCK + 5))).toMatchObject({ heldOverFailovers: 1, unexplained: [] });
  });
  test('accounts for what was acked a moment before: its replica may not know', () => {
    expect(judge('s/1-0', worked(died - LAG - 5, died - LAG))).toMatchObject({ heldOverFailovers: 1, unexplained: [] });
  });
  test('does not account for what was acked earlier, came later, or is elsewhere', () => {
    expect(judge('s/1-0', worked(died - LAG - 5, died - LAG - 1))).toMatchObject({ bound: 0, unexplained: ['s/1-0'] });
    expect(judge('s/1-0', worked(died + BLOCK + 1, died + BLOCK + 5))).toMatchObject({ bound: 0, unexplained: ['s/1-0'] });
    expect(judge('t/1-0', worked(died - 5, died - 1))).toMatchObject({ bound: 0, unexplained: ['t/1-0'] });
  });
  test('accounts once for what came twice, whichever time it was in hand', () => {
    const twice: [Word, number][] = [...worked(died - 10, died - 5), ...worked(died + 5_000, died + 5_005)];
    const name = 's/1-0';
    const one = { name: 'a', killed: false, stops: [], lines: twice.map(([word, at]) => ({ word, id: name, at })) };
    expect(verdict([name], [one], { failovers })).toMatchObject({
      duplicates: 1,
      heldOverFailovers: 1,
      bound: 1,
      unexplained: [],
    });
  });

  const gone = (id: string) => verdict([], [life('a', `CSDA:${id}`)], { confirmed: [id], failovers });
  test('accounts for what it took in a moment before and had not passed on', () => {
    for (const id of [`s/${died}-0`, `s/${died - LAG}-3`]) {
      expect(gone(id)).toMatchObject({ unknown: [], vanished: [], notReplicated: 1 });
    }
  });
  test('does not account for what is gone and is older, newer, or was elsewhere', () => {
    for (const id of [`s/${died - LAG - 1}-0`, `s/${died + 1}-0`, `t/${died}-0`]) {
      expect(gone(id)).toMatchObject({ unknown: [id], vanished: [id], notReplicated: 0 });
    }
  });
});
