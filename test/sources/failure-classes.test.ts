/** What each class of failure does to a source: retried, healed or fatal, for reads and for acks. */
import { VirtualTimeScheduler } from 'rxjs';
import { describe, expect, test } from 'vitest';
import type { StreamsError } from '../../src/errors.js';
import type { Notice } from '../../src/notices.js';
import type { Plan } from '../../src/plan.js';
import { SETTLEMENT } from '../../src/settlement.js';
import { Drive } from '../../src/sources/drive.js';
import { CODES, WORDS } from '../../src/wire/failures.js';
import { createPort } from '../../src/wire/ioredis.js';
import { FakeClient } from '../wire/fake-client.js';
import { FakePort, LATER, replyError, socketError, type Answers } from '../support/fake-port.js';
import { GROUP, PLAN } from '../support/plans.js';

const RETRIED = Object.keys(WORDS).filter((word) => WORDS[word] === 'retry');
const FATAL = Object.keys(CODES).filter((word) => WORDS[word] === undefined);
const retried: [string, Error][] = [
  ...RETRIED.map((word): [string, Error] => [word, replyError(`${word} not now`)]),
  ['a lost connection', socketError()],
];

/** A source in a group whose reads and acks are answered by what the test says, in virtual time. */
function prepare(answers: Answers, plan: Partial<Plan> = {}) {
  const port = new FakePort({
    lastDelivered: () => '0-0',
    connect: () => 7,
    read: () => LATER,
    ack: ({ ids }: { ids: string[] }) => ids.length,
    pending: () => [],
    unblock: () => true,
    ...answers,
  });
  const scheduler = new VirtualTimeScheduler();
  scheduler.maxFrames = 0;
  const told: Notice[] = [];
  let ended: StreamsError | 'complete' | undefined;
  const drive = new Drive(
    { ...PLAN, group: GROUP, ...plan, scheduler, notify: (notice) => told.push(notice) },
    {
      port,
      dice: () => 1,
      heldHere: () => false,
      sink: {
        entry: (entry) => entry[SETTLEMENT].settle('acked'),
        end: (error) => (ended = error ?? 'complete'),
        nothing: () => undefined,
        left: () => undefined,
        notAdded: () => undefined,
        closing: () => undefined,
        closed: () => undefined,
      },
    },
  );
  return {
    start: () => drive.dispatch({ type: 'start' }),
    port,
    told,
    ended: () => ended,
    wait: (ms: number) => {
      scheduler.maxFrames = scheduler.frame + ms;
      scheduler.flush();
      scheduler.frame = scheduler.maxFrames;
    },
    retries: () =>
      told.flatMap((notice) => (notice.type === 'retrying' ? [[notice.what, notice.attempt, notice.delay, notice.error]] : [])),
  };
}

/** The same, begun. */
function setUp(answers: Answers, plan: Partial<Plan> = {}) {
  const prepared = prepare(answers, plan);
  prepared.start();
  return prepared;
}

describe.each(retried)('retried: %s', (_, error) => {
  test('reads: again and again with growing delays, each told; a reply starts the delays anew', () => {
    const { port, wait, retries, ended } = setUp({});
    for (const delay of [50, 100, 200]) {
      port.last('read').fail(error);
      wait(delay);
    }
    expect(retries()).toEqual([
      ['read', 1, 50, error],
      ['read', 2, 100, error],
      ['read', 3, 200, error],
    ]);
    port.last('read').answer([]);
    port.last('read').fail(error);
    expect(retries().at(-1)).toEqual(['read', 1, 50, error]);
    expect(ended()).toBeUndefined();
  });

  test('acks: sent again until they are confirmed, each told; a confirmed one starts the delays anew', () => {
    const { port, wait, retries, told, ended } = setUp({ ack: () => LATER });
    const read = (id: string): void => {
      port.last('read').answer([{ stream: 's', entries: [{ id, pairs: ['n', '1'] }] }]);
      wait(0);
    };
    read('1-0');
    for (const delay of [50, 100, 200]) {
      port.last('ack').fail(error);
      wait(delay);
    }
    expect(retries()).toEqual([
      ['ack', 1, 50, error],
      ['ack', 2, 100, error],
      ['ack', 3, 200, error],
    ]);
    expect(port.args('ack')).toEqual(Array.from({ length: 4 }, () => ({ stream: 's', group: 'g', ids: ['1-0'] })));
    port.last('ack').answer(1);
    expect(told.filter(({ type }) => type === 'acked')).toEqual([{ type: 'acked', stream: 's', ids: ['1-0'] }]);
    read('2-0');
    port.last('ack').fail(error);
    expect(retries().at(-1)).toEqual(['ack', 1, 50, error]);
    expect(ended()).toBeUndefined();
  });

  test('the join too', () => {
    let refusals = 3;
    const lastDelivered = () => {
      if (refusals-- > 0) throw error;
      return '0-0';
    };
    const { port, wait, retries } = setUp({ lastDelivered });
    wait(50 + 100 + 200);
    expect(retries().map(([what, attempt]) => `${String(what)} ${String(attempt)}`)).toEqual(['join 1', 'join 2', 'join 3']);
    expect(port.of('read')).toHaveLength(1);
  });
});

