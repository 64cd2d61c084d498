import { VirtualTimeScheduler } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { Flush } from '../../src/acks/flush.js';
import type { FlushEnv } from '../../src/acks/flush-env.js';
import { bookOf, emptyLedger, type Book } from '../../src/acks/book.js';
import { open, settle, settleDead, settleIds } from '../../src/acks/ledger.js';
import type { AckError } from '../../src/errors.js';
import type { Notice } from '../../src/notices.js';
import { FakePort, replyError, socketError } from '../support/fake-port.js';
import { nothingUnhandled } from '../support/nothing-unhandled.js';

interface AckArgs {
  stream: string;
  ids: string[];
}

/** A flush whose port is answered by hand; `turn()` ends the turn, `wait(ms)` lets time go by. */
function setUp(options: Partial<FlushEnv> = {}) {
  const port = new FakePort();
  const ledger = emptyLedger();
  const soon = new VirtualTimeScheduler();
  const clock = new VirtualTimeScheduler();
  const told: Notice[] = [];
  const refused: AckError[] = [];
  const flush = new Flush(ledger, {
    port,
    group: 'g',
    consumer: 'me',
    deadLetter: 'dead',
    scheduler: clock,
    soon,
    dice: () => 1,
    tell: (notice) => told.push(notice),
    changed: () => undefined,
    refused: (error) => refused.push(error),
    ...options,
  });
  const book = bookOf(ledger, 's');
  return {
    port,
    ledger,
    flush,
    told,
    refused,
    book,
    clock,
    turn: () => {
      soon.flush();
    },
    wait: (ms: number) => {
      clock.maxFrames = clock.frame + ms;
      clock.flush();
      clock.frame = clock.maxFrames;
    },
    ack: (ids: string[], of: Book = book) => {
      settleIds(ledger, of, ids);
      flush.poke(of);
    },
    release: (ids: string[]) => {
      for (const id of ids) {
        const held = { id, attempt: 3 };
        open(ledger, book, held);
        settle(ledger, book, held, { as: 'released', sends: true });
      }
      flush.poke(book);
    },
    sent: () => port.args<AckArgs>('ack').map(({ stream, ids }) => `${stream}: ${ids.join(' ')}`),
  };
}

nothingUnhandled();

test('what is settled in one turn travels together', () => {
  const { ack, turn, sent } = setUp();
  ack(['1-0']);
  ack(['2-0']);
  expect(sent()).toEqual([]);
  turn();
  expect(sent()).toEqual(['s: 1-0 2-0']);
});

test('one XACK in the air per stream; what is settled meanwhile travels in the next', () => {
  const { ack, turn, sent, port, ledger } = setUp();
  const other = bookOf(ledger, 'other');
  ack(['1-0']);
  turn();
  ack(['2-0']);
  turn();
  ack(['3-0']);
  ack(['9-0'], other);
  turn();
  expect(sent()).toEqual(['s: 1-0', 'other: 9-0']);
  port.of('ack')[0]?.answer(1);
  turn();
  expect(sent()).toEqual(['s: 1-0', 'other: 9-0', 's: 2-0 3-0']);
  expect(ledger.unconfirmed).toBe(3);
  port.of('ack')[1]?.answer(1);
  port.of('ack')[2]?.answer(2);
  expect(ledger.unconfirmed).toBe(0);
});

test('fewer acked than sent is a repeated ack, and all right', () => {
  const { ack, turn, port, told, refused } = setUp();
  ack(['1-0', '2-0']);
  turn();
  port.last('ack').answer(0);
  expect(told).toEqual([{ type: 'acked', stream: 's', ids: ['1-0', '2-0'] }]);
  expect(refused).toEqual([]);
});

test('a lost XACK is sent again with what came meanwhile, after a backoff that grows and starts anew after a success', () => {
  const { ack, turn, wait, sent, port, flush, told } = setUp();
  const delays = () =>
    told.flatMap((notice) => (notice.type === 'retrying' ? [`${notice.what} ${notice.attempt} ${notice.delay}`] : []));
  ack(['1-0']);
  turn();
  port.last('ack').fail(socketError());
  expect(flush.failing).toBe(true);
  ack(['2-0']);
  turn();
  wait(49);
  expect(sent()).toHaveLength(1);
  wait(1);
  expect(sent()).toEqual(['s: 1-0', 's: 1-0 2-0']);
  port.last('ack').fail(replyError('LOADING Redis is loading the dataset in memory'));
  wait(100);
  expect(sent()).toHaveLength(3);
  expect(delays()).toEqual(['ack 1 50', 'ack 2 100']);
  port.last('ack').answer(2);
  expect(flush.failing).toBe(false);
  ack(['3-0']);
  turn();
  port.last('ack').fail(socketError());
  expect(delays().at(-1)).toBe('ack 1 50');
});

