import { EMPTY, NEVER, of, Subject, throwError, toArray, type Observable } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { forwardTo } from '../../src/operators/forward-to.js';
import type { Delivery } from '../../src/entry.js';
import { FakeSession, watch, type FakeDelivery } from '../support/fake-delivery.js';
import { marbles } from '../support/marbles.js';

type In = FakeDelivery;

function setUp(count = 0) {
  const session = new FakeSession({ deadLetter: true });
  const subject = new Subject<In>();
  return { session, subject, source: session.source(subject), all: session.deliveries(count) };
}
const added = ({ forwarded }: FakeSession): string[] => forwarded.map(({ id, to, fields }) => `${id} ${to} ${fields.join(' ')}`);

describe('what comes of an entry is added where it is acked', () => {
  test('fields of the project, as an object or as pairs', () => {
    const { session, all } = setUp(2);
    const { seen } = watch(
      session.source(of(...all)).pipe(
        forwardTo('out', ({ id }) =>
          id === '1'
            ? { n: 1, b: Buffer.from('b') }
            : ([
                ['f', 'x'],
                ['f', 'y'],
              ] as const),
        ),
        toArray(),
      ),
    );
    expect(session.forwarded).toEqual([
      { id: '1', to: 'out', fields: ['n', 1, 'b', Buffer.from('b')], trim: undefined },
      { id: '2', to: 'out', fields: ['f', 'x', 'f', 'y'], trim: undefined },
    ]);
    expect(session.settled).toEqual(['acked 1', 'acked 2']);
    expect(seen.at(-1)).toBe('complete');
  });

  test('without a project those of the entry, which is passed on', () => {
    const { session } = setUp();
    const { seen } = watch(session.source(of(session.delivery('7', { a: 'b', c: 'd' }))).pipe(forwardTo('out')));
    expect(added(session)).toEqual(['7 out a b c d']);
    expect(seen).toEqual(['7', 'complete']);
  });

  test('undefined adds nothing, and acks', async () => {
    const { session, all } = setUp(2);
    const { seen } = watch(
      session.source(of(...all)).pipe(forwardTo('out', ({ id }) => (id === '1' ? undefined : Promise.resolve(undefined)))),
    );
    await new Promise(setImmediate);
    expect(added(session)).toEqual([]);
    expect(session.settled).toEqual(['acked 1', 'acked 2']);
    expect(seen).toEqual(['undefined', 'undefined', 'complete']);
  });

  test('a promise is waited for, and settled before it is emitted', async () => {
    const { session, all } = setUp(1);
    const order: string[] = [];
    session
      .source(of(...all))
      .pipe(forwardTo('out', async () => ({ a: '1' })))
      .subscribe((made) => {
        order.push(`${added(session).join()} then ${JSON.stringify(made)}`);
      });
    await new Promise(setImmediate);
    expect(order).toEqual(['1 out a 1 then {"a":"1"}']);
  });

  test('to a stream for each entry, trimmed as asked', () => {
    const { session, all } = setUp(2);
    let hour = 0;
    const minId = (): string => `${++hour}-0`;
    watch(
      session.source(of(...all)).pipe(
        forwardTo(
          ({ id }) => `out:${id}`,
          () => ({ a: 'b' }),
          { minId, limit: 0 },
        ),
      ),
    );
    expect(session.forwarded.map(({ to, trim }) => [to, trim])).toEqual([
      ['out:1', { by: 'MINID', threshold: '1-0', exact: false, limit: 0 }],
      ['out:2', { by: 'MINID', threshold: '2-0', exact: false, limit: 0 }],
    ]);
  });

  test('as the work ends, and as many at once as concurrency says', () => {
    marbles.run(({ deliveries, expectObservable, expectSettled }) => {
      const source = deliveries('ab-----|');
      const work = (frames: number) => (delivery: Delivery<unknown>) => ({ v: String(delivery.value), frames });
      expectObservable(source.pipe(forwardTo('out', work(1), { concurrency: 2 }))).toBe('xy-----|', {
        x: { v: 'a', frames: 1 },
        y: { v: 'b', frames: 1 },
      });
      expectSettled(source).toBe('ab');
    });
  });
});

