import { Subscription, VirtualTimeScheduler } from 'rxjs';
import { expect, test } from 'vitest';
import { AckSession } from '../../src/acks/session.js';
import type { Plan } from '../../src/plan.js';
import { answer } from '../../src/sources/answer.js';
import type { Work } from '../../src/sources/work.js';
import type { Event } from '../../src/streams/events.js';
import type { Port } from '../../src/wire/port.js';
import { FakePort, socketError } from '../support/fake-port.js';
import { nothingUnhandled } from '../support/nothing-unhandled.js';
import { GROUP, PLAN } from '../support/plans.js';

/** Does work against a port and a reader that are answered by hand; what leaves on the connection for reading is written down in pieces. */
function setUp({ own = true, plan = { group: GROUP } } = {}) {
  const port = new FakePort();
  const soon = new VirtualTimeScheduler();
  const full: Plan = { ...PLAN, ...plan };
  const nothing = (): void => undefined;
  const session = new AckSession(full, {
    port,
    scheduler: soon,
    soon,
    dice: () => 1,
    tell: nothing,
    changed: nothing,
    refused: nothing,
    nacked: nothing,
  });
  const connection = new FakePort();
  const reader = connection.reader();
  const pieces: string[][] = [];
  let piece: string[] | undefined;
  const written = (what: string): void => void (piece ?? pieces[pieces.push([]) - 1])?.push(what);
  const ack: Port['ack'] = (target) => {
    written(`ack ${target.ids.join(' ')}`);
    return connection.ack(target);
  };
  const env = {
    plan: full,
    port,
    session,
    heldHere: () => false,
    reader: {
      ...reader,
      read: (request: Parameters<typeof reader.read>[0]) => {
        written('read');
        return reader.read(request);
      },
      together: (send: (ack?: Port['ack']) => void) => {
        pieces.push((piece = []));
        send(own ? ack : undefined);
        piece = undefined;
      },
    },
  };
  const events: Event[] = [];
  const on: (() => void)[] = [];
  const begin = (block: number | undefined): Subscription => {
    const running = new Subscription();
    const work: Work = { do: 'read', read: { kind: 'live', from: [['s', '>']], count: 1, block } };
    answer(work, {
      running,
      env,
      dispatch: (event) => {
        events.push(event);
        on.shift()?.();
      },
    });
    return running;
  };
  return {
    begin,
    events,
    on,
    pieces,
    reads: connection,
    byClient: () => port.args<{ ids: string[] }>('ack').map(({ ids }) => ids.join(' ')),
    turn: () => {
      soon.flush();
    },
    acked: (...ids: string[]) => {
      for (const id of ids) session.open(session.bookFor('s'), { id }).settle('acked');
    },
  };
}

nothingUnhandled();

test('acks that are due go ahead of a read that waits', () => {
  const { begin, acked, pieces, byClient } = setUp();
  acked('1-0');
  begin(1_000);
  expect([pieces, byClient()]).toEqual([[['ack 1-0', 'read']], []]);
});

test('behind one that does not, so that its reply need not wait for them, and so does what is acked while it is out', () => {
  const { begin, acked, turn, pieces, byClient, reads } = setUp();
  acked('1-0');
  begin(undefined);
  acked('2-0');
  turn();
  reads.of('ack')[0]?.answer(2);
  acked('3-0');
  turn();
  expect([pieces, byClient()]).toEqual([[['read'], ['ack 1-0 2-0'], ['ack 3-0']], []]);
});

test.each([
  ['behind a read that waits an ack would wait as long', { block: 1_000, own: true }],
  ['where the client reads', { block: undefined, own: false }],
])('%s: the client sends it', (_, { block, own }) => {
  const { begin, acked, turn, pieces, byClient } = setUp({ own });
  begin(block);
  acked('1-0');
  turn();
  expect([pieces[0], byClient()]).toEqual([['read'], ['1-0']]);
});

test.each<[string, string[][], string[], (to: FakePort) => void]>([
  ['was answered: nothing waits there', [['read'], ['ack 1-0']], [], (to) => to.last('read').answer([])],
  ['has failed: the client sends them', [['read']], ['1-0'], (to) => to.last('read').fail(socketError())],
])('once the read %s, already for who hears of it', (_, there, here, end) => {
  const { begin, acked, turn, on, pieces, byClient, reads } = setUp();
  begin(1_000);
  on.push(() => {
    acked('1-0');
    turn();
  });
  end(reads);
  expect([pieces, byClient()]).toEqual([there, here]);
});

test('nor behind the next read, when that waits', () => {
  const { begin, acked, turn, pieces, byClient } = setUp();
  begin(undefined).unsubscribe();
  begin(1_000);
  acked('1-0');
  turn();
  expect([pieces, byClient()]).toEqual([[['read'], ['read']], ['1-0']]);
});

test('of a read that was begun where another was answered: it is the one that counts', () => {
  const { begin, acked, turn, on, pieces, reads } = setUp();
  begin(undefined);
  on.push(() => begin(undefined));
  reads.last('read').answer([]);
  acked('1-0');
  turn();
  expect(pieces).toEqual([['read'], ['read'], ['ack 1-0']]);
});
