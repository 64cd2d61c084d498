/** Compiles, or the stages infer something else than their documentation says. */
import type { ReadableStream } from 'node:stream/web';
import { bufferCount, filter, map, type Observable } from 'rxjs';
import type { Delivery, Entry } from '../../src/entry.js';
import { ackAfter } from '../../src/operators/ack-after.js';
import { ackUnless } from '../../src/operators/ack-unless.js';
import type { Followed } from '../../src/operators/followed.js';

interface Order {
  readonly total: number;
}
interface Paid extends Delivery<Order> {
  readonly paid: true;
}

declare const entries: Observable<Entry>;
declare const orders: Observable<Delivery<Order>>;
declare const bytes: Observable<Delivery<Order, Buffer>>;
declare const bulkInsert: (orders: readonly Delivery<Order>[]) => Promise<number>;
declare const text: string;

/** Fails to compile unless both are the same type. */
const same = <A>() => ({ as: <B>(..._: [A] extends [B] ? ([B] extends [A] ? [] : [never]) : [never]): void => undefined });

// what is followed, and what is a value
same<Followed<string>>().as<string>();
same<Followed<string[]>>().as<string[]>();
same<Followed<Set<number>>>().as<Set<number>>();
same<Followed<{ readonly a: 1 }>>().as<{ readonly a: 1 }>();
same<Followed<Order>>().as<Order>();
same<Followed<void>>().as<void>();
same<Followed<undefined>>().as<undefined>();
same<Followed<Promise<number>>>().as<number>();
same<Followed<Observable<Order>>>().as<Order>();
same<Followed<AsyncGenerator<number>>>().as<number>();
same<Followed<ReadableStream<number>>>().as<number>();
same<Followed<string | Promise<number>>>().as<string | number>();
// @ts-expect-error `same` itself tells types apart
same<string>().as<number>();

// in a pipe, without a type argument
export const values: Observable<number> = orders.pipe(ackAfter((order) => order.value.total));
export const promised: Observable<string> = orders.pipe(ackAfter(async ({ value }, index) => value.total.toFixed(index)));
export const observed: Observable<Order> = orders.pipe(ackAfter(() => orders.pipe(map(({ value }) => value))));
export const nothing: Observable<void> = orders.pipe(ackAfter(() => undefined));
export const plain: Observable<string | undefined> = entries.pipe(ackAfter((entry) => entry.fields['customer']));
export const binary: Observable<Buffer | undefined> = bytes.pipe(ackAfter(({ fields }) => fields['picture']));
export const arrays: Observable<number> = orders.pipe(bufferCount(100), ackAfter(bulkInsert));
export const inline: Observable<number> = orders.pipe(
  bufferCount(100),
  ackAfter((each) => each.length),
);
export const passedOn: Observable<Delivery<Order>> = orders.pipe(ackAfter());
export const passedOnArrays: Observable<Delivery<Order>[]> = orders.pipe(bufferCount(2), ackAfter());
export const passedOnWithOptions: Observable<Delivery<Order>> = orders.pipe(ackAfter(undefined, { concurrency: 2 }));
export const mapped: Observable<number> = orders.pipe(
  map((order) => order.mapValue(({ total }) => total)),
  ackAfter(({ value }) => value),
);

// options know the delivery, or the array
void orders.pipe(ackAfter(() => 1, { concurrency: 8, key: (order) => order.value.total, onError: 'nack' }));
void orders.pipe(
  ackAfter(() => 1, { onError: (error, order) => (error instanceof TypeError && order.attempt > 3 ? 'reject' : 'throw') }),
);
void orders.pipe(
  bufferCount(2),
  ackAfter(() => 1, { onError: (_, each) => (each.length > 1 ? 'nack' : 'throw') }),
);

const numbers = orders.pipe(map(({ value }) => value.total));
// @ts-expect-error what is no entry has nothing to ack
void numbers.pipe(ackAfter(() => 1));
// @ts-expect-error nor without a project
void numbers.pipe(ackAfter());
// @ts-expect-error no such action
void orders.pipe(ackAfter(() => 1, { onError: 'ignore' }));
// @ts-expect-error no such action, from a function
void orders.pipe(ackAfter(() => 1, { onError: () => 'ignore' }));
// @ts-expect-error no such option
void orders.pipe(ackAfter(() => 1, { parallel: 3 }));
// @ts-expect-error a number
void orders.pipe(ackAfter(() => 1, { concurrency: text }));
// @ts-expect-error no project
void orders.pipe(ackAfter({ concurrency: 3 }));

// ackUnless is filter
export const kept: Observable<Delivery<Order>> = orders.pipe(ackUnless((order) => order.value.total > 0));
export const guarded: Observable<Paid> = orders.pipe(ackUnless((order): order is Paid => 'paid' in order));
export const likeFilter: Observable<Paid> = orders.pipe(filter((order): order is Paid => 'paid' in order));
export const readable: Observable<Entry> = entries.pipe(ackUnless((_, index) => index > 0));

// @ts-expect-error a promise is always truthy
void orders.pipe(ackUnless(async (order) => order.value.total > 0));
const batches = orders.pipe(bufferCount(2));
// @ts-expect-error arrays have to be filtered before they are arrays
void batches.pipe(ackUnless(() => true));
