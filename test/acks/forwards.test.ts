import { VirtualTimeScheduler } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { bookOf, isWorkedOff, knows } from '../../src/acks/book.js';
import { AckSession } from '../../src/acks/session.js';
import type { AckError } from '../../src/errors.js';
import type { Notice } from '../../src/notices.js';
import type { Plan } from '../../src/plan.js';
import { SETTLEMENT } from '../../src/settlement.js';
import { StreamEntry } from '../../src/sources/delivery.js';
import { owedAtClose } from '../../src/sources/owed.js';
import { FakePort, replyError, socketError } from '../support/fake-port.js';
import { GROUP, PLAN } from '../support/plans.js';
import { nothingUnhandled } from '../support/nothing-unhandled.js';

interface Sent {
  stream: string;
  entries: { id: string; to: string; fields: string[] }[];
}

/** A session whose port is answered by hand; `turn()` ends the turn, `wait(ms)` lets time go by. */
function setUp(plan: Partial<Plan> = { group: GROUP }) {
  const port = new FakePort();
  const soon = new VirtualTimeScheduler();
  const clock = new VirtualTimeScheduler();
  const told: Notice[] = [];
  const refused: AckError[] = [];
  const session = new AckSession(
    { ...PLAN, ...plan },
    {
      port,
      soon,
      scheduler: clock,
      dice: () => 1,
      tell: (notice) => told.push(notice),
      changed: () => undefined,
      refused: (error) => refused.push(error),
      nacked: () => undefined,
    },
  );
  const entry = (id: string) => new StreamEntry(session.open(session.bookFor('s'), { id }), ['a', id], 'fresh');
  return {
    port,
    session,
    told,
    refused,
    entry,
    book: bookOf(session.ledger, 's'),
    turn: () => {
      soon.flush();
    },
    wait: (ms: number) => {
      clock.maxFrames = clock.frame + ms;
      clock.flush();
      clock.frame = clock.maxFrames;
    },
    forward: (id: string, to = 'out') => {
      const made = entry(id);
      made[SETTLEMENT].forward({ to, fields: ['n', id], trim: undefined });
      return made;
    },
    sent: () =>
      port
        .args<Sent>('forward')
        .map(({ stream, entries }) => `${stream}: ${entries.map(({ id, to }) => `${id}>${to}`).join(' ')}`),
  };
}

nothingUnhandled();

