import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { VirtualTimeScheduler } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { AckSession } from '../../src/acks/session.js';
import type { Fields, FieldValue } from '../../src/entry.js';
import type { Decode, Plan } from '../../src/plan.js';
import { Emitter } from '../../src/sources/emitter.js';
import type { StandardSchema } from '../../src/standard-schema.js';
import type { Notice } from '../../src/notices.js';
import { FakePort } from '../support/fake-port.js';
import { GROUP, PLAN } from '../support/plans.js';

function setUp(options: Partial<Plan> = {}) {
  const plan: Plan = { ...PLAN, group: GROUP, ...options };
  const clock = new VirtualTimeScheduler();
  const told: Notice[] = [];
  const session = new AckSession(plan, {
    port: new FakePort(),
    scheduler: clock,
    soon: clock,
    dice: () => 1,
    tell: (notice) => told.push(notice),
    changed: () => undefined,
    refused: () => undefined,
    nacked: () => undefined,
  });
  const seen: string[] = [];
  const errors: Error[] = [];
  const onEntry: ((id: string) => void)[] = [];
  let caughtUp = 0;
  const roomy: number[] = [];
  const emitter = new Emitter(plan, session, {
    entry: (entry) => {
      seen.push(`${entry.stream} ${entry.id} ${typeof entry.value === 'string' ? entry.value : '{}'}`);
      for (const each of onEntry) each(entry.id);
    },
    undecodable: (error) => errors.push(error),
    roomy: (coming) => roomy.push(coming + session.ledger.held),
    caughtUp: () => (caughtUp += 1),
  });
  return {
    emitter,
    session,
    seen,
    told,
    errors,
    onEntry,
    caughtUp: () => caughtUp,
    roomy,
    push: (stream: string, ...ids: string[]) =>
      emitter.push({ stream, entries: ids.map((id) => ({ id, pairs: ['n', id] })) }, 'fresh'),
    open: (stream = 's') => (session.ledger.books.get(stream)?.open.all() ?? []).map(({ id }) => id),
    left: (stream = 's') => [...(session.ledger.books.get(stream)?.left ?? [])],
    acked: (stream = 's') => session.ledger.books.get(stream)?.settled.ids ?? [],
  };
}

