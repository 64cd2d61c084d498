/** What must compile, with exactly which type, and what must not. */
import { concatMap, filter, map, type Observable } from 'rxjs';
import {
  ackAfter,
  backlogFirst,
  bufferRefill,
  claimIdle,
  exponentialDelay,
  fromGroup,
  fromStreams,
  redeliver,
  untilDrained,
  type Delivery,
  type Entry,
  type Fields,
  type GroupSource,
  type HeldEntry,
  type RedisClient,
  type StandardSchema,
  type StreamsSource,
} from '../../src/index.js';

declare const redis: RedisClient;
declare const schema: StandardSchema<{ total: number }>;

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
/** Compiles only when both are the same type. */
function same<A, B>(_: Same<A, B>): void {}

const group = fromGroup(redis, { streams: 's', group: 'g', consumer: 'me' });
const alone = fromStreams(redis, { streams: ['a', 'b'] });

// Refiners keep the source a source, of the same entries.
export const refined = group.pipe(backlogFirst(), bufferRefill({ size: 4 }), untilDrained());
same<typeof refined, GroupSource<Fields, string>>(true);
same<typeof refined extends Observable<infer T> ? T : never, Delivery<Fields, string>>(true);
export const tail = alone.pipe(bufferRefill({ size: 4 }), untilDrained({ timeout: 5 }));
same<typeof tail, StreamsSource<Fields, string, Entry<Fields, string>>>(true);

export const adopting = group.pipe(
  claimIdle({ minIdle: 60_000 }),
  redeliver({ maxDeliveries: 3, deadLetter: 'dead' }),
  backlogFirst(),
);
same<typeof adopting, GroupSource<Fields, string>>(true);
export const optioned = group.with({ claimIdle: { minIdle: 60_000, every: 5_000 }, lease: { renewEvery: 500 }, redeliver: {} });
same<typeof optioned, GroupSource<Fields, string>>(true);
// A delay is a number of ms, or a function of the deliveries so far and of chance; the ready-made one is such a function.
export const delays = [
  redeliver(),
  redeliver({ delay: 500 }),
  redeliver({ delay: (attempt) => 100 * attempt }),
  redeliver({ delay: (attempt, dice) => attempt * dice }),
  redeliver({ delay: exponentialDelay({ first: 500, most: 30_000, jitter: 0.2 }) }),
];

// Through pipe, operators of RxJS and stages see precise entries.
export const values = group.pipe(
  backlogFirst(),
  filter((delivery) => delivery.attempt < 3),
  map((delivery) => delivery.mapValue(({ n }) => Number(n))),
);
same<typeof values, Observable<Delivery<number, string>>>(true);
export const worked = group.pipe(
  bufferRefill({ size: 4 }),
  ackAfter((delivery) => {
    same<typeof delivery, Delivery<Fields, string>>(true);
    return delivery.fields['n'];
  }),
);
same<typeof worked, Observable<string | undefined>>(true);
export const inner = group.pipe(concatMap((delivery) => Promise.resolve(delivery.id)));
same<typeof inner, Observable<string>>(true);

// `decode` gives the value: a function, an asynchronous one, a Standard Schema.
export const parsed = fromGroup(redis, { streams: 's', group: 'g', decode: ({ n }) => Number(n) });
same<typeof parsed, GroupSource<number, string>>(true);
export const awaited = fromStreams(redis, { streams: 's', decode: async ({ n }) => ({ n }) });
same<typeof awaited extends Observable<infer T> ? T : never, Entry<{ n: string | undefined }, string>>(true);
// A checkpoint gives entries with `ack()`, in Redis or in a store of one's own, with `decode` and `binary` as without.
export const kept = fromStreams(redis, { streams: 's', checkpoint: 'reports' });
same<typeof kept, StreamsSource<Fields, string, HeldEntry<Fields, string>>>(true);
export const keptElsewhere = fromStreams(redis, {
  streams: 's',
  decode: ({ n }) => Number(n),
  checkpoint: { load: async (streams: readonly string[]) => ({ [streams.join()]: '5-0' }), save: () => true },
});
same<typeof keptElsewhere, StreamsSource<number, string, HeldEntry<number, string>>>(true);
export const keptBytes = fromStreams(redis, { streams: 's', binary: true, checkpoint: 'reports' });
same<typeof keptBytes, StreamsSource<Fields<Buffer>, Buffer, HeldEntry<Fields<Buffer>, Buffer>>>(true);
export const keptWork = kept.pipe(
  bufferRefill({ size: 4 }),
  ackAfter((entry) => {
    same<typeof entry, HeldEntry<Fields, string>>(true);
    return entry.id;
  }),
);
same<typeof keptWork, Observable<string>>(true);
// @ts-expect-error A store has both.
void fromStreams(redis, { streams: 's', checkpoint: { load: () => undefined } });
// @ts-expect-error Only fromStreams has one: a group keeps its own position.
void fromGroup(redis, { streams: 's', group: 'g', checkpoint: 'reports' });

