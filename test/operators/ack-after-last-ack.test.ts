import { concat, defer, first, firstValueFrom, from, NEVER, of, range, Subject, take, takeWhile, tap } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { ackAfter } from '../../src/operators/ack-after.js';
import { FakeSession, watch, type FakeDelivery } from '../support/fake-delivery.js';

/** All microtasks there are, and those they lead to. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('the last ack is not lost', () => {
  const projects = {
    'a value': () => 1,
    'a promise': () => Promise.resolve(1),
    'a synchronous Observable': () => of(1),
    'an Observable of a promise': () => from(Promise.resolve(1)),
  };
  const ends = {
    take: take(1),
    first: first(),
    takeWhile: takeWhile(() => false),
    'takeWhile, inclusive': takeWhile(() => false, true),
  };
  for (const [what, project] of Object.entries(projects)) {
    it.each(Object.entries(ends))(`${what}: %s`, async (_, end) => {
      const session = new FakeSession();
      watch(from(session.deliveries(3)).pipe(ackAfter(project as () => unknown), end as typeof ends.take));
      await settled();
      expect(session.settled.filter((each) => !each.startsWith('released'))).toEqual(['acked 1']);
      expect(session.taken.every((id) => !session.open.has(id))).toBe(true);
    });

    it(`${what}: firstValueFrom`, async () => {
      const session = new FakeSession();
      expect(await firstValueFrom(from(session.deliveries(3)).pipe(ackAfter(project as () => unknown)))).toBe(1);
      expect(session.settled).toContain('acked 1');
    });
  }
});

describe('downstream unsubscribes inside a value of an Observable', () => {
  function run(project: (entry: FakeDelivery) => unknown) {
    const session = new FakeSession();
    const { seen } = watch(of(session.delivery('a')).pipe(ackAfter(project), take(1)));
    return { seen, session };
  }

  it('what follows in the same call stack still counts, unseen', () => {
    const { seen, session } = run(() => of(1, 2, 3));
    expect([seen, session.settled]).toEqual([['1', 'complete'], ['acked a']]);
  });

  it('the asynchronous rest is cancelled when subscribe returns', () => {
    let later = false;
    const { session } = run(() => concat(of(1), NEVER.pipe(tap({ unsubscribe: () => (later = true) }))));
    expect([later, session.settled]).toEqual([true, ['left a']]);
  });

  it('from a later call stack: a completion in the same one counts', async () => {
    const results = new Subject<number>();
    const { session } = run(() => results);
    results.next(1);
    expect(session.settled).toEqual([]);
    results.complete();
    expect(session.settled).toEqual(['acked a']);
  });

  it('from a later call stack: without a completion it is cancelled right after it', async () => {
    const results = new Subject<number>();
    const { session } = run(() => results);
    results.next(1);
    await Promise.resolve();
    expect([session.settled, results.observed]).toEqual([['left a'], false]);
  });

  it('an error that follows leaves the entry, whatever onError says', () => {
    const session = new FakeSession();
    const failing = concat(
      of(1),
      defer(() => {
        throw new Error('then');
      }),
    );
    const onError = vi.fn(() => 'nack' as const);
    watch(
      of(session.delivery('a')).pipe(
        ackAfter(() => failing, { onError }),
        take(1),
      ),
    );
    expect([session.settled, onError.mock.calls]).toEqual([['left a'], []]);
  });

  it('an endless synchronous one is cut off', () => {
    const { session } = run(() => range(0, Infinity));
    expect(session.settled).toEqual(['left a']);
  });

  it('an async iterable is closed at once: it goes no step further', async () => {
    const steps: string[] = [];
    async function* work() {
      try {
        yield 1;
        steps.push('went on');
      } finally {
        steps.push('closed');
      }
    }
    const { session } = run(work);
    await settled();
    expect([steps, session.settled]).toEqual([['closed'], ['left a']]);
  });

  it('others that run are cancelled at once', () => {
    const session = new FakeSession();
    const results = new Subject<number>();
    const project = ({ id }: FakeDelivery) => (id === '1' ? NEVER : results);
    watch(from(session.deliveries(2)).pipe(ackAfter(project, { concurrency: 2 }), take(1)));
    results.next(1);
    expect(session.settled).toEqual(['left 1']);
    results.complete();
    expect(session.settled).toEqual(['left 1', 'acked 2']);
  });
});