/** What `how` makes of the field `n`. */
function decodeWith(how: (n: string) => unknown): Decode<unknown, FieldValue> {
  return (fields) => how(String(fields['n']));
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test('a synchronous decode keeps the source synchronous', () => {
  const { push, seen, emitter } = setUp({ decode: decodeWith((n) => `<${n}>`) });
  push('s', '1-0', '2-0');
  expect(seen).toEqual(['s 1-0 <1-0>', 's 2-0 <2-0>']);
  expect(emitter.queued).toBe(0);
});

describe('the next read may leave', () => {
  const entries = ['1-0', '2-0', '3-0', '4-0', '5-0'].map((id) => ({ id, pairs: ['n', id] }));

  test.each([
    ['with more behind them, once a sixteenth of the window is left', { bufferSize: 32, refillAt: 16 }, 0, [0, 0, 0, 1]],
    ['with a single one left of a small window', { bufferSize: 8, refillAt: 4 }, 0, [0, 0, 0, 0, 1]],
    ['with less left, where refillAt says so', { bufferSize: 64, refillAt: 1 }, 0, [0, 0, 0, 0, 1]],
    ['not at all, where it says that', { bufferSize: 64, refillAt: 0 }, 0, [0, 0, 0, 0, 0]],
    ['not without more behind them', { bufferSize: 8, refillAt: 4 }, undefined, [0, 0, 0, 0, 0]],
    ['of a large window with as many left as leave room for 1,000', { bufferSize: 1_070, refillAt: 535 }, 0, [1]],
    ['of a large window with less left, where refillAt says so', { bufferSize: 2_000, refillAt: 4 }, 0, [0, 1]],
    ['with those counted that come behind these in their reply', { bufferSize: 2_000, refillAt: 6 }, 3, [0, 0, 1]],
    ['and not amid these, if those are too many', { bufferSize: 2_000, refillAt: 6 }, 7, [0, 0, 0, 0, 0]],
  ])('%s', (_, plan, behind, told) => {
    const { emitter, onEntry, roomy, session } = setUp(plan);
    const beside: number[] = [];
    onEntry.push((id) => {
      beside.push(roomy.length);
      session.ledger.books.get('s')?.open.get(id)?.settle('acked');
    });
    emitter.push({ stream: 's', entries }, 'fresh', { behind });
    expect(beside).toEqual(Array.from({ length: 5 }, (_, i) => told[i] ?? told.at(-1)));
    expect(roomy.length).toBe(told.at(-1));
  });

  test('before they have their places, which are counted all the same', () => {
    const { emitter, session, roomy } = setUp({ bufferSize: 2_000, refillAt: 1_000 });
    emitter.push({ stream: 's', entries }, 'fresh', { behind: 0 });
    const [asked] = roomy;
    expect([asked, session.ledger.held]).toEqual([5, 5]);
  });

  test('before the first of several batches, all of which are counted', () => {
    const { emitter, session, roomy } = setUp({ bufferSize: 2_000, refillAt: 1_000 });
    emitter.push({ stream: 's', entries }, 'fresh', { behind: 10 });
    emitter.push({ stream: 't', entries }, 'fresh', { behind: 5 });
    emitter.push({ stream: 'u', entries }, 'fresh', { behind: 0 });
    expect([roomy, session.ledger.held]).toEqual([[15, 15, 15], 15]);
  });

  test('not for what comes after a stop', () => {
    const { emitter, roomy } = setUp({ bufferSize: 2_000, refillAt: 1_000 });
    emitter.stop();
    emitter.push({ stream: 's', entries }, 'fresh', { behind: 0 });
    expect(roomy).toEqual([]);
  });
});

test('an asynchronous decode keeps the order, and what comes behind waits', async () => {
  const finish = new Map<string, (value: string) => void>();
  const decode = decodeWith((n) => (n === '2-0' ? n : new Promise((resolve) => finish.set(n, resolve))));
  const { push, seen, emitter, caughtUp } = setUp({ decode });
  push('s', '1-0', '2-0');
  push('t', '3-0');
  expect(emitter.queued).toBe(3);
  expect(seen).toEqual([]);
  finish.get('1-0')?.('one');
  await settled();
  expect(seen).toEqual(['s 1-0 one', 's 2-0 2-0']);
  expect(caughtUp()).toBe(1);
  finish.get('3-0')?.('three');
  await settled();
  expect(seen).toEqual(['s 1-0 one', 's 2-0 2-0', 't 3-0 three']);
  expect(emitter.queued).toBe(0);
});

test('a Standard Schema gives its output, at once or later', async () => {
  const schema = (later: boolean): StandardSchema<string> => ({
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: (value) => {
        const result = { value: `parsed ${(value as Fields)['n']}` };
        return later ? Promise.resolve(result) : result;
      },
    },
  });
  const [now, later] = [setUp({ decode: schema(false) }), setUp({ decode: schema(true) })];
  now.push('s', '1-0');
  later.push('s', '1-0');
  expect(now.seen).toEqual(['s 1-0 parsed 1-0']);
  expect(later.seen).toEqual([]);
  await settled();
  expect(later.seen).toEqual(['s 1-0 parsed 1-0']);
});

describe('a schema that is a function too (arktype)', () => {
  // Called, it returns its errors: as a value they would pass for a good entry.
  const schema = Object.assign(() => ({ ' errors': true }), {
    '~standard': {
      version: 1,
      vendor: 'arktype',
      validate: (value: unknown) =>
        (value as Fields)['n'] === '1-0' ? { value: 'parsed' } : { issues: [{ message: 'no number' }] },
    },
  });
  // Its type is that of a schema: what it gives as a function is none of its outputs.
  const decode = schema as unknown as StandardSchema<string>;

  test('is validated by its Standard Schema', () => {
    const { push, seen, errors, acked } = setUp({ decode, onInvalid: 'skip' });
    push('s', '1-0', '2-0');
    expect(seen).toEqual(['s 1-0 parsed']);
    expect([acked(), errors]).toEqual([['2-0'], []]);
  });

  test('and what does not fit ends the source', () => {
    const { push, seen, errors } = setUp({ decode });
    push('s', '2-0');
    expect(seen).toEqual([]);
    expect(errors).toMatchObject([{ code: 'DECODE_FAILED', issues: [{ message: 'no number' }] }]);
  });
});

