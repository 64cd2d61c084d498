import { VirtualTimeScheduler } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { AckSession } from '../../src/acks/session.js';
import type { Notice } from '../../src/notices.js';
import type { GroupPlan, Plan } from '../../src/plan.js';
import { owedAtClose } from '../../src/sources/owed.js';
import { perform, type Work } from '../../src/sources/work.js';
import type { Event } from '../../src/streams/events.js';
import { FakePort, LATER, replyError, type Answers } from '../support/fake-port.js';
import { REDELIVER } from '../streams/script.js';
import { GROUP, PLAN } from '../support/plans.js';

/** Performs one piece of work against a port that answers at once. */
function setUp(answers: Answers, plan: Partial<Plan> = { group: GROUP }) {
  const port = new FakePort(answers);
  const clock = new VirtualTimeScheduler();
  const told: Notice[] = [];
  const full: Plan = { ...PLAN, ...plan };
  const session = new AckSession(full, {
    port,
    scheduler: clock,
    soon: clock,
    dice: () => 1,
    tell: (notice) => told.push(notice),
    changed: () => undefined,
    refused: () => undefined,
    nacked: () => undefined,
  });
  const seen: (Event | string)[] = [];
  /** What another consumer of this process holds. */
  const heldHere: string[] = [];
  return {
    heldHere,
    port,
    session,
    told,
    seen,
    turn: () => {
      clock.flush();
    },
    hold: (id: string, attempt = 1) => session.open(session.bookFor('s'), { id, attempt }),
    perform: (work: Work) =>
      perform(work, { plan: full, port, session, reader: port.reader(), heldHere: (_, id) => heldHere.includes(id) }).subscribe({
        next: (event) => seen.push(event),
        error: (error: unknown) => seen.push(String(error)),
      }),
  };
}

describe('join', () => {
  const join: Work = { do: 'join', streams: [{ stream: 's', start: undefined }] };

  test('a group that stands is not touched', () => {
    const { perform, seen, port } = setUp({ lastDelivered: () => '5-0' });
    perform(join);
    expect(seen).toEqual([{ type: 'joined', at: [{ stream: 's', from: '5-0', created: false }] }]);
    expect(port.calls).toHaveLength(1);
  });

  test.each<[string | undefined, Partial<GroupPlan>, string]>([
    [undefined, { createFrom: '$' }, '$'],
    [undefined, { createFrom: '0-0' }, '0-0'],
    ['7-0', { createFrom: '$' }, '7-0'],
  ])('a missing one is made where the stream (%s) or the options (%j) say', (start, group, from) => {
    let made = false;
    const { perform, seen, port } = setUp(
      { lastDelivered: () => (made ? '7-0' : undefined), createGroup: () => (made = true) },
      { group: { ...GROUP, ...group } },
    );
    perform({ do: 'join', streams: [{ stream: 's', start }] });
    expect(port.last('createGroup').args).toEqual({ stream: 's', group: 'g', from });
    expect(seen).toEqual([{ type: 'joined', at: [{ stream: 's', from: '7-0', created: true }] }]);
  });

  test('with autoCreate: false a missing one is NO_GROUP', () => {
    const { perform, seen } = setUp({ lastDelivered: () => undefined }, { group: { ...GROUP, createFrom: undefined } });
    perform(join);
    expect(seen).toEqual([expect.stringContaining('Stream s has no group g')]);
  });

  test('one that is missing since an earlier subscription stood there is not made, but told: it is to be healed', () => {
    const { perform, seen, port } = setUp({ lastDelivered: () => undefined });
    perform({ do: 'join', streams: [{ stream: 's', start: undefined, anchor: '4-0' }] });
    expect(seen).toEqual([{ type: 'joined', at: [{ stream: 's', from: '4-0', created: false, missing: true }] }]);
    expect(port.of('createGroup')).toEqual([]);
  });

  test('without a group $ is the last entry now, and a stream that is not there begins at its beginning', () => {
    const { perform, seen } = setUp(
      { lastGenerated: ({ stream }: { stream: string }) => (stream === 's' ? '9-0' : undefined) },
      {},
    );
    perform({
      do: 'join',
      streams: [
        { stream: 's', start: undefined },
        { stream: 'missing', start: '$' },
        { stream: 't', start: '3-0' },
      ],
    });
    expect(seen).toEqual([
      {
        type: 'joined',
        at: [
          { stream: 's', from: '9-0', created: false },
          { stream: 'missing', from: '0-0', created: false },
          { stream: 't', from: '3-0', created: false },
        ],
      },
    ]);
  });
});

