import { concat, from, NEVER, of, Subject } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { ackAfter } from '../../src/operators/ack-after.js';
import type { ErrorAction } from '../../src/operators/settle-failure.js';
import { FakeSession, watch, type FakeDelivery } from '../support/fake-delivery.js';

const boom = new Error('boom');
const boomFor =
  (...ids: string[]) =>
  ({ id }: FakeDelivery): string => {
    if (ids.includes(id)) throw boom;
    return id;
  };

describe('onError as a function', () => {
  it('picks for each error and delivery', () => {
    const session = new FakeSession({ deadLetter: true });
    const onError = vi.fn((_: unknown, { id }: FakeDelivery) => (id === '1' ? 'nack' : 'reject') as ErrorAction);
    const entries = session.deliveries(3);
    const { seen } = watch(from(entries).pipe(ackAfter(boomFor('1', '3'), { onError })));
    expect([seen, session.settled]).toEqual([
      ['2', 'complete'],
      ['nacked 1', 'acked 2', 'rejected 3'],
    ]);
    expect(onError.mock.calls).toEqual([
      [boom, entries[0]],
      [boom, entries[2]],
    ]);
  });

  it('gets the array, for arrays', () => {
    const array = new FakeSession().deliveries(2);
    const onError = vi.fn(() => 'nack' as const);
    watch(
      of(array).pipe(
        ackAfter(
          () => {
            throw boom;
          },
          { onError },
        ),
      ),
    );
    expect(onError).toHaveBeenCalledExactlyOnceWith(boom, array);
  });

  it.each([
    ['throws', () => throwNow(new Error('worse')), 'error: worse'],
    ['picks nothing', () => undefined, "error: onError must pick 'throw', 'nack' or 'reject', and picked undefined"],
  ])('that %s stops the stage', (_, onError, told) => {
    const session = new FakeSession();
    const source = concat(from(session.deliveries(2)), NEVER);
    const { seen } = watch(source.pipe(ackAfter(boomFor('1'), { onError: onError as unknown as () => ErrorAction })));
    expect([seen, session.settled]).toEqual([[told], ['left 1']]);
  });

  it('still decides while the stage stops', () => {
    const session = new FakeSession();
    const [one, two] = [new Subject<never>(), new Subject<never>()];
    const onError = (_: unknown, { id }: FakeDelivery): ErrorAction => (id === '1' ? 'throw' : 'nack');
    const { seen } = watch(
      from(session.deliveries(2)).pipe(ackAfter(({ id }) => (id === '1' ? one : two), { concurrency: 2, onError })),
    );
    one.error(boom);
    two.error(new Error('second'));
    expect([seen, session.settled]).toEqual([['error: boom'], ['left 1', 'nacked 2']]);
  });
});

function throwNow(error: Error): never {
  throw error;
}