test.each<[string, (n: string) => unknown, object]>([
  ['throws', () => throwing('bad'), { message: expect.stringContaining('decode failed with Error'), reason: new Error('bad') }],
  ['rejects', () => Promise.reject(new Error('bad')), { reason: new Error('bad') }],
])('a decode that %s: a DecodeError, the entry is left, the rest goes back', async (_, fail, expected) => {
  const { push, seen, errors, left, open } = setUp({ decode: decodeWith((n) => (n === '2-0' ? fail(n) : n)) });
  push('s', '1-0', '2-0', '3-0');
  await settled();
  expect(seen).toEqual(['s 1-0 1-0']);
  expect(errors).toMatchObject([
    { code: 'DECODE_FAILED', entry: { stream: 's', id: '2-0', fields: { n: '2-0' } }, issues: [], ...expected },
  ]);
  expect(open()).toEqual(['1-0']);
  expect(left()).toEqual(['2-0', '3-0']);
});

function throwing(message: string): never {
  throw new Error(message);
}

test('the issues of a schema are in the error', () => {
  const issues = [{ message: 'no number', path: ['n'] }];
  const schema: StandardSchema = { '~standard': { version: 1, vendor: 'test', validate: () => ({ issues }) } };
  const { push, errors } = setUp({ decode: schema });
  push('s', '1-0');
  expect(errors).toMatchObject([{ code: 'DECODE_FAILED', issues }]);
  expect(errors[0]?.message).toContain('Entry 1-0 of s cannot be decoded: the schema reported 1 issue');
});

test.each<[string, unknown]>([
  ['gives nothing', undefined],
  ['gives a thenable that throws', Object.defineProperty({}, 'then', { get: () => throwing('bad') })],
])('a schema that %s is a DecodeError too', (_, result) => {
  const schema = { '~standard': { version: 1, vendor: 'test', validate: () => result } } as StandardSchema;
  const { push, errors } = setUp({ decode: schema });
  push('s', '1-0');
  expect(errors).toMatchObject([{ code: 'DECODE_FAILED', entry: { id: '1-0' }, reason: expect.any(Error) }]);
});

describe.each<[string, (n: string) => unknown]>([
  ['synchronous', (n) => (n.startsWith('2') || n.startsWith('4') ? throwing('bad') : n)],
  ['asynchronous', (n) => (n.startsWith('2') || n.startsWith('4') ? Promise.reject(new Error('bad')) : Promise.resolve(n))],
  ['mixed', (n) => (n.startsWith('2') ? throwing('bad') : n.startsWith('4') ? Promise.reject(new Error('bad')) : n)],
])('onInvalid, with a %s decode', (_, how) => {
  const ids = ['1-0', '2-0', '3-0', '4-0', '5-0'];
  const rest = ['s 1-0 1-0', 's 3-0 3-0', 's 5-0 5-0'];

  test('skip: it is acked and told, and the rest goes on in order', async () => {
    const { push, seen, told, errors, emitter, acked, open, left } = setUp({ decode: decodeWith(how), onInvalid: 'skip' });
    push('s', ...ids);
    await settled();
    expect(seen).toEqual(rest);
    expect(acked()).toEqual(['2-0', '4-0']);
    expect([open(), left(), errors]).toEqual([['1-0', '3-0', '5-0'], [], []]);
    expect(emitter.queued).toBe(0);
    const invalid = (id: string) => ({ type: 'invalid', stream: 's', id, done: 'skipped', error: { entry: { id } } });
    expect(told).toMatchObject([invalid('2-0'), invalid('4-0')]);
  });

  test('skip: unsubscribed while it is told, the rest goes back', async () => {
    const { push, seen, told, emitter, session, left, acked } = setUp({ decode: decodeWith(how), onInvalid: 'skip' });
    told.push = (...notices) => {
      emitter.stop();
      return Array.prototype.push.apply(told, notices);
    };
    push('s', ...ids);
    await settled();
    expect(seen).toEqual(['s 1-0 1-0']);
    expect(acked()).toEqual(['2-0']);
    expect(left()).toEqual(['3-0', '4-0', '5-0']);
    expect(session.ledger.held).toBe(1);
  });

  test('reject: it is settled as rejected, for that reason, and the rest goes on', async () => {
    const { push, seen, told, errors, session } = setUp({ decode: decodeWith(how), onInvalid: 'reject' });
    const rejected: unknown[] = [];
    const { settled: settle } = session;
    session.settled = (hold, how) => {
      if (how.as === 'rejected') rejected.push([hold.id, how.reason]);
      settle.call(session, hold, how.as === 'rejected' ? { ...how, as: 'acked' } : how);
    };
    push('s', ...ids);
    await settled();
    expect(seen).toEqual(rest);
    expect(rejected).toEqual([
      ['2-0', expect.objectContaining({ code: 'DECODE_FAILED' })],
      ['4-0', expect.objectContaining({ code: 'DECODE_FAILED' })],
    ]);
    expect(told).toMatchObject([
      { type: 'invalid', id: '2-0', done: 'rejected' },
      { type: 'invalid', id: '4-0', done: 'rejected' },
    ]);
    expect(errors).toEqual([]);
  });

  test('the end comes after what was skipped', async () => {
    const { push, seen, emitter } = setUp({ decode: decodeWith(how), onInvalid: 'skip' });
    push('s', '1-0', '2-0');
    emitter.end(() => seen.push('end'));
    await settled();
    expect(seen).toEqual(['s 1-0 1-0', 'end']);
  });
});