describe('reconcile', () => {
  const reconcile: Work = { do: 'reconcile', floors: [['s', '4-0']], most: 2 };
  const row = (id: string, count = 1) => ({ id, consumer: 'me', idle: 0, count });
  const there: Answers = { lastDelivered: () => '8-0', renew: () => ({ lost: [], gone: [] }) };
  const fetch = ({ ids }: { ids: string[] }) => ids.map((id) => (id === '7-0' ? undefined : { id, pairs: ['n', id] }));

  test('leaves out what is ours, fetches the rest, and says when there is more', () => {
    const { perform, seen, hold, port } = setUp({
      ...there,
      pending: () => ['5-0', '6-0', '7-0', '8-0'].map((id) => row(id)),
      fetch,
    });
    hold('5-0');
    perform(reconcile);
    expect(port.last('pending').args).toMatchObject({ stream: 's', group: 'g', consumer: 'me', after: '4-0' });
    expect(port.last('fetch').args).toMatchObject({ ids: ['6-0', '7-0'] });
    expect(seen).toEqual([
      {
        type: 'reconciled',
        more: true,
        found: [
          {
            stream: 's',
            entries: [
              { id: '6-0', pairs: ['n', '6-0'], attempt: 1 },
              { id: '7-0', pairs: null, attempt: 1 },
            ],
          },
        ],
      },
    ]);
  });

  test('what it found is renewed first, and what another consumer has claimed meanwhile is left to it', () => {
    const renew = ({ ids }: { ids: string[] }) => ({ lost: ids.slice(0, 1), gone: [] });
    const { perform, seen, port } = setUp({ ...there, pending: () => [row('5-0'), row('6-0')], renew, fetch });
    perform(reconcile);
    expect(port.last('renew').args).toEqual({ stream: 's', group: 'g', consumer: 'me', ids: ['5-0', '6-0'] });
    expect(port.last('fetch').args).toMatchObject({ ids: ['6-0'] });
    expect(seen).toMatchObject([{ type: 'reconciled', found: [{ entries: [{ id: '6-0' }] }] }]);
  });

  test.each([
    ['NOPERM No permissions to run the evalsha command', 'reconciled'],
    ['LOADING Redis is loading the dataset in memory', undefined],
  ])('where the renewal answers "%s" this is %s', (error, type) => {
    const renew = () => {
      throw replyError(error);
    };
    const { perform, seen } = setUp({ ...there, pending: () => [row('5-0')], renew, fetch });
    perform(reconcile);
    expect(seen).toMatchObject(type === undefined ? [`ReplyError: ${error}`] : [{ type, found: [{ entries: [{ id: '5-0' }] }] }]);
  });

  test('what is confirmed while the answer is on its way does not come back', () => {
    const { perform, seen, hold, port, turn, session } = setUp({ ...there, pending: () => LATER, ack: () => LATER, fetch });
    hold('5-0').settle('acked');
    turn();
    perform(reconcile);
    port.last('ack').answer(1);
    port.last('pending').answer([row('5-0'), row('6-0')]);
    expect(seen).toMatchObject([{ found: [{ entries: [{ id: '6-0' }] }], more: false }]);
    expect(session.ledger.books.get('s')?.confirmed).toBeUndefined();
  });

  test('looks through all that is pending where the stream was made anew with smaller ids', () => {
    const { perform, seen, hold, port } = setUp({
      ...there,
      lastDelivered: () => '2-0',
      pending: () => [row('1-0'), row('2-0')],
      fetch,
    });
    hold('1-0');
    perform(reconcile);
    expect(port.last('pending').args).toMatchObject({ after: '0-0' });
    expect(seen).toMatchObject([{ found: [{ entries: [{ id: '2-0' }] }] }]);
  });

  test('reads XPENDING page by page', () => {
    const all = Array.from({ length: 450 }, (_, i) => row(`${i + 5}-0`));
    const pending = ({ after, count }: { after: string; count: number }) => {
      const at = all.findIndex(({ id }) => id === after) + 1;
      return all.slice(at, at + count);
    };
    const { perform, seen, port } = setUp({ ...there, pending, fetch });
    perform({ ...reconcile, most: 1_000 });
    expect(port.args<{ after: string }>('pending').map(({ after }) => after)).toEqual(['4-0', '204-0', '404-0']);
    const [event] = seen;
    expect(typeof event === 'object' && event.type === 'reconciled' ? event.found[0]?.entries : []).toHaveLength(450);
  });
});

