import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { AckError } from '../../src/errors.js';
import type { Notice } from '../../src/notices.js';
import { notices, teller } from '../../src/sources/tell.js';

const RESUMED: Notice = { type: 'resumed' };
const CLOSED: Notice = { type: 'closed' };
const REFUSED: Notice = { type: 'ack-refused', error: new AckError('ACK_REFUSED', 'refused', { unconfirmed: [] }) };
const NOT_BACK: Notice = { type: 'not-given-back', stream: 's', ids: ['1-0'], error: new Error('why') };

/** What that leaves to `process.nextTick`, where nobody can catch it: an uncaught exception. Others need it, so only meanwhile. */
function uncaughtBy(tells: () => void): (() => void)[] {
  const uncaught: (() => void)[] = [];
  const nextTick = vi.spyOn(process, 'nextTick').mockImplementation((thrower) => void uncaught.push(thrower as () => void));
  try {
    tells();
  } finally {
    nextTick.mockRestore();
  }
  return uncaught;
}

/** Who listens to the channel, and lets go of it. */
let published: unknown[];
const listen = (notice: unknown): void => void published.push(notice);
beforeEach(() => (published = []));
afterEach(() => {
  vi.restoreAllMocks();
  notices.unsubscribe(listen);
});

describe('who is told', () => {
  test('notify and the channel, both the same notice', () => {
    const told: Notice[] = [];
    notices.subscribe(listen);
    teller((notice) => told.push(notice))(RESUMED);
    expect([told, published]).toEqual([[RESUMED], [RESUMED]]);
    expect(told[0]).toBe(published[0]);
  });

  test('the channel by its name, whoever subscribed, also where nobody gave a notify', () => {
    expect(notices.name).toBe('rxjs-redis-streams');
    notices.subscribe(listen);
    teller(undefined)(RESUMED);
    teller(undefined)(CLOSED);
    expect(published).toEqual([RESUMED, CLOSED]);
  });

  test('nothing is published where nobody listens', () => {
    const publish = vi.spyOn(notices, 'publish');
    teller(undefined)(RESUMED);
    expect(publish).not.toHaveBeenCalled();
  });
});

describe('a notify that throws', () => {
  const bug = new Error('a bug of its own');
  const broken = (): never => {
    throw bug;
  };

  test('is an uncaught exception later on, and never one of the caller', () => {
    const [thrower, ...more] = uncaughtBy(() => expect(() => teller(broken)(RESUMED)).not.toThrow());
    expect(more).toEqual([]);
    expect(thrower).toThrow(bug);
  });

  test('is told the next notice all the same, and the channel hears of each', () => {
    notices.subscribe(listen);
    const tell = teller(broken);
    const uncaught = uncaughtBy(() => {
      tell(RESUMED);
      tell(CLOSED);
    });
    expect([uncaught.length, published]).toEqual([2, [RESUMED, CLOSED]]);
  });

  test('while `closed` is told: that was the last one all the same', () => {
    notices.subscribe(listen);
    const tell = teller(broken);
    const uncaught = uncaughtBy(() => {
      tell(CLOSED);
      tell(RESUMED);
    });
    expect([uncaught.length, published]).toEqual([1, [CLOSED]]);
  });
});

test('someone on the channel who throws is Node’s to report: notify is told, and so is the source', () => {
  const told: Notice[] = [];
  const broken = (): never => {
    throw new Error('a bug of a subscriber');
  };
  notices.subscribe(broken);
  const uncaught = uncaughtBy(() => expect(() => teller((notice) => told.push(notice))(RESUMED)).not.toThrow());
  notices.unsubscribe(broken);
  expect(told).toEqual([RESUMED]);
  expect(uncaught).toHaveLength(1);
});

describe('behind closed', () => {
  test.each<[string, Notice, boolean]>([
    ['nothing more', RESUMED, false],
    ['not even that again', CLOSED, false],
    ['but acks that were refused late', REFUSED, true],
    ['and what could not be given back', NOT_BACK, true],
  ])('%s', (_, notice, passes) => {
    const told: Notice[] = [];
    notices.subscribe(listen);
    const tell = teller((each) => told.push(each));
    tell(CLOSED);
    tell(notice);
    expect(told).toEqual(passes ? [CLOSED, notice] : [CLOSED]);
    expect(published).toEqual(told);
  });

  test('each subscription has its own', () => {
    const told: Notice[] = [];
    teller((notice) => told.push(notice))(CLOSED);
    teller((notice) => told.push(notice))(RESUMED);
    expect(told).toEqual([CLOSED, RESUMED]);
  });

  test('re-entrant: what notify causes to be told inside `closed` is late', () => {
    const told: Notice[] = [];
    const tell = teller((notice) => {
      told.push(notice);
      if (notice.type === 'closed') tell(RESUMED);
    });
    tell(CLOSED);
    expect(told).toEqual([CLOSED]);
  });
});
