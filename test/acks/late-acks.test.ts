import { VirtualTimeScheduler } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { AckSession } from '../../src/acks/session.js';
import type { AckError } from '../../src/errors.js';
import type { Notice } from '../../src/notices.js';
import { SETTLEMENT } from '../../src/settlement.js';
import { StreamEntry } from '../../src/sources/delivery.js';
import { FakePort, LATER, replyError, socketError, type Answers } from '../support/fake-port.js';
import { REDELIVER } from '../streams/script.js';
import { GROUP, PLAN } from '../support/plans.js';

/** A session in which others have claimed what is opened by `lost`. */
function setUp(answers: Answers = {}) {
  const port = new FakePort(answers);
  const soon = new VirtualTimeScheduler();
  const told: Notice[] = [];
  const refused: AckError[] = [];
  let changes = 0;
  const session = new AckSession(
    { ...PLAN, group: { ...GROUP, redeliver: { ...REDELIVER, maxDeliveries: undefined } } },
    {
      port,
      soon,
      scheduler: new VirtualTimeScheduler(),
      dice: () => 0,
      tell: (notice) => told.push(notice),
      changed: () => (changes += 1),
      refused: (error) => refused.push(error),
      nacked: () => undefined,
    },
  );
  const entry = (id: string) => new StreamEntry(session.open(session.bookFor('s'), { id }), [], 'fresh');
  return {
    port,
    session,
    told,
    refused,
    entry,
    changes: () => changes,
    turn: () => {
      soon.flush();
    },
    lost: (id: string) => {
      const made = entry(id);
      session.ledger.books.get('s')?.open.get(id)?.lose();
      return made;
    },
  };
}

const REFUSED = { code: 'LEASE_LOST', unconfirmed: [{ stream: 's', ids: ['1-0'] }] };

describe('the ack of an entry whose lease was lost', () => {
  test('looks at the owner first, by a script of its own; acks of others travel as ever', () => {
    const { lost, entry, port, turn, session } = setUp({ ackOwned: () => LATER });
    const own = entry('2-0');
    void lost('1-0').ack();
    void own.ack();
    turn();
    expect(port.args('ackOwned')).toEqual([{ stream: 's', group: 'g', consumer: 'me', ids: ['1-0'] }]);
    expect(port.args('ack')).toMatchObject([{ ids: ['2-0'] }]);
    // The place in the window is free, and closing waits for both.
    expect(session.ledger).toMatchObject({ held: 0, unconfirmed: 2, settled: 2 });
  });

  test('is refused with LEASE_LOST and told; nobody is stopped by it', async () => {
    const { lost, told, refused, session } = setUp({ ackOwned: () => [] });
    const acked = lost('1-0').ack();
    await expect(acked).rejects.toMatchObject({ ...REFUSED, message: expect.stringContaining('1-0 of s') });
    expect(told).toMatchObject([{ type: 'ack-refused', error: REFUSED }]);
    expect(refused).toEqual([]);
    expect(session.ledger).toMatchObject({ held: 0, unconfirmed: 0 });
  });

  test('resolves where it came back to us meanwhile', async () => {
    const { lost, told } = setUp({ ackOwned: ({ ids }: { ids: string[] }) => ids });
    await lost('1-0').ack();
    expect(told).toEqual([{ type: 'acked', stream: 's', ids: ['1-0'] }]);
  });

  test.each([
    ['lost on its way', socketError()],
    ['refused by the server', replyError('NOPERM no scripts')],
  ])('%s is sent once: the entry is in other hands', async (_, cause) => {
    const { lost, port, told, session } = setUp({
      ackOwned: () => {
        throw cause;
      },
    });
    await expect(lost('1-0').ack()).rejects.toMatchObject({ ...REFUSED, cause });
    expect(port.of('ackOwned')).toHaveLength(1);
    expect([told.map(({ type }) => type), session.ledger.unconfirmed]).toEqual([['ack-refused'], 0]);
  });

  test('a second ack() has the answer of the first, while it is out and after it', async () => {
    const { lost, port } = setUp({ ackOwned: () => LATER });
    const { ack } = lost('1-0');
    const promises = [ack(), ack()];
    port.last('ackOwned').answer([]);
    for (const promise of [...promises, ack()]) await expect(promise).rejects.toMatchObject({ code: 'LEASE_LOST' });
    expect(port.of('ackOwned')).toHaveLength(1);
  });

  test('by a stage is refused for whoever asks later too, and disturbs nobody where nobody asks', async () => {
    const { lost, port } = setUp({ ackOwned: () => LATER });
    const [asked] = [lost('1-0'), lost('2-0')].map((entry) => {
      entry[SETTLEMENT].settle('acked');
      return entry;
    });
    for (const call of port.of('ackOwned')) call.answer([]);
    await new Promise((resolve) => setImmediate(resolve)); // an unhandled rejection would fail this run
    await expect(asked?.ack()).rejects.toMatchObject(REFUSED);
    await expect(asked?.mapValue(() => 1).ack()).rejects.toMatchObject(REFUSED);
  });

  test('counts among what is to be confirmed, until it is answered', () => {
    const { lost, port, session, changes } = setUp({ ackOwned: () => LATER });
    void lost('1-0').ack();
    const before = changes();
    let confirmed = false;
    session.confirmed.subscribe({ complete: () => (confirmed = true) });
    expect(confirmed).toBe(false);
    port.last('ackOwned').answer([]);
    expect(confirmed).toBe(true);
    // Whoever waits for the last of them, as closing does, counts again.
    expect(changes()).toBe(before + 1);
  });

  test('of one that is nacked or given back instead is none', () => {
    const { lost, port, turn } = setUp({ ackOwned: () => [], giveBack: () => [] });
    lost('1-0').nack();
    lost('2-0')[SETTLEMENT].settle('released');
    turn();
    // The script that gives back looks at the owner by itself.
    expect(port.calls.map(({ command }) => command)).toEqual(['giveBack']);
  });

  test('of one that is rejected is none: the script of dead letters looks at the owner by itself', () => {
    const { lost, port, turn } = setUp({ deadLetter: () => ({ moved: [], gone: [] }) });
    void lost('1-0').reject(new Error('why'));
    turn();
    expect(port.calls.map(({ command }) => command)).toEqual(['deadLetter']);
  });
});