describe('what goes wrong', () => {
  test('another slot: at once, before any work', () => {
    const { session, all } = setUp(2);
    session.apart.add('out');
    let worked = 0;
    const { seen } = watch(session.source(of(...all)).pipe(forwardTo('out', () => ({ n: ++worked }), { onError: 'nack' })));
    expect(seen).toEqual(['error: nothing can be forwarded to out']);
    expect([worked, added(session), session.settled]).toEqual([0, [], ['left 1']]);
  });

  test('another slot, where the stream is a function: a failure of that entry', () => {
    const { session, all } = setUp(2);
    session.apart.add('out:1');
    const { seen } = watch(
      session.source(of(...all)).pipe(
        forwardTo(
          ({ id }) => `out:${id}`,
          () => ({ a: 'b' }),
          { onError: 'reject' },
        ),
      ),
    );
    expect(session.settled).toEqual(['rejected 1', 'acked 2']);
    expect(added(session)).toEqual(['2 out:2 a b']);
    expect(seen).toEqual(['[object Object]', 'complete']);
  });

  test.each([
    ['a string', 'text', 'a string'],
    ['a number', 5, 'a number'],
    ['null', null, 'null'],
    ['no field', {}, 'an object without fields'],
    ['no pair', [], '[]'],
    ['a list of names', ['a', 'b'], 'a list with a string in it'],
    ['a nested value', { n: 1, a: { b: 'c' } }, 'fields, of which no. 2 is an object (Object)'],
    ['not a number', { a: NaN }, 'fields, of which no. 1 is a number'],
    ['a missing value', { a: undefined }, 'fields, of which no. 1 is undefined'],
    ['a name that is none', [[{}, 'v']], 'fields, of which no. 1 has a name that is an object (Object)'],
  ])('%s is no fields: a failure of that entry, which quotes nothing', (_, made, got) => {
    const { session, all } = setUp(1);
    const { seen } = watch(session.source(of(...all)).pipe(forwardTo('out', () => made as never)));
    expect(seen).toEqual([
      `error: the result of project is ${got}, but must be an object of fields, or a list of [name, value], at least one, each a string, a number or a Buffer.`,
    ]);
    expect([added(session), session.settled]).toEqual([[], ['left 1']]);
  });

  test('an Observable is no result', () => {
    const { session, all } = setUp(1);
    const { seen } = watch(session.source(of(...all)).pipe(forwardTo('out', () => NEVER as never)));
    expect(seen).toEqual(['error: the result of project is an object (Observable), but must be fields, or a promise of them.']);
    expect(session.settled).toEqual(['left 1']);
  });

  test('a stream that is no name: a failure of that entry', () => {
    const { session, all } = setUp(1);
    const { seen } = watch(
      session.source(of(...all)).pipe(
        forwardTo(
          () => '',
          () => ({ a: 'b' }),
        ),
      ),
    );
    expect(seen).toEqual(['error: the stream of an entry is an empty string, but must be a name.']);
    expect(session.settled).toEqual(['left 1']);
  });

  test('a project that throws or rejects: as onError says', async () => {
    const { session, all } = setUp(2);
    const boom = new Error('boom');
    const project = ({ id }: In): Promise<{ a: string }> => {
      if (id === '1') throw boom;
      return Promise.reject(boom);
    };
    const { seen } = watch(session.source(of(...all)).pipe(forwardTo('out', project, { onError: 'nack' })));
    await new Promise(setImmediate);
    expect(session.settled).toEqual(['nacked 1', 'nacked 2']);
    expect(seen).toEqual(['complete']);
  });

  test('what is no delivery, and several at once', () => {
    const { session, all } = setUp(2);
    const { seen } = watch((of('text') as Observable<never>).pipe(forwardTo('out')));
    expect(seen[0]).toMatch(/^error: forwardTo works on deliveries, one by one, of this library, but got a string/);
    const several = watch((session.source(of(all)) as Observable<never>).pipe(forwardTo('out')));
    expect(several.seen[0]).toMatch(/but got an array of 2/);
    expect(session.settled).toEqual(['left 1', 'left 2']);
  });

  test.each([
    [{ maxLength: 0 }, RangeError],
    [{ maxLength: '5' }, TypeError],
    [{ maxLength: 5, minId: '1-0' }, RangeError],
    [{ minId: 'x' }, RangeError],
    [{ minId: 5 }, TypeError],
    [{ maxLength: 5, exact: 1 }, TypeError],
    [{ maxLength: 5, exact: true, limit: 1 }, RangeError],
    [{ maxLength: 5, limit: -1 }, RangeError],
    [{ limit: 1 }, RangeError],
    [{ exact: true }, RangeError],
    [{ concurrency: 0 }, RangeError],
  ])('wrong options are refused at the call: %o', (options, kind) => {
    expect(() => forwardTo('out', undefined, options as never)).toThrow(kind);
  });

  test('a wrong stream, and a wrong project, too', () => {
    expect(() => forwardTo('')).toThrow(RangeError);
    expect(() => forwardTo(5 as never)).toThrow(TypeError);
    expect(() => forwardTo('out', 'x' as never)).toThrow(TypeError);
  });
});

