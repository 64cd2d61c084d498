import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { finish } from '../../src/acks/batch.js';
import { begin, carrying, emptyJournal, land, restore, take, type Journal } from '../../src/acks/journal.js';
import { emit, settle } from '../../src/acks/tracker.js';

function journalOf(...streams: string[]): Journal {
  const journal = emptyJournal();
  for (const stream of streams) begin(journal, stream, { id: '5-0', added: stream === 'unknown' ? undefined : 40 });
  return journal;
}

function done(journal: Journal, stream: string, ...ids: string[]): void {
  const line = journal.lines.get(stream);
  for (const id of line ? ids : []) emit(line!.tracker, id);
  for (const id of ids) settle(line!.tracker, id);
}

const taken = (journal: Journal) => Object.fromEntries([...(take(journal) ?? [])].map(([stream, { id }]) => [stream, id]));

test('a position travels with how many entries were ever added up to it, where that is known', () => {
  const journal = journalOf('s', 'unknown');
  done(journal, 's', '6-0', '7-0');
  done(journal, 'unknown', '6-0');
  expect(take(journal)).toEqual(
    new Map([
      ['s', { id: '7-0', added: 42 }],
      ['unknown', { id: '6-0', added: undefined }],
    ]),
  );
});

test('one write in the air; what is settled meanwhile travels in the next, and only what changed', () => {
  const journal = journalOf('s', 't');
  done(journal, 's', '6-0');
  expect(taken(journal)).toEqual({ s: '6-0' });
  done(journal, 's', '7-0');
  done(journal, 't', '6-0');
  expect(take(journal)).toBeUndefined();
  expect(land(journal)?.entries).toBe(1);
  expect(taken(journal)).toEqual({ s: '7-0', t: '6-0' });
  expect(land(journal)?.entries).toBe(2);
  expect(take(journal)).toBeUndefined();
  expect(land(journal)).toBeUndefined();
});

test('a store that lost everything gets everything again, and once', () => {
  const journal = journalOf('s', 't');
  journal.whole = true;
  expect(taken(journal)).toEqual({ s: '5-0', t: '5-0' });
  restore(journal);
  expect(taken(journal)).toEqual({ s: '5-0', t: '5-0' });
  land(journal);
  expect(take(journal)).toBeUndefined();
});

test('who waits for what: the write in the air, the next one, or none', () => {
  const journal = journalOf('s', 't');
  const [s, t] = ['s', 't'].map((stream) => journal.lines.get(stream)!);
  expect(carrying(journal, s!)).toBeUndefined();
  done(journal, 's', '6-0');
  expect(carrying(journal, s!)).toBe(journal.next);
  take(journal);
  expect(carrying(journal, s!)).toBe(journal.air);
  expect(carrying(journal, t!)).toBeUndefined();
  done(journal, 's', '7-0');
  expect(carrying(journal, s!)).toBe(journal.next);
  land(journal);
  expect(carrying(journal, s!)).toBe(journal.next);
});

describe('laws', () => {
  const settled = fc.array(fc.constantFrom('s', 't'), { maxLength: 6 });

  test('restore after take changes nothing: the next take has the same or more, and whoever waited is called once', () => {
    fc.assert(
      fc.property(settled, settled, fc.boolean(), (before, meanwhile, whole) => {
        const [broken, smooth] = [journalOf('s', 't'), journalOf('s', 't')];
        let n = 5;
        const both = (stream: string): void => {
          n += 1;
          for (const journal of [broken, smooth]) done(journal, stream, `${n}-0`);
        };
        const called: string[] = [];
        for (const journal of [broken, smooth]) journal.whole = whole;
        before.forEach(both);
        broken.next.listeners.push(() => called.push('before'));
        const first = take(broken);
        meanwhile.forEach(both);
        if (first !== undefined) broken.next.listeners.push(() => called.push('meanwhile'));
        restore(broken);
        expect(take(broken)).toEqual(take(smooth));
        const [landed, same] = [land(broken), land(smooth)];
        expect(landed?.entries).toBe(same?.entries);
        finish(landed?.batch);
        expect(called).toEqual(landed === undefined ? [] : first === undefined ? ['before'] : ['before', 'meanwhile']);
      }),
    );
  });
});