export const checked = fromGroup(redis, { streams: 's', group: 'g', decode: schema });
same<typeof checked extends Observable<infer T> ? T : never, Delivery<{ total: number }, string>>(true);

// `binary` gives Buffers, to `decode` too.
export const bytes = fromGroup(redis, { streams: 's', group: 'g', binary: true });
same<typeof bytes extends Observable<infer T> ? T : never, Delivery<Fields<Buffer>, Buffer>>(true);
export const lengths = fromStreams(redis, { streams: 's', binary: true, decode: ({ n }) => n?.length ?? 0 });
same<typeof lengths extends Observable<infer T> ? T : never, Entry<number, Buffer>>(true);

// Only what somebody has to settle can be acked.
export const held = fromStreams(redis, { streams: 's', settle: 'manual' });
same<typeof held extends Observable<infer T> ? T : never, HeldEntry<Fields, string>>(true);
// @ts-expect-error an entry that nobody owes an ack for has no ack()
export type NotToAck = Entry['ack'];

// `with` takes the options of its source, and gives the same kind of source.
export const other = group.with({ bufferSize: 5, consumer: 'you' });
same<typeof other, GroupSource<Fields, string>>(true);
export const patient = alone.with({ timeout: 60_000 });
same<typeof patient, StreamsSource<Fields, string, Entry<Fields, string>>>(true);
// @ts-expect-error a reader without a group has no consumer
export const nobody = alone.with({ consumer: 'you' });

// What they change about entries is seen: Buffers, values, who has to settle.
export const asBytes = group.with({ binary: true });
same<typeof asBytes, GroupSource<Fields<Buffer>, Buffer>>(true);
export const decodedBytes = group.with({ binary: true, decode: ({ n }) => n?.readUInt8() });
same<typeof decodedBytes, GroupSource<number | undefined, Buffer>>(true);
export const asText = bytes.with({ binary: false });
same<typeof asText, GroupSource<Fields, string>>(true);
export const stillParsed = parsed.with({ bufferSize: 5 });
same<typeof stillParsed, GroupSource<number, string>>(true);
export const otherwiseParsed = parsed.with({ decode: ({ n }) => n === '1' });
same<typeof otherwiseParsed, GroupSource<boolean, string>>(true);
export const toSettle = alone.with({ settle: 'manual' });
same<typeof toSettle extends Observable<infer T> ? T : never, HeldEntry<Fields, string>>(true);
export const stillToSettle = held.with({ timeout: 60_000 });
same<typeof stillToSettle, typeof held>(true);
export const bytesToSettle = held.with({ binary: true });
same<typeof bytesToSettle extends Observable<infer T> ? T : never, HeldEntry<Fields<Buffer>, Buffer>>(true);
export const notToSettle = held.with({ settle: 'auto' });
same<typeof notToSettle extends Observable<infer T> ? T : never, Entry<Fields, string>>(true);
export const acked = alone.with({ settle: 'manual', binary: true }).pipe(concatMap((entry) => entry.ack()));
same<typeof acked, Observable<void>>(true);
declare const either: boolean;
// @ts-expect-error what the fields hold has to be known
export const who = group.with({ binary: either });
// @ts-expect-error a decode of text cannot be given Buffers
export const late = bytes.with({ decode: ({ n }: Fields) => n });
// @ts-expect-error only a reader without a group has to say who settles
export const settled = group.with({ settle: 'manual' });