test('while one stream waits for its turn, the others wait too, and all go on together', () => {
  const { ack, turn, wait, sent, port, ledger } = setUp();
  ack(['1-0']);
  turn();
  port.last('ack').fail(socketError());
  ack(['9-0'], bookOf(ledger, 'other'));
  turn();
  expect(sent()).toHaveLength(1);
  wait(50);
  expect(sent()).toEqual(['s: 1-0', 's: 1-0', 'other: 9-0']);
});

test('a final refusal is an AckError with its ids, and the entries are left to the next subscription', () => {
  const { ack, turn, port, refused, ledger, book } = setUp();
  ack(['1-0', '2-0']);
  const outcome: unknown[] = [];
  book.settled.listeners.push((error) => outcome.push(error));
  turn();
  port.last('ack').fail(replyError('NOPERM this user has no permissions to run the xack command'));
  expect(refused).toHaveLength(1);
  expect(refused[0]).toMatchObject({ code: 'ACK_REFUSED', unconfirmed: [{ stream: 's', ids: ['1-0', '2-0'] }] });
  expect(refused[0]?.message).toContain('NOPERM');
  expect(refused[0]?.message).toContain('1-0, 2-0');
  expect(outcome).toEqual(refused);
  expect(ledger.unconfirmed).toBe(0);
  expect(book.left).toEqual(new Set(['1-0', '2-0']));
});

test('what was settled while a refused XACK was in the air is sent all the same', () => {
  const { ack, turn, port, sent, ledger } = setUp();
  ack(['1-0']);
  turn();
  ack(['2-0']);
  turn();
  port.last('ack').fail(replyError('NOPERM no'));
  turn();
  expect(sent()).toEqual(['s: 1-0', 's: 2-0']);
  port.last('ack').answer(1);
  expect(ledger.unconfirmed).toBe(0);
});

test('the error is told before whoever waits for the acks hears that they ended', () => {
  const order: string[] = [];
  const { ack, turn, port, book } = setUp({ refused: () => order.push('refused') });
  ack(['1-0']);
  book.settled.listeners.push(() => order.push('done'));
  turn();
  port.last('ack').fail(replyError('WRONGTYPE Operation against a key'));
  expect(order).toEqual(['refused', 'done']);
});

test('a client that has ended fails at once', () => {
  const { ack, turn, port, refused } = setUp();
  ack(['1-0']);
  turn();
  port.ended = true;
  port.last('ack').fail(new Error('Connection is closed.'));
  expect(refused[0]).toMatchObject({ code: 'CLIENT_ENDED' });
});

test('entries go back with their count restored, a thousand at a time', () => {
  const { release, turn, port, told, ledger } = setUp();
  release(Array.from({ length: 1_500 }, (_, i) => `${i}-0`));
  turn();
  const pages = () => port.args<{ entries: { id: string; count: number }[] }>('giveBack').map(({ entries }) => entries.length);
  expect(pages()).toEqual([1_000]);
  expect(port.last('giveBack').args).toMatchObject({ stream: 's', group: 'g', consumer: 'me' });
  port.last('giveBack').answer(['0-0']);
  turn();
  expect(pages()).toEqual([1_000, 500]);
  port.last('giveBack').answer([]);
  expect(ledger.unconfirmed).toBe(0);
  expect(told).toEqual([{ type: 'given-back', stream: 's', ids: ['0-0'] }]);
});

test('where scripts are not allowed, entries stay as they are, and that is told', () => {
  const { release, turn, port, told, ledger, refused } = setUp();
  release(['1-0']);
  turn();
  port.last('giveBack').fail(replyError('NOPERM no permissions to run the eval command'));
  expect(told).toMatchObject([{ type: 'not-given-back', stream: 's', ids: ['1-0'] }]);
  expect(ledger.unconfirmed).toBe(0);
  expect(refused).toEqual([]);
});

test('giving back is tried again after a lost connection', () => {
  const { release, turn, wait, port, ledger } = setUp();
  release(['1-0']);
  turn();
  port.last('giveBack').fail(socketError());
  wait(50);
  expect(port.of('giveBack')).toHaveLength(2);
  expect(ledger.unconfirmed).toBe(1);
});