describe('heal', () => {
  const heal: Work = { do: 'heal', anchors: [['s', '5-0']], takeover: [] };

  test.each<[string, string | undefined, Partial<GroupPlan>, string]>([
    ['where we stood', '9-0', {}, '5-0'],
    ['at the beginning, when the key is gone', undefined, {}, '0-0'],
    ['at the beginning, when its ids begin anew', '2-0', {}, '0-0'],
    ['at the beginning, when asked to', '9-0', { healFrom: '0' }, '0-0'],
  ])('makes it again %s', (_, lastGenerated, group, from) => {
    const { perform, seen, told, port } = setUp(
      { lastDelivered: () => undefined, lastGenerated: () => lastGenerated, createGroup: () => true },
      { group: { ...GROUP, ...group } },
    );
    perform(heal);
    expect(port.last('createGroup').args).toEqual({ stream: 's', group: 'g', from });
    expect(seen).toEqual([{ type: 'healed', at: [{ stream: 's', from }] }]);
    expect(told).toEqual([{ type: 'healed', stream: 's', group: 'g', from, held: 0 }]);
  });

  const rewind = { stream: 's', group: 'g' };
  test.each<[string, string | undefined, boolean, string, unknown[]]>([
    ['made anew with smaller ids', '2-0', true, '0-0', [rewind]],
    ['made anew and gone again, which the next read says', '2-0', false, '5-0', [rewind]],
    ['gone, which the next read says', undefined, true, '5-0', []],
    ['older by some entries', '9-9', true, '5-0', []],
  ])('the stream is %s once the group is made', (_, later, there, from, rewound) => {
    const last: (string | undefined)[] = ['9-0', later];
    const { perform, seen, told, port } = setUp({
      ...{ lastDelivered: () => undefined, lastGenerated: () => last.shift(), createGroup: () => true, rewindGroup: () => there },
    });
    perform(heal);
    expect(port.args('rewindGroup')).toEqual(rewound);
    expect(seen).toEqual([{ type: 'healed', at: [{ stream: 's', from }] }]);
    expect(told).toEqual([{ type: 'healed', stream: 's', group: 'g', from, held: 0 }]);
  });

  const vanished: Answers = {
    lastDelivered: () => undefined,
    lastGenerated: () => '9-0',
    createGroup: () => true,
    register: ({ entries }: { entries: { id: string }[] }) => entries.map(({ id }) => id),
  };

  test('registers what is held, count by count, in order', () => {
    const { perform, hold, port, told } = setUp(vanished);
    hold('4-0', 3);
    hold('5-0');
    hold('2-0');
    perform(heal);
    expect(port.args<{ entries: unknown }>('register').map(({ entries }) => entries)).toEqual([
      [
        { id: '2-0', count: 1 },
        { id: '5-0', count: 1 },
      ],
      [{ id: '4-0', count: 3 }],
    ]);
    expect(told).toMatchObject([{ type: 'healed', held: 3 }]);
  });

  test('and 1,000 entries at once', () => {
    const { perform, hold, port, told } = setUp(vanished);
    for (let i = 1; i <= 2_001; i++) hold(`${i}-0`);
    perform(heal);
    expect(port.args<{ entries: unknown[] }>('register').map(({ entries }) => entries.length)).toEqual([1_000, 1_000, 1]);
    expect(told).toMatchObject([{ type: 'healed', held: 2_001 }]);
  });

  test('what is acked meanwhile is not registered', () => {
    const { perform, hold, port, told } = setUp({ ...vanished, createGroup: () => LATER });
    const [early] = [hold('4-0'), hold('5-0')];
    perform(heal);
    early.settle('acked');
    port.last('createGroup').answer(true);
    expect(port.last('register').args).toMatchObject({ entries: [{ id: '5-0' }] });
    expect(told).toMatchObject([{ type: 'healed', held: 1 }]);
  });

  test('and acked once more, where its ack was confirmed before the registration was', () => {
    const { perform, hold, port, turn, session } = setUp({ ...vanished, register: () => LATER, ack: () => LATER });
    const [early] = [hold('4-0'), hold('5-0')];
    perform(heal);
    early.settle('acked');
    turn();
    port.last('ack').answer(0);
    port.last('register').answer(['4-0', '5-0']);
    turn();
    expect(port.of('ack')).toHaveLength(2);
    expect(port.last('ack').args).toMatchObject({ ids: ['4-0'] });
    expect(session.ledger.books.get('s')?.confirmed).toBeUndefined();
  });

  test('what is on its way to another stream is registered: it is added only while its cause is pending', () => {
    const { perform, hold, port, turn } = setUp({ ...vanished, forward: () => LATER });
    const add = { to: 'out', fields: ['a', 'b'], trim: undefined };
    hold('4-0').forward(add);
    turn();
    hold('5-0').forward(add);
    perform(heal);
    expect(port.last('register').args).toMatchObject({ entries: [{ id: '4-0' }, { id: '5-0' }] });
  });

  test('and where its script was faster than that, it is not acked away: nothing was added', () => {
    const { perform, hold, port, turn } = setUp({ ...vanished, register: () => LATER, forward: () => LATER, ack: () => LATER });
    hold('4-0').forward({ to: 'out', fields: ['a', 'b'], trim: undefined });
    perform(heal);
    turn();
    port.last('forward').answer({ done: [], added: [] });
    port.last('register').answer(['4-0']);
    turn();
    expect(port.of('ack')).toEqual([]);
  });

  test('registers nothing where nobody would ever ack it', () => {
    const { perform, hold, port } = setUp(vanished, { group: { ...GROUP, noAck: true } });
    hold('4-0').take();
    perform(heal);
    expect(port.of('register')).toEqual([]);
  });

  test('a group that another consumer has made again learns what we hold, and it is told unless it knew', () => {
    for (const known of [true, false]) {
      const register = ({ entries }: { entries: { id: string }[] }) => (known ? [] : entries.map(({ id }) => id));
      const { perform, hold, port, seen, told } = setUp({ ...vanished, lastDelivered: () => '9-0', register });
      hold('4-0');
      perform(heal);
      expect(port.args('register')).toMatchObject([{ entries: [{ id: '4-0' }] }]);
      expect(seen).toEqual([{ type: 'healed', at: [{ stream: 's', from: '9-0' }] }]);
      expect(told).toEqual(known ? [] : [{ type: 'healed', stream: 's', group: 'g', from: '9-0', held: 1 }]);
    }
  });

  test('another consumer makes it between our two commands: where that one stood counts, lower than where we would have', () => {
    const answers: Answers = { ...vanished, createGroup: () => false, pending: () => [] };
    const there: (string | undefined)[] = [undefined, '3-0'];
    const { perform, hold, port, seen, told } = setUp({ ...answers, lastDelivered: () => there.shift() });
    hold('4-0');
    perform(heal);
    expect(seen).toEqual([{ type: 'healed', at: [{ stream: 's', from: '3-0' }] }]);
    expect(told).toEqual([{ type: 'healed', stream: 's', group: 'g', from: '3-0', held: 1 }]);
    expect(port.last('register').args).toMatchObject({ entries: [{ id: '4-0', count: 1 }] });
  });
});

