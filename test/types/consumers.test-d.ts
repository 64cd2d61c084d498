/** Pull consumers give entries of the type that their options say. */
import {
  Consumer,
  GroupConsumer,
  type Delivery,
  type Entry,
  type Fields,
  type FieldValue,
  type RedisClient,
} from '../../src/index.js';

declare const redis: RedisClient;

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
/** Compiles only when both are the same type. */
function same<A, B>(_: Same<A, B>): void {}

export const text = new Consumer(redis, { streams: 's' });
same<typeof text, Consumer<Fields, string>>(true);
same<Awaited<ReturnType<typeof text.getEntry>>, Entry<Fields, string> | undefined>(true);
export const bytes = new Consumer(redis, { streams: 's', binary: true });
same<Awaited<ReturnType<typeof bytes.getEntry>>, Entry<Fields<Buffer>, Buffer> | undefined>(true);
export const lengths = new Consumer(redis, { streams: 's', binary: true, decode: ({ n }) => n?.length ?? 0 });
same<Awaited<ReturnType<typeof lengths.getEntry>>, Entry<number, Buffer> | undefined>(true);
export const numbers = new Consumer(redis, { streams: 's', decode: async ({ n }) => Number(n) });
same<Awaited<ReturnType<typeof numbers.getEntry>>, Entry<number, string> | undefined>(true);

export const member = new GroupConsumer(redis, { streams: 's', group: 'g' });
same<Awaited<ReturnType<typeof member.getEntry>>, Delivery<Fields, string> | undefined>(true);
export const bytesMember = new GroupConsumer(redis, { streams: 's', group: 'g', binary: true });
same<Awaited<ReturnType<typeof bytesMember.getEntry>>, Delivery<Fields<Buffer>, Buffer> | undefined>(true);
export const lengthsMember = new GroupConsumer(redis, {
  streams: 's',
  group: 'g',
  binary: true,
  decode: ({ n }) => n?.length ?? 0,
});
same<Awaited<ReturnType<typeof lengthsMember.getEntry>>, Delivery<number, Buffer> | undefined>(true);

/** Not known before it runs. */
declare const binary: boolean;
export const either = new Consumer(redis, { streams: 's', binary });
same<Awaited<ReturnType<typeof either.getEntry>>, Entry<Fields<FieldValue>, FieldValue> | undefined>(true);

/** The names are types too, and classes to build upon. */
export const all: (Consumer | GroupConsumer<number, Buffer>)[] = [text, lengthsMember];
export class Orders extends GroupConsumer<Fields> {
  next(): Promise<Delivery | undefined> {
    return this.getEntry();
  }
}

export const wrong = [
  // @ts-expect-error only a group has a consumer
  new Consumer(redis, { streams: 's', consumer: 'me' }),
  // @ts-expect-error there is no window
  new Consumer(redis, { streams: 's', refillAt: 5 }),
  // @ts-expect-error nor does it drain
  new GroupConsumer(redis, { streams: 's', group: 'g', until: 'drained' }),
  // @ts-expect-error nor claim
  new GroupConsumer(redis, { streams: 's', group: 'g', claimIdle: { minIdle: 60_000 } }),
  // @ts-expect-error there is no dead-letter stream to reject to
  new GroupConsumer(redis, { streams: 's', group: 'g', onInvalid: 'reject' }),
  // @ts-expect-error a group has a name
  new GroupConsumer(redis, { streams: 's' }),
];