test('giving up: one error with all that is not confirmed, in the air or not, and no timer is left', () => {
  const { ack, release, turn, wait, port, flush, refused, told, ledger, book } = setUp();
  ack(['1-0']);
  turn();
  ack(['2-0']);
  release(['3-0']);
  const outcome: unknown[] = [];
  book.settled.listeners.push((error) => outcome.push(error));
  flush.giveUp({ working: 2 });
  expect(refused).toHaveLength(1);
  expect(refused[0]).toMatchObject({ code: 'DRAIN_TIMEOUT', unconfirmed: [{ stream: 's', ids: ['1-0', '2-0'] }] });
  expect(refused[0]?.message).toContain('2 entries are still being worked on');
  expect(outcome).toEqual(refused);
  expect(ledger.unconfirmed).toBe(0);
  expect(book.left).toEqual(new Set(['1-0', '2-0', '3-0']));
  expect(told).toMatchObject([{ type: 'not-given-back', ids: ['3-0'] }]);
  expect(port.of('ack')[0]?.dropped).toBe(true);
  turn();
  wait(60_000);
  expect(port.calls).toHaveLength(1);
});

test('giving up with nothing left is no error', () => {
  const { flush, refused } = setUp();
  flush.giveUp({ working: 0 });
  expect(refused).toEqual([]);
});

test('after closing a late ack is sent at once, and once', () => {
  const { ack, wait, sent, port, flush, refused, clock } = setUp();
  flush.finish();
  ack(['1-0']);
  expect(sent()).toEqual(['s: 1-0']);
  ack(['2-0']);
  expect(sent()).toHaveLength(1);
  port.last('ack').fail(socketError());
  expect(refused[0]).toMatchObject({ code: 'ACK_REFUSED', unconfirmed: [{ ids: ['1-0'] }] });
  expect(sent().at(-1)).toBe('s: 2-0');
  ack(['3-0']);
  port.last('ack').answer(1);
  expect(sent().at(-1)).toBe('s: 3-0');
  port.last('ack').answer(1);
  wait(60_000);
  expect(sent()).toHaveLength(3);
  expect(clock.actions).toHaveLength(0);
});

test('what is settled in the turn of closing is still sent, and what is in the air still lands', () => {
  const { ack, turn, sent, port, flush, told, ledger } = setUp();
  ack(['1-0']);
  turn();
  ack(['2-0']);
  flush.finish();
  port.last('ack').answer(1);
  expect(sent()).toEqual(['s: 1-0', 's: 2-0']);
  port.last('ack').answer(1);
  expect(ledger.unconfirmed).toBe(0);
  expect(told.filter(({ type }) => type === 'acked')).toHaveLength(2);
});

test('late acks are heard even where acks were failing when everything was given up', () => {
  const { ack, turn, sent, port, flush } = setUp();
  ack(['1-0']);
  turn();
  port.last('ack').fail(socketError());
  flush.giveUp({ working: 0 });
  flush.finish();
  ack(['2-0']);
  expect(sent().at(-1)).toBe('s: 2-0');
});

test('who acks when told that everything is given up is late, and heard', () => {
  const late: (() => void)[] = [];
  const { ack, turn, sent, port, flush } = setUp({ refused: () => late.splice(0).forEach((each) => each()) });
  late.push(() => ack(['2-0']));
  ack(['1-0']);
  turn();
  port.last('ack').fail(socketError());
  flush.giveUp({ working: 0 });
  flush.finish();
  expect(sent().at(-1)).toBe('s: 2-0');
});

describe('ahead of a read', () => {
  /** A connection for reading, answered by hand. */
  function connection() {
    const reading = new FakePort();
    return {
      ack: reading.ack,
      last: () => reading.last('ack'),
      sent: () => reading.args<AckArgs>('ack').map(({ ids }) => ids.join(' ')),
    };
  }

  test('what is due leaves there, and not by the client as well', () => {
    const { ack, flush, turn, sent, port } = setUp();
    const reading = connection();
    ack(['1-0', '2-0']);
    flush.ride(reading.ack);
    turn();
    expect([reading.sent(), sent()]).toEqual([['1-0 2-0'], []]);
    ack(['3-0']);
    turn();
    reading.last().answer(2);
    turn();
    expect(sent()).toEqual(['s: 3-0']);
    port.last('ack').answer(1);
  });

  test('nothing does while acks of that stream are in the air, nor twice, nor while acks fail', () => {
    const { ack, flush, turn, port } = setUp();
    const reading = connection();
    ack(['1-0']);
    turn();
    ack(['2-0']);
    flush.ride(reading.ack);
    expect(reading.sent()).toEqual([]);
    port.last('ack').fail(socketError());
    ack(['3-0']);
    flush.ride(reading.ack);
    expect(reading.sent()).toEqual([]);
  });

  test('what fails there waits, and is sent by the client', () => {
    const { ack, flush, turn, wait, sent } = setUp();
    const reading = connection();
    ack(['1-0']);
    flush.ride(reading.ack);
    reading.last().fail(socketError());
    turn();
    wait(50);
    expect([reading.sent(), sent()]).toEqual([['1-0'], ['s: 1-0']]);
  });
});