test('skipped where nobody owes an ack, an entry has left the window', () => {
  const { push, seen, session } = setUp({ group: undefined, decode: decodeWith(() => throwing('bad')), onInvalid: 'skip' });
  push('s', '1-0');
  expect(seen).toEqual([]);
  expect(session.ledger).toMatchObject({ held: 0, unconfirmed: 0 });
});

test('stopped in the middle of a batch, from inside next: the rest goes back', () => {
  const { push, seen, emitter, onEntry, open, left } = setUp();
  onEntry.push((id) => {
    if (id === '2-0') emitter.stop();
  });
  push('s', '1-0', '2-0', '3-0', '4-0');
  expect(seen).toEqual(['s 1-0 {}', 's 2-0 {}']);
  expect(open()).toEqual(['1-0', '2-0']);
  expect(left()).toEqual(['3-0', '4-0']);
});

test('what comes after the stop, of another stream of the same reply, goes back too', () => {
  const { push, seen, emitter, session } = setUp();
  emitter.stop();
  push('t', '1-0', '2-0');
  expect(seen).toEqual([]);
  expect(session.ledger).toMatchObject({ held: 0, unconfirmed: 2 });
});

test('stopped while an entry is being decoded: it goes back, and whatever its decode does is no matter', async () => {
  const outcomes: ((how: 'resolve' | 'reject') => void)[] = [];
  const decode = decodeWith(
    () =>
      new Promise((resolve, reject) => {
        outcomes.push((how) => (how === 'resolve' ? resolve('late') : reject(new Error('late'))));
      }),
  );
  for (const how of ['resolve', 'reject'] as const) {
    const { push, seen, errors, emitter, left } = setUp({ decode });
    push('s', '1-0', '2-0');
    emitter.stop();
    expect(left()).toEqual(['1-0', '2-0']);
    outcomes.at(-1)?.(how);
    await settled();
    expect([seen, errors]).toEqual([[], []]);
  }
});

test('stopped inside its own decode, an entry goes back with the rest', () => {
  const made = setUp({
    decode: decodeWith((n) => {
      if (n === '2-0') made.emitter.stop();
      return n;
    }),
  });
  made.push('s', '1-0', '2-0', '3-0');
  expect(made.seen).toEqual(['s 1-0 1-0']);
  expect([made.open(), made.left()]).toEqual([['1-0'], ['2-0', '3-0']]);
});

test('an asynchronous decode that is slower than Redis: of what was handed on nothing is kept', async () => {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  let finish: () => void = () => undefined;
  const decode = decodeWith(() => new Promise<void>((resolve) => (finish = resolve)));
  const { emitter, seen } = setUp({ decode });
  const fetched: WeakRef<WeakKey>[] = [];
  for (let i = 1; i <= 1_000; i++) {
    const pairs = ['n', `${i}`];
    fetched.push(new WeakRef(pairs));
    emitter.push({ stream: 's', entries: [{ id: `${i}-0`, pairs }] }, 'fresh');
    // Two are always there: the queue is never empty.
    if (i > 2) finish();
    await settled();
  }
  expect([seen.length, emitter.queued]).toEqual([998, 2]);
  gc();
  expect(fetched.filter((pairs) => pairs.deref() !== undefined).length).toBeLessThan(10);
});