describe('as a stage', () => {
  test('never, empty, error', () => {
    expect(watch(NEVER.pipe(forwardTo('out'))).seen).toEqual([]);
    expect(watch(EMPTY.pipe(forwardTo('out'))).seen).toEqual(['complete']);
    expect(watch(throwError(() => new Error('no')).pipe(forwardTo('out'))).seen).toEqual(['error: no']);
  });

  test('completes only when what was forwarded is confirmed', () => {
    const { session, all } = setUp(1);
    session.holdBack();
    const { seen } = watch(session.source(of(...all)).pipe(forwardTo('out', () => ({ a: 'b' }))));
    expect(seen).toEqual(['[object Object]']);
    session.confirm();
    expect(seen).toEqual(['[object Object]', 'complete']);
  });

  test('a refusal of Redis goes downstream', () => {
    const { session, subject, source, all } = setUp(1);
    const { seen } = watch(source.pipe(forwardTo('out', () => ({ a: 'b' }))));
    subject.next(all[0]!);
    session.refuse();
    expect(seen).toEqual(['[object Object]', 'error: refused']);
  });

  test('unsubscribed early: what runs is left, and nothing of it is added', async () => {
    const { session, subject, source, all } = setUp(2);
    let end: (made: { a: string }) => void = () => undefined;
    const { unsubscribe } = watch(source.pipe(forwardTo('out', () => new Promise<{ a: string }>((resolve) => (end = resolve)))));
    for (const each of all) subject.next(each);
    unsubscribe();
    end({ a: 'b' });
    await new Promise(setImmediate);
    expect(session.settled.toSorted()).toEqual(['left 1', 'released 2']);
    expect(added(session)).toEqual([]);
  });

  test('subscribed twice: two of them', () => {
    const [one, two] = [setUp(1), setUp(1)];
    const operator = forwardTo<In, { a: string }>('out', () => ({ a: 'b' }));
    watch(one.session.source(of(...one.all)).pipe(operator));
    watch(two.session.source(of(...two.all)).pipe(operator));
    expect([added(one.session), added(two.session)]).toEqual([['1 out a b'], ['1 out a b']]);
  });

  test('an entry that comes inside next waits for its turn', () => {
    const { session, subject, source, all } = setUp(2);
    const seen: string[] = [];
    source.pipe(forwardTo('out', ({ id }) => ({ id }))).subscribe(({ id }) => {
      if (id === '1') subject.next(all[1]!);
      seen.push(id);
    });
    subject.next(all[0]!);
    expect(seen).toEqual(['1', '2']);
    expect(added(session)).toEqual(['1 out id 1', '2 out id 2']);
  });
});