describe.each(['NOGROUP', 'UNBLOCKED'])('healed: %s', (word) => {
  test('the group is made again and reading goes on', () => {
    let there = true;
    const { port, wait, told, ended } = setUp({
      lastDelivered: () => (there ? '0-0' : undefined),
      lastGenerated: () => '5-0',
      createGroup: () => (there = true),
    });
    there = false;
    port.last('read').fail(replyError(`${word} it went`));
    wait(50);
    expect(told.map(({ type }) => type)).toEqual(['joined', 'retrying', 'healed']);
    expect(port.of('read')).toHaveLength(2);
    expect(ended()).toBeUndefined();
  });
});

describe.each([...FATAL, 'ERR', 'NEVERHEARDOF'])('fatal: %s', (word) => {
  const error = replyError(`${word} never`);
  test('a read ends the source at once, with its code', () => {
    const { port, ended, retries } = setUp({});
    port.last('read').fail(error);
    expect(ended()).toMatchObject({ code: CODES[word] ?? 'REFUSED', cause: error });
    expect(retries()).toEqual([]);
  });

  test('so does an ack, with ACK_REFUSED', () => {
    const { port, wait, ended, retries, told } = setUp({ ack: () => LATER });
    port.last('read').answer([{ stream: 's', entries: [{ id: '1-0', pairs: ['n', '1'] }] }]);
    wait(0);
    port.last('ack').fail(error);
    expect(ended()).toMatchObject({ code: 'ACK_REFUSED', cause: error, unconfirmed: [{ stream: 's', ids: ['1-0'] }] });
    expect(told.filter(({ type }) => type === 'ack-refused')).toHaveLength(1);
    expect(retries()).toEqual([]);
  });
});

describe.each<[string, Partial<Plan>]>([
  ['fromGroup', {}],
  ['fromStreams', { group: undefined }],
])('a read that is never answered (%s)', (_, plan) => {
  const WATCHDOG = 2 * PLAN.timeout + 2_000;

  test('is replaced again and again, each told; one that is answered starts the delays anew', () => {
    const { port, wait, retries, ended } = setUp({ lastGenerated: () => '0-0' }, plan);
    for (const delay of [50, 100, 200]) {
      wait(WATCHDOG - 1);
      expect(port.last('read').dropped).toBe(false);
      wait(1);
      expect(port.last('read').dropped).toBe(true);
      wait(delay);
    }
    expect(retries().map(([what, attempt, delay]) => [what, attempt, delay])).toEqual([
      ['read', 1, 50],
      ['read', 2, 100],
      ['read', 3, 200],
    ]);
    expect(port.of('connect')).toHaveLength(4);
    expect(port.disconnects).toBe(3);
    port.last('read').answer([]);
    wait(WATCHDOG);
    expect(retries().at(-1)?.slice(0, 3)).toEqual(['read', 1, 50]);
    expect(ended()).toBeUndefined();
  });
});

describe('a server that is too old for claimIdle()', () => {
  const claim = { minIdle: 30_000, every: 15_000 };
  /** XPENDING as it really is sent. */
  const { pending } = createPort(new FakeClient(() => Promise.reject(replyError('ERR syntax error'))));
  /** The client's promises are over. */
  const turn = () => new Promise((resolve) => setImmediate(resolve));

  test('ends the source with UNSUPPORTED, which names the command, as it came; nothing is tried again', async () => {
    const { start, told, ended, port, retries } = prepare({}, { group: { ...GROUP, claim } });
    Object.assign(port, { pending });
    start();
    await turn();
    expect(ended()).toMatchObject({ code: 'UNSUPPORTED', message: expect.stringContaining('XPENDING … IDLE') });
    expect((ended() as StreamsError).cause).toMatchObject({ message: 'ERR syntax error' });
    expect([retries(), port.of('read')]).toEqual([[], []]);
    expect(told.find(({ type }) => type === 'closing')).toEqual({ type: 'closing', why: 'error' });
    expect(told.at(-1)).toMatchObject({ type: 'closed', error: ended() });
  });

  test('is none without it', async () => {
    const { start, ended, port } = prepare({}, { group: GROUP });
    Object.assign(port, { pending });
    start();
    await turn();
    expect([ended(), port.of('read').length]).toEqual([undefined, 1]);
  });
});
