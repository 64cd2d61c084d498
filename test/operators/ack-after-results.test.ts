import { concat, EMPTY, firstValueFrom, map, NEVER, of, Subject } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { ackAfter } from '../../src/operators/ack-after.js';
import { FakeSession, watch, type FakeDelivery } from '../support/fake-delivery.js';

/** All microtasks there are, and those they lead to. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('what a project returns', () => {
  it.each([
    ['a string', 'abc'],
    ['an array', [1, 2]],
    ['an iterable', new Set([1])],
    ['nothing', undefined],
    ['null', null],
    ['a function', () => 1],
  ])('%s is one value, settled before it is emitted', (_, result) => {
    const session = new FakeSession();
    const seen: unknown[] = [];
    of(session.delivery('a'))
      .pipe(ackAfter(() => result as unknown))
      .subscribe((value) => seen.push(value, ...session.settled));
    expect(seen).toEqual([result, 'acked a']);
  });

  it("a promise's result is settled before it is emitted", async () => {
    const session = new FakeSession();
    const result = firstValueFrom(
      of(session.delivery('a')).pipe(
        ackAfter(async () => 'done'),
        map((value) => [value, ...session.settled]),
      ),
    );
    expect(session.settled).toEqual([]);
    expect(await result).toEqual(['done', 'acked a']);
  });

  it('a thenable is followed, and only its first answer counts', () => {
    const session = new FakeSession();
    const then = (done: (value: number) => void, fail: (error: Error) => void): void => {
      done(1);
      done(2);
      fail(new Error('late'));
    };
    const { seen } = watch(of(session.delivery('a')).pipe(ackAfter(() => ({ then }) as unknown as PromiseLike<number>)));
    expect([seen, session.settled]).toEqual([['1', 'complete'], ['acked a']]);
  });

  it('an Observable passes its values as they come and is settled at its end', () => {
    const session = new FakeSession();
    const results = new Subject<number>();
    const { seen } = watch(concat(of(session.delivery('a')), NEVER).pipe(ackAfter(() => results)));
    results.next(1);
    results.next(2);
    expect([seen, session.settled]).toEqual([['1', '2'], []]);
    results.complete();
    expect(session.settled).toEqual(['acked a']);
  });

  it('an Observable without a value is acked and emits nothing', () => {
    const session = new FakeSession();
    expect(watch(of(session.delivery('a')).pipe(ackAfter(() => EMPTY))).seen).toEqual(['complete']);
    expect(session.settled).toEqual(['acked a']);
  });

  it.each([
    ['an interop Observable', () => ({ '@@observable': () => of(1, 2) })],
    ['an async iterable', () => numbers()],
    ['an async iterable with a length', () => ({ length: 9, [Symbol.asyncIterator]: () => numbers() })],
    ['a ReadableStream', () => ReadableStream.from(numbers())],
    ['what only reads like one', () => ({ getReader: () => ReadableStream.from(numbers()).getReader() })],
  ])('%s is followed to its end', async (_, project) => {
    const session = new FakeSession();
    const { seen } = watch(of(session.delivery('a')).pipe(ackAfter(project as () => unknown)));
    await settled();
    expect([seen, session.settled]).toEqual([['1', '2', 'complete'], ['acked a']]);
  });

  async function* numbers() {
    yield 1;
    yield 2;
  }
});

describe('arrays', () => {
  it('one project call settles all members', () => {
    const session = new FakeSession();
    const project = vi.fn((entries: readonly FakeDelivery[]) => entries.length);
    const { seen } = watch(of(session.deliveries(3), session.deliveries(1)).pipe(ackAfter(project)));
    expect(seen).toEqual(['3', '1', 'complete']);
    expect(session.settled).toEqual(['acked 1', 'acked 2', 'acked 3', 'acked 4']);
    expect(project).toHaveBeenCalledTimes(2);
  });

  it('an empty one is skipped', () => {
    const project = vi.fn(() => 1);
    expect(watch(of<[FakeDelivery[]]>([]).pipe(ackAfter(project))).seen).toEqual(['complete']);
    expect(project).not.toHaveBeenCalled();
  });

  it('works without a project', () => {
    const session = new FakeSession();
    expect(
      watch(
        of(session.deliveries(2)).pipe(
          ackAfter(),
          map((entries) => entries.length),
        ),
      ).seen,
    ).toEqual(['2', 'complete']);
    expect(session.settled).toEqual(['acked 1', 'acked 2']);
  });

  it('settles what arrived, whatever the project does to the array', () => {
    const session = new FakeSession();
    watch(of(session.deliveries(3)).pipe(ackAfter((entries) => entries.splice(0))));
    expect(session.settled).toEqual(['acked 1', 'acked 2', 'acked 3']);
  });

  it('with something else among them: a TypeError', () => {
    const session = new FakeSession();
    const mixed = [session.delivery(), 7] as unknown as FakeDelivery[];
    expect(watch(of(mixed).pipe(ackAfter())).seen).toEqual([expect.stringMatching(/^error: ackAfter .* got an array of 2/)]);
  });

  it('waits for the confirmation of every session in them', () => {
    const [one, two] = [new FakeSession(), new FakeSession()];
    two.holdBack();
    const { seen } = watch(of([one.delivery(), two.delivery()]).pipe(ackAfter(() => 1)));
    expect(seen).toEqual(['1']);
    two.confirm();
    expect(seen).toEqual(['1', 'complete']);
  });
});

it('a promise that rejects after cancellation is nobody’s unhandled rejection', async () => {
  const unhandled = vi.fn();
  process.on('unhandledRejection', unhandled);
  const session = new FakeSession();
  let reject: (error: Error) => void = () => undefined;
  const { unsubscribe } = watch(of(session.delivery('a')).pipe(ackAfter(() => new Promise((_, no) => (reject = no)))));
  unsubscribe();
  reject(new Error('too late'));
  await settled();
  process.off('unhandledRejection', unhandled);
  expect(unhandled).not.toHaveBeenCalled();
  expect(session.settled).toEqual(['left a']);
});