describe('what comes of entries', () => {
  test('travels together, one script in the air per stream, and no XACK of its own', () => {
    const { forward, turn, sent, port, session, told } = setUp();
    forward('1-0');
    forward('2-0', 'other');
    turn();
    forward('3-0');
    turn();
    expect(sent()).toEqual(['s: 1-0>out 2-0>other']);
    expect(session.ledger).toMatchObject({ held: 0, settled: 3, unconfirmed: 3 });
    port.last('forward').answer({ done: ['1-0', '2-0'], added: ['10-0', '11-0'] });
    turn();
    expect(sent()).toEqual(['s: 1-0>out 2-0>other', 's: 3-0>out']);
    expect(port.of('ack')).toEqual([]);
    expect(session.ledger.unconfirmed).toBe(1);
    expect(told).toEqual([
      { type: 'forwarded', stream: 's', ids: ['1-0', '2-0'], to: ['out', 'other'], added: ['10-0', '11-0'] },
    ]);
  });

  test('is confirmed as an ack is: for the stage, for ack(), for a stream that leaves, and nothing of it is a victim', async () => {
    const { forward, turn, port, session, book } = setUp();
    const made = forward('1-0');
    const confirmed: string[] = [];
    session.confirmed.subscribe({ complete: () => confirmed.push('stage') });
    const acked = made.ack().then(() => confirmed.push('ack()'));
    expect([isWorkedOff(book), knows(book, '1-0')]).toEqual([false, true]);
    turn();
    expect([isWorkedOff(book), knows(book, '1-0'), confirmed]).toEqual([false, true, []]);
    port.last('forward').answer({ done: ['1-0'], added: ['10-0'] });
    await acked;
    expect(confirmed).toEqual(['stage', 'ack()']);
    expect([isWorkedOff(book), knows(book, '1-0')]).toEqual([true, false]);
  });

  test('is sent again after a lost reply, with what came meanwhile; what the first try had done is not told as lost', () => {
    const { forward, turn, wait, sent, port, told } = setUp();
    forward('1-0');
    turn();
    port.last('forward').fail(socketError());
    forward('2-0');
    turn();
    expect(sent()).toEqual(['s: 1-0>out']);
    wait(50);
    expect(sent()).toEqual(['s: 1-0>out', 's: 1-0>out 2-0>out']);
    port.last('forward').answer({ done: [], added: [] });
    expect(told).toEqual([
      { type: 'retrying', what: 'forward', attempt: 1, delay: 50, error: expect.any(Error) },
      { type: 'lease-lost', stream: 's', ids: ['2-0'] },
    ]);
  });

  test('of which another consumer has claimed the cause is not added, and that is told', () => {
    const { forward, turn, port, told, session } = setUp();
    forward('1-0');
    forward('2-0');
    turn();
    port.last('forward').answer({ done: ['2-0'], added: ['10-0'] });
    expect(told).toEqual([
      { type: 'forwarded', stream: 's', ids: ['2-0'], to: ['out'], added: ['10-0'] },
      { type: 'lease-lost', stream: 's', ids: ['1-0'] },
    ]);
    expect(session.ledger.unconfirmed).toBe(0);
  });

  test('refused for good: an AckError with the ids, which the next subscription takes over', async () => {
    const { forward, turn, port, refused, session } = setUp();
    const acked = forward('1-0').ack();
    turn();
    port.last('forward').fail(replyError('WRONGTYPE no stream'));
    expect(refused).toMatchObject([{ code: 'ACK_REFUSED', unconfirmed: [{ stream: 's', ids: ['1-0'] }] }]);
    await expect(acked).rejects.toMatchObject({ code: 'ACK_REFUSED' });
    const owed = owedAtClose({ anchors: [], floors: [], wait: 0, takeover: [] }, session.ledger);
    expect(owed.takeover).toEqual([{ stream: 's', ids: ['1-0'] }]);
  });

  test('given up at the end of drainTimeout: listed, and left to the next subscription', () => {
    const { forward, turn, refused, session } = setUp();
    forward('1-0');
    turn();
    forward('2-0');
    session.flush.giveUp({ working: 0 });
    expect(refused).toMatchObject([{ code: 'DRAIN_TIMEOUT', unconfirmed: [{ stream: 's', ids: ['1-0', '2-0'] }] }]);
    expect(session.ledger.unconfirmed).toBe(0);
    const owed = owedAtClose({ anchors: [], floors: [], wait: 0, takeover: [] }, session.ledger);
    expect(owed.takeover).toEqual([{ stream: 's', ids: ['1-0', '2-0'] }]);
  });

  test('counts once as settled: the first settling wins', () => {
    const { entry, turn, sent, port, session } = setUp();
    const made = entry('1-0');
    void made.ack();
    made[SETTLEMENT].forward({ to: 'out', fields: ['a', 'b'], trim: undefined });
    const other = entry('2-0');
    other[SETTLEMENT].forward({ to: 'out', fields: ['a', 'b'], trim: undefined });
    other.nack();
    turn();
    expect([sent(), port.args<{ ids: string[] }>('ack').map(({ ids }) => ids)]).toEqual([['s: 2-0>out'], [['1-0']]]);
    expect(session.ledger.settled).toBe(2);
  });
});

describe('what cannot be forwarded', () => {
  test('to another slot: OTHER_SLOT, and nothing is settled', () => {
    const { entry, port, session } = setUp();
    port.apart = 'far';
    const made = entry('1-0');
    const forward = () => made[SETTLEMENT].forward({ to: 'far', fields: ['a', 'b'], trim: undefined });
    expect(forward).toThrow(expect.objectContaining({ code: 'OTHER_SLOT' }));
    expect(forward).toThrow(/s can be forwarded to far.*hashtag/);
    expect(() => made[SETTLEMENT].checkForward('near')).not.toThrow();
    expect(session.ledger.held).toBe(1);
  });

  test.each([
    ['autoAcknowledge', { group: { ...GROUP, noAck: true } }],
    ['fromStreams', { group: undefined }],
    ['fromStreams, settled by hand', { group: undefined, settle: 'manual' as const }],
  ])('an entry that owes no ack: %s', (_, plan) => {
    const { entry } = setUp(plan);
    expect(() => entry('1-0')[SETTLEMENT].checkForward('out')).toThrow(TypeError);
  });

  test('an entry whose lease was lost: nothing is sent, and it is refused as a late ack is', async () => {
    const { entry, turn, sent, told, session, port } = setUp();
    const made = entry('1-0');
    session.ledger.books.get('s')?.open.get('1-0')?.lose();
    made[SETTLEMENT].forward({ to: 'out', fields: ['a', 'b'], trim: undefined });
    turn();
    expect([sent(), port.of('ackOwned'), session.ledger.unconfirmed]).toEqual([[], [], 0]);
    expect(told).toMatchObject([{ type: 'ack-refused', error: { code: 'LEASE_LOST' } }]);
    await expect(made.ack()).rejects.toMatchObject({ code: 'LEASE_LOST' });
  });
});