export const misplaced = [
  group.pipe(
    map((delivery) => delivery),
    // @ts-expect-error behind map() a refiner is too late
    backlogFirst(),
  ),
  group.pipe(
    filter(() => true),
    // @ts-expect-error behind filter() too
    bufferRefill({ size: 4 }),
  ),
  group.pipe(
    ackAfter(),
    // @ts-expect-error and behind a stage
    untilDrained(),
  ),
  group.pipe(
    untilDrained(),
    map((delivery) => delivery),
    // @ts-expect-error nor does a refiner in its place help one that is not
    backlogFirst(),
  ),
  alone.pipe(
    // @ts-expect-error without a group there is no backlog
    backlogFirst(),
  ),
  alone.pipe(
    bufferRefill({ size: 4 }),
    // @ts-expect-error nor behind a refiner that is right
    backlogFirst(),
  ),
];

export const misplacedInAGroup = [
  group.pipe(
    map((delivery) => delivery),
    // @ts-expect-error behind map() it is too late to claim
    claimIdle({ minIdle: 60_000 }),
  ),
  group.pipe(
    ackAfter(),
    // @ts-expect-error and behind a stage to deliver again
    redeliver(),
  ),
  group.pipe(
    backlogFirst(),
    filter(() => true),
    // @ts-expect-error nor does a refiner in its place help one that is not
    redeliver({ deadLetter: 'dead' }),
  ),
  alone.pipe(
    // @ts-expect-error without a group nobody leaves anything behind
    claimIdle({ minIdle: 60_000 }),
  ),
  alone.pipe(
    untilDrained(),
    // @ts-expect-error and nothing is nacked
    redeliver(),
  ),
];

export const wrongOptions = [
  // @ts-expect-error without minIdle nobody knows what is idle
  claimIdle(),
  // @ts-expect-error nor with every alone
  claimIdle({ every: 5_000 }),
  // @ts-expect-error times are numbers
  claimIdle({ minIdle: '60s' }),
  // @ts-expect-error counts too
  redeliver({ maxDeliveries: '3', deadLetter: 'dead' }),
  // @ts-expect-error a delay is no promise
  redeliver({ delay: async () => 5 }),
  // @ts-expect-error one dead-letter stream
  redeliver({ deadLetter: ['a', 'b'] }),
  // @ts-expect-error a lease is renewed every so many ms
  fromGroup(redis, { streams: 's', group: 'g', lease: 10_000 }),
  // @ts-expect-error never or when-empty
  fromGroup(redis, { streams: 's', group: 'g', removeConsumer: true }),
  // @ts-expect-error entries that nobody shares are not claimed
  fromStreams(redis, { streams: 's', claimIdle: { minIdle: 60_000 } }),
  // @ts-expect-error nor leased
  fromStreams(redis, { streams: 's', lease: { renewEvery: 500 } }),
];

// nack() gives no promise and may say when the entry is to come again; reject() takes any reason and confirms like ack().
export function settling(delivery: Delivery): void {
  same<ReturnType<typeof delivery.nack>, void>(true);
  same<ReturnType<typeof delivery.reject>, Promise<void>>(true);
  same<typeof delivery.origin, 'fresh' | 'backlog' | 'recovered' | 'claimed' | 'redelivered'>(true);
  delivery.nack();
  delivery.nack({});
  delivery.nack({ delay: 500 });
  delivery.nack({ delay: undefined });
  void delivery.reject();
  void delivery.reject(new Error('why'));
  void delivery.reject('why');
  // @ts-expect-error arguments are named
  delivery.nack(500);
  // @ts-expect-error ms are a number
  delivery.nack({ delay: '5s' });
  // @ts-expect-error there is no other wish
  delivery.nack({ after: 500 });
}

// @ts-expect-error a size is a number
bufferRefill({ size: '4' });
// @ts-expect-error and needed
bufferRefill({ refillAt: 4 });

export const unfinished = [
  // @ts-expect-error a group has a name
  fromGroup(redis, { streams: 's' }),
  // @ts-expect-error starts are ids
  fromGroup(redis, { streams: { s: 0 }, group: 'g' }),
  // @ts-expect-error times are numbers
  fromGroup(redis, { streams: 's', group: 'g', timeout: '30s' }),
];