describe('claim', () => {
  const claim: Work = { do: 'claim', stream: 's', after: '0-0', minIdle: 3_000, most: 3 };
  const row = (id: string, count = 1) => ({ id, consumer: 'dead', idle: 5_000, count });
  const all = ({ ids }: { ids: string[] }) => ({ ours: ids, gone: [] });
  const claimed = (rows: { id: string; count: number }[], next?: string, gone: string[] = []): Event => ({
    type: 'claimed',
    gone,
    found: {
      stream: 's',
      rows: rows.map(({ id, count }) => expect.objectContaining({ id, count }) as { id: string; count: number }),
    },
    next,
  });

  test('looks whose they are, takes them without delivering them, and knows their counts', () => {
    const { perform, seen, port } = setUp({ pending: () => [row('1-0', 2), row('2-0', 7)], claim: all });
    perform(claim);
    expect(port.last('pending').args).toEqual({ stream: 's', group: 'g', minIdle: 3_000, after: '0-0', count: 3 });
    expect(port.last('claim').args).toEqual({ stream: 's', group: 'g', consumer: 'me', minIdle: 3_000, ids: ['1-0', '2-0'] });
    expect(seen).toEqual([claimed([row('1-0', 2), row('2-0', 7)])]);
  });

  test('a full page says where to look on: behind its last row, whether that was taken or not', () => {
    const { perform, seen } = setUp({
      pending: () => [row('1-0'), row('2-0'), row('3-0')],
      claim: () => ({ ours: ['1-0'], gone: [] }),
    });
    perform(claim);
    expect(seen).toEqual([claimed([row('1-0')], '3-0')]);
  });

  test('what somebody was quicker to take is none of ours', () => {
    const { perform, seen } = setUp({ pending: () => [row('1-0'), row('2-0')], claim: () => ({ ours: ['2-0'], gone: [] }) });
    perform(claim);
    expect(seen).toEqual([claimed([row('2-0')])]);
  });

  test('what is no longer in the stream is none of ours either, and is said by its id', () => {
    const claim3 = () => ({ ours: ['3-0'], gone: ['1-0'] });
    const { perform, seen } = setUp({ pending: () => [row('1-0'), row('2-0'), row('3-0')], claim: claim3 });
    perform(claim);
    expect(seen).toEqual([claimed([row('3-0')], '3-0', ['1-0'])]);
  });

  test('leaves out what this process holds: in the window, waiting, on its way home, or with another consumer of ours', () => {
    const ids = ['1-0', '2-0', '3-0', '4-0', '5-0', '6-0'];
    const { perform, hold, port, session, heldHere, turn } = setUp(
      { pending: () => ids.map((id) => row(id)), claim: all, ack: () => LATER },
      { group: { ...GROUP, redeliver: REDELIVER } },
    );
    const [, nacked, acked, air] = ['1-0', '2-0', '3-0', '4-0'].map((id) => hold(id));
    nacked?.settle('nacked');
    air?.settle('acked');
    turn();
    acked?.settle('acked');
    heldHere.push('5-0');
    perform(claim);
    expect(session.ledger.held).toBe(1);
    expect(port.last('claim').args).toMatchObject({ ids: ['6-0'] });
  });

  test('with nothing left of a page nothing is sent, and the round goes on behind it', () => {
    const { perform, hold, port, seen } = setUp({ pending: () => ['1-0', '2-0', '3-0'].map((id) => row(id)) });
    for (const id of ['1-0', '2-0', '3-0']) hold(id);
    perform(claim);
    expect([port.of('claim'), seen]).toEqual([[], [claimed([], '3-0')]]);
  });

  test.each(['pending', 'claim'] as const)('that fails at %s is the client’s error', (command) => {
    const { perform, seen } = setUp({
      pending: () => [row('1-0')],
      [command]: () => {
        throw replyError('NOPERM no');
      },
    });
    perform(claim);
    expect(seen).toEqual(['ReplyError: NOPERM no']);
  });

  test('unsubscribed in between, nothing is claimed', () => {
    const { perform, seen, port } = setUp({ pending: () => LATER, claim: all });
    perform(claim).unsubscribe();
    port.last('pending').answer([row('1-0')]);
    expect([port.of('claim'), seen, port.last('pending').dropped]).toEqual([[], [], true]);
  });
});