describe('along with a read that does not wait', () => {
  /** The connection for reading is open to acks. */
  function setUpAlong(isOurs = true) {
    const our = setUp();
    const reading = new FakePort();
    let pieces = 0;
    our.flush.along = (send) => {
      pieces += 1;
      send(isOurs ? reading.ack : undefined);
    };
    const ids = (of: FakePort) => of.args<AckArgs>('ack').map(({ stream, ids }) => `${stream}: ${ids.join(' ')}`);
    return { ...our, reading, there: () => ids(reading), pieces: () => pieces };
  }

  test('acks of all streams leave there in one piece, and not by the client as well', () => {
    const { ack, turn, ledger, there, sent, pieces, reading } = setUpAlong();
    ack(['1-0', '2-0']);
    ack(['3-0'], bookOf(ledger, 't'));
    turn();
    expect([there(), sent(), pieces()]).toEqual([['s: 1-0 2-0', 't: 3-0'], [], 1]);
    for (const each of reading.of('ack')) each.answer(1);
    expect(ledger.unconfirmed).toBe(0);
  });

  test('and no more once it is answered', () => {
    const { ack, turn, flush, there, sent } = setUpAlong();
    flush.along = undefined;
    ack(['1-0']);
    turn();
    expect([there(), sent()]).toEqual([[], ['s: 1-0']]);
  });

  test('where it cannot be written to by us, the client sends them', () => {
    const { ack, turn, sent } = setUpAlong(false);
    ack(['1-0']);
    turn();
    expect(sent()).toEqual(['s: 1-0']);
  });

  test('what is given back and put on the dead-letter stream goes by the client', () => {
    const { ack, turn, release, ledger, book, flush, there, sent, port } = setUpAlong();
    ack(['1-0']);
    release(['2-0']);
    settleDead(ledger, book, { id: '3-0', name: 'Error', message: 'no' });
    flush.poke(book);
    turn();
    expect([there(), sent(), port.of('giveBack').length, port.of('deadLetter').length]).toEqual([['s: 1-0'], [], 1, 1]);
  });
});

describe('in a turn of the machine', () => {
  test('what is settled leaves at its end, and nothing is scheduled for later', () => {
    const { ack, flush, sent, turn, port } = setUp();
    flush.beginTurn();
    ack(['1-0']);
    ack(['2-0']);
    turn();
    expect(sent()).toEqual([]);
    expect([flush.endTurn(), sent()]).toEqual([true, ['s: 1-0 2-0']]);
    expect(flush.endTurn()).toBe(false);
    ack(['3-0']);
    port.last('ack').answer(2);
    turn();
    expect(sent()).toEqual(['s: 1-0 2-0', 's: 3-0']);
  });

  test('what was settled before it leaves with it, at the end of the turn of the process', () => {
    const { ack, flush, sent, turn } = setUp();
    ack(['1-0']);
    flush.beginTurn();
    ack(['2-0']);
    expect([flush.endTurn(), sent()]).toEqual([false, []]);
    turn();
    expect(sent()).toEqual(['s: 1-0 2-0']);
  });

  test('a port that answers at once has each of the next sent in the same turn, and the stack stays flat', () => {
    const { ack, flush, ledger, sent, turn } = setUp({
      tell: ({ type }) => {
        if (type === 'acked' && ++acked < 5_000) ack([`${acked}-0`]);
      },
      port: new FakePort({ ack: ({ ids }: AckArgs) => ids.length }),
    });
    let acked = 0;
    flush.beginTurn();
    ack(['0-0']);
    let rounds = 0;
    while (flush.endTurn()) rounds++;
    expect([rounds, acked, ledger.unconfirmed, sent()]).toEqual([5_000, 5_000, 0, []]);
    turn();
  });

  test('nothing is sent once it was given up; closed, it is sent at once', () => {
    const { ack, flush, sent } = setUp();
    flush.beginTurn();
    flush.giveUp({ working: 0 });
    ack(['1-0']);
    expect([flush.endTurn(), sent()]).toEqual([false, []]);
    flush.finish();
    expect(sent()).toEqual(['s: 1-0']);
    ack(['2-0']);
    expect(sent()).toEqual(['s: 1-0']); // one in the air
  });
});
