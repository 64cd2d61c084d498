import { map } from 'rxjs';
import { ackAfter, bufferRefill, untilDrained } from 'rxjs-redis-streams';
import { describe, expect, test } from 'vitest';
import { came, marbles, notebook, takes } from '../support/marbles.js';

const shown = map(came);

describe('a lost reply', () => {
  test('its entries are found after the reconnect, before anything fresh', () => {
    marbles.run(({ group, expectObservable, expectReads, now, flush }) => {
      const { notify, told } = notebook(now);
      const source = group({ live: '--(ab)--c 60ms -d', faults: '--L', options: { notify } });
      expectReads(source).toBe('r 51ms (st) 14ms v', { r: 100, s: 98, t: 97, v: 96 });
      expectObservable(source.pipe(shown)).toBe('52ms (abc) 13ms d', {
        a: 'a recovered 1',
        b: 'b recovered 1',
        c: 'c fresh 1',
        d: 'd fresh 1',
      });
      flush();
      expect(told).toEqual(['0 joined', '2 retrying read 50', '52 recovered lost-reply 1-0,2-0']);
    });
  });

  test('what was held, acked or nacked before is no part of it', () => {
    marbles.run(({ group, expectObservable }) => {
      const source = group({ live: '-(abc)---d 100ms -', faults: '---------L' });
      const settling = source.pipe(
        map((entry) => {
          if (entry.value === 'a') void entry.ack();
          if (entry.value === 'b') entry.nack();
          return came(entry);
        }),
      );
      const expected = { a: 'a fresh 1', b: 'b fresh 1', c: 'c fresh 1', d: 'd recovered 1' };
      expectObservable(settling).toBe('-(abc) 53ms d', expected);
    });
  });

  test('a trimmed victim is acked away', () => {
    marbles.run(({ group, expectObservable, pendingList }) => {
      const source = group({ live: '-(ab) 100ms -', faults: '-L', deleted: '---a' });
      expectObservable(source.pipe(shown)).toBe('51ms b', { b: 'b recovered 1' });
      expect(pendingList(source).map(({ name }) => name)).toEqual(['b']);
    });
  });

  test('a drained source does not end before it is accounted for', () => {
    marbles.run(({ group, expectObservable }) => {
      const source = group({ live: 'a', faults: 'L' }).pipe(untilDrained());
      // the server may be up to 250 ms late: it looks once more
      expectObservable(source.pipe(shown)).toBe('50ms a 199ms |', { a: 'a recovered 1' });
    });
  });

  test('fromStreams reads again behind the last one it saw', () => {
    marbles.run(({ streams, expectObservable }) => {
      const source = streams({ live: '-a-(bc) 100ms d', faults: '---L' });
      expectObservable(source.pipe(map(({ value }) => value))).toBe('-a 51ms (bc) 50ms d');
    });
  });
});

describe('a connection', () => {
  test('that is lost is tried again, 50 ms to 5 s apart', () => {
    marbles.run(({ group, expectObservable, now, flush }) => {
      const { notify, told } = notebook(now);
      const source = group({ live: '-a 20s b 5s -', faults: '--X 19s Y', options: { notify } });
      expectObservable(source.pipe(shown)).toBe('-a 21350ms b', { a: 'a fresh 1', b: 'b fresh 1' });
      flush();
      expect(told.map((each) => each.replace('retrying ', ''))).toEqual([
        '0 joined',
        '2 read 50',
        ...['52 connect 100', '152 connect 200', '352 connect 400', '752 connect 800', '1552 connect 1600'],
        ...['3152 connect 3200', '6352 connect 5000', '11352 connect 5000', '16352 connect 5000'],
      ]);
    });
  });

  test('that hangs is replaced by the watchdog, after twice the timeout and 2 s', () => {
    marbles.run(({ group, expectObservable, now, flush }) => {
      const { notify, told } = notebook(now);
      const source = group({ live: '-a--b 30s -', faults: '---H', options: { notify, timeout: 5_000 } });
      expectObservable(source.pipe(shown)).toBe('-a 12049ms b', { a: 'a fresh 1', b: 'b recovered 1' });
      flush();
      expect(told).toEqual(['0 joined', '12001 retrying read 50', '12051 recovered lost-reply 2-0']);
    });
  });

  test('that is not there at first', () => {
    marbles.run(({ group, expectObservable, now, flush }) => {
      const { notify, told } = notebook(now);
      const source = group({ live: 'a 200ms -', faults: 'X 60ms Y', options: { notify } });
      expectObservable(source.pipe(shown)).toBe('150ms a', { a: 'a fresh 1' });
      flush();
      expect(told).toEqual(['0 retrying join 50', '50 retrying join 100', '150 joined']);
    });
  });
});