test('a probe asks on the connection for reading, once for each stream', () => {
  const { perform, seen, port } = setUp(
    { lastGenerated: ({ stream }: { stream: string }) => (stream === 's' ? '9-0' : undefined) },
    { group: undefined },
  );
  perform({ do: 'probe', streams: ['s', 't'] });
  expect(seen).toEqual([
    {
      type: 'probed',
      at: [
        { stream: 's', last: '9-0' },
        { stream: 't', last: undefined },
      ],
    },
  ]);
  expect(port.args('lastGenerated')).toEqual([{ stream: 's' }, { stream: 't' }]);
});

test('a backlog page has the delivery counts of Redis; what is not pending any more was delivered all the same', () => {
  const { perform, seen } = setUp({
    read: () => [
      {
        stream: 's',
        entries: [
          { id: '1-0', pairs: ['n', '1'] },
          { id: '2-0', pairs: null },
        ],
      },
      { stream: 't', entries: [] },
    ],
    pending: () => [{ id: '1-0', consumer: 'me', idle: 0, count: 4 }],
  });
  perform({
    do: 'read',
    read: {
      kind: 'backlog',
      from: [
        ['s', '0-0'],
        ['t', '0-0'],
      ],
      count: 2,
      block: undefined,
    },
  });
  expect(seen).toEqual([
    {
      type: 'replied',
      replies: [
        {
          stream: 's',
          entries: [
            { id: '1-0', pairs: ['n', '1'], attempt: 4 },
            { id: '2-0', pairs: null, attempt: 2 },
          ],
        },
      ],
    },
  ]);
});

test('what is owed at close: open, left, and acked at the last moment; not nacked, and in order', () => {
  const { hold, session, turn } = setUp({ ack: () => LATER });
  const [, left, nacked, air, settled] = ['10-0', '2-0', '3-0', '4-0', '5-0'].map((id) => hold(id));
  left?.settle('left');
  nacked?.settle('nacked');
  air?.settle('acked');
  turn();
  settled?.settle('acked');
  const owed = owedAtClose(
    { anchors: [['s', '9-0']], floors: [['s', '1-0']], wait: 5, takeover: [{ stream: 't', ids: ['1-0'] }] },
    session.ledger,
  );
  expect(owed).toEqual({
    anchors: [['s', '9-0']],
    floors: [['s', '1-0']],
    wait: 5,
    takeover: [
      { stream: 't', ids: ['1-0'] },
      { stream: 's', ids: ['2-0', '4-0', '5-0', '10-0'] },
    ],
  });
});
