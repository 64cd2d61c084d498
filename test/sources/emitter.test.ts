import { VirtualTimeScheduler } from 'rxjs';
import { expect, test } from 'vitest';
import { AckSession } from '../../src/acks/session.js';
import type { Fields, FieldValue } from '../../src/entry.js';
import type { Decode, Plan } from '../../src/plan.js';
import { Emitter } from '../../src/sources/emitter.js';
import type { StandardSchema } from '../../src/standard-schema.js';
import { FakePort } from '../support/fake-port.js';
import { GROUP, PLAN } from '../support/plans.js';

function setUp(options: Partial<Plan> = {}) {
  const plan: Plan = { ...PLAN, group: GROUP, ...options };
  const clock = new VirtualTimeScheduler();
  const session = new AckSession(plan, {
    port: new FakePort(),
    scheduler: clock,
    soon: clock,
    dice: () => 1,
    tell: () => undefined,
    changed: () => undefined,
    refused: () => undefined,
    nacked: () => undefined,
  });
  const seen: string[] = [];
  const errors: Error[] = [];
  const onEntry: ((id: string) => void)[] = [];
  let caughtUp = 0;
  const emitter = new Emitter(plan, session, {
    entry: (entry) => {
      seen.push(`${entry.stream} ${entry.id} ${typeof entry.value === 'string' ? entry.value : '{}'}`);
      for (const each of onEntry) each(entry.id);
    },
    undecodable: (error) => errors.push(error),
    caughtUp: () => (caughtUp += 1),
  });
  return {
    emitter,
    session,
    seen,
    errors,
    onEntry,
    caughtUp: () => caughtUp,
    push: (stream: string, ...ids: string[]) =>
      emitter.push({ stream, entries: ids.map((id) => ({ id, pairs: ['n', id] })) }, 'fresh'),
    open: (stream = 's') => [...(session.ledger.books.get(stream)?.open.keys() ?? [])],
    left: (stream = 's') => [...(session.ledger.books.get(stream)?.left ?? [])],
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

test.each<[string, (n: string) => unknown, object]>([
  ['throws', () => throwing('bad'), { message: expect.stringContaining('bad'), cause: new Error('bad') }],
  ['rejects', () => Promise.reject(new Error('bad')), { cause: new Error('bad') }],
])('a decode that %s: a DecodeError, the entry is left, the rest goes back', async (_, fail, expected) => {
  const { push, seen, errors, left, open } = setUp({ decode: decodeWith((n) => (n === '2-0' ? fail(n) : n)) });
  push('s', '1-0', '2-0', '3-0');
  await settled();
  expect(seen).toEqual(['s 1-0 1-0']);
  expect(errors).toMatchObject([{ code: 'DECODE_FAILED', stream: 's', id: '2-0', issues: [], ...expected }]);
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
  expect(errors[0]?.message).toContain('1-0 of s cannot be decoded: no number');
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
  const [stage] = free.session.ledger.books.get('s')?.open.values() ?? [];
  stage?.settle('acked');
  expect(free.session.ledger.held).toBe(0);
});