describe('acks', () => {
  test('refused for now: sent again until they are taken; the stage goes on meanwhile', () => {
    marbles.run(({ group, expectObservable, expectSettled, now, flush }) => {
      const { notify, told } = notebook(now);
      const source = group({ live: '-a--b 400ms -', faults: 'O 199ms K', options: { notify } });
      expectSettled(source).toBe('                     -a--b');
      expectObservable(source.pipe(ackAfter(({ value }) => value))).toBe('-a--b');
      flush();
      expect(told).toEqual([
        '0 joined',
        ...['1 retrying ack 50', '51 retrying ack 100', '151 retrying ack 200'],
        '351 acked 1-0,2-0',
      ]);
    });
  });

  test('that cannot be confirmed pause the reading when they fill the window', () => {
    marbles.run(({ group, expectObservable, expectReads, now, flush }) => {
      const { notify, told } = notebook(now);
      const source = group({ live: '-(abcdefg)', faults: 'O 99ms K 99ms -', options: { notify, bufferSize: 2 } });
      expectReads(source).toBe('                                       21 149ms (2122)');
      expectObservable(source.pipe(ackAfter(({ value }) => value))).toBe('-(abc) 145ms (defg)');
      flush();
      expect(told.filter((each) => /paused|resumed/.test(each))).toEqual(['1 paused acks', '151 resumed']);
    });
  });

  test('refused for good: the source and the stage end with the ids', () => {
    marbles.run(({ group, expectObservable, pendingList }) => {
      const source = group({ live: '-(ab)--', faults: 'N' });
      const error = expect.objectContaining({
        code: 'ACK_REFUSED',
        unconfirmed: [{ stream: 'stream', ids: ['1-0'] }],
      });
      expectObservable(source.pipe(ackAfter(takes(2)))).toBe('---a-(b#)', undefined, error);
      expect(pendingList(source).map(({ name, count }) => [name, count])).toEqual([
        ['a', 1],
        ['b', 1],
      ]);
    });
  });

  test('a stage does not complete before its acks are confirmed', () => {
    marbles.run(({ group, expectObservable }) => {
      const source = group({ live: '(ab)', faults: 'O 99ms K' }).pipe(untilDrained());
      expectObservable(source.pipe(ackAfter(({ value }) => value))).toBe('(ab) 146ms |');
    });
  });

  test('that never get through end with drainTimeout', () => {
    marbles.run(({ group, expectObservable }) => {
      const source = group({ live: 'a', faults: 'O', options: { drainTimeout: 300 } }).pipe(untilDrained());
      const error = expect.objectContaining({ code: 'DRAIN_TIMEOUT' });
      expectObservable(source.pipe(ackAfter(({ value }) => value))).toBe('a 299ms #', undefined, error);
    });
  });
});

describe('a group that vanishes', () => {
  test('is made again where reading stood, with what is held', () => {
    marbles.run(({ group, expectObservable, pendingList, now, flush }) => {
      const { notify, told } = notebook(now);
      const source = group({ live: '-(ab)--- 60ms c', faults: '------G', options: { notify } });
      expectObservable(source.pipe(shown)).toBe('-(ab)--- 60ms c', { a: 'a fresh 1', b: 'b fresh 1', c: 'c fresh 1' });
      flush();
      expect(told).toEqual(['0 joined', '6 retrying read 50', '56 healed']);
      expect(pendingList(source).map(({ name, count }) => [name, count])).toEqual([
        ['a', 1],
        ['b', 1],
        ['c', 1],
      ]);
    });
  });

  test('with autoCreate: false it is the error NO_GROUP', () => {
    marbles.run(({ group, expectObservable }) => {
      const source = group({ live: '-a', faults: '---G', options: { autoCreate: false } });
      expectObservable(source.pipe(bufferRefill({ size: 3 }), shown)).toBe(
        '-a-#',
        { a: 'a fresh 1' },
        expect.objectContaining({ code: 'NO_GROUP' }),
      );
    });
  });
});