describe('the end while an asynchronous decode is out', () => {
  const never = decodeWith(() => new Promise(() => undefined));

  test('a stop brings it at once, and what waited is back before', () => {
    const { push, seen, emitter, left } = setUp({ decode: never });
    push('s', '1-0', '2-0');
    emitter.end(() => seen.push(`end, ${left().join()} left`));
    expect(seen).toEqual([]);
    emitter.stop();
    expect(seen).toEqual(['end, 1-0,2-0 left']);
    expect(emitter.queued).toBe(0);
  });

  test('after a stop it comes at once, and only once', async () => {
    let finish: (value: string) => void = () => undefined;
    const decode = decodeWith(() => new Promise<string>((resolve) => (finish = resolve)));
    const { push, seen, emitter, caughtUp } = setUp({ decode });
    push('s', '1-0');
    emitter.stop();
    emitter.end(() => seen.push('end'));
    expect(seen).toEqual(['end']);
    finish('late');
    emitter.stop();
    await settled();
    expect([seen, caughtUp()]).toEqual([['end'], 0]);
  });
});

test('stopped inside next, the end comes when it has returned, at once decoded or later', async () => {
  for (const decode of [undefined, decodeWith((n) => Promise.resolve(n))]) {
    const { push, seen, emitter, onEntry } = setUp({ decode });
    const during: (number | boolean)[] = [];
    onEntry.push(() => {
      during.push(emitter.queued, emitter.isInNext);
      emitter.stop();
      emitter.end(() => seen.push('end'));
      emitter.stop();
      during.push(emitter.queued, emitter.isInNext);
      seen.push('returns');
    });
    push('s', '1-0', '2-0');
    await settled();
    expect(seen.slice(1)).toEqual(['returns', 'end']);
    expect(during).toEqual([2, true, 1, true]);
    expect([emitter.queued, emitter.isInNext]).toEqual([0, false]);
  }
});

test('an entry that ends the source: that is told before the rest goes back', () => {
  const { push, seen, errors, session } = setUp({ decode: decodeWith((n) => (n === '2-0' ? throwing('bad') : n)) });
  const order: string[] = [];
  const { settled: settle } = session;
  session.settled = (hold, how) => {
    order.push(`${hold.id} ${how.as}, ${errors.length} told`);
    settle.call(session, hold, how);
  };
  push('s', '1-0', '2-0', '3-0');
  expect(seen).toEqual(['s 1-0 1-0']);
  expect(order).toEqual(['2-0 left, 0 told', '3-0 released, 1 told']);
});

test('the end comes after everything that was pushed, and at once when there is nothing', async () => {
  const { push, seen, emitter } = setUp({ decode: decodeWith((n) => Promise.resolve(n)) });
  push('s', '1-0', '2-0');
  emitter.end(() => seen.push('end'));
  expect(seen).toEqual([]);
  await settled();
  expect(seen).toEqual(['s 1-0 1-0', 's 2-0 2-0', 'end']);
  const idle = setUp();
  idle.emitter.end(() => idle.seen.push('end'));
  expect(idle.seen).toEqual(['end']);
});

test('pushed from inside next, entries queue behind', () => {
  const { push, seen, onEntry } = setUp();
  onEntry.push((id) => {
    if (id === '1-0') push('t', '9-0');
  });
  push('s', '1-0', '2-0');
  expect(seen).toEqual(['s 1-0 {}', 's 2-0 {}', 't 9-0 {}']);
});

test('all of a batch counts before the first is handed on; without acks it counts only while a stage holds it', () => {
  const { push, session, onEntry } = setUp();
  const held: number[] = [];
  onEntry.push(() => held.push(session.ledger.held));
  push('s', '1-0', '2-0');
  expect([...held, session.ledger.held]).toEqual([2, 2, 2]);

  const free = setUp({ group: undefined });
  free.onEntry.push((id) => {
    if (id === '1-0') free.session.ledger.books.get('s')?.open.get('1-0')?.take();
  });
  free.push('s', '1-0', '2-0');
  expect(free.open()).toEqual(['1-0']);
  const [stage] = free.session.ledger.books.get('s')?.open.all() ?? [];
  stage?.settle('acked');
  expect(free.session.ledger.held).toBe(0);
});
