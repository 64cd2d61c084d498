import { EMPTY, from, NEVER, of, range, Subject, take, takeUntil, throwError, VirtualTimeScheduler, type Observable } from 'rxjs';
import { describe, expect, test } from 'vitest';
import type { Notice } from '../../src/notices.js';
import { publishTo } from '../../src/operators/publish-to.js';
import type { PublishOptions } from '../../src/publish-options.js';
import type { Arg } from '../../src/wire/client.js';
import { FakeSession, watch, type FakeDelivery } from '../support/fake-delivery.js';
import { socketError } from '../support/fake-port.js';
import { FakeClient, never, replyError } from '../wire/fake-client.js';
import { nothingUnhandled } from '../support/nothing-unhandled.js';

const UNKNOWN = replyError('ERR Invalid stream ID specified as stream command argument');

/** One XADD that was sent. */
interface Sent {
  readonly args: readonly Arg[];
  answer(value: unknown): Promise<void>;
  fail(error: unknown): Promise<void>;
}

/** What has been promised by now has arrived. */
const turn = (): Promise<void> => new Promise(setImmediate);

/** A client whose XADDs are answered by hand. Before `probed()` the first of them finds out whether the server knows IDMP. */
function setUp(options: Partial<PublishOptions<never>> = {}) {
  const sent: Sent[] = [];
  const client = new FakeClient((name, args) => {
    if (name !== 'XADD') throw new Error(`${name} was sent`);
    return new Promise((resolve, reject) => {
      sent.push({
        args,
        answer: (value) => (resolve(value), turn()),
        fail: (error) => (reject(error), turn()),
      });
    });
  });
  const clock = new VirtualTimeScheduler();
  const told: Notice[] = [];
  const notify = (notice: Notice): void => void told.push(notice);
  return {
    client,
    sent,
    told,
    clock,
    publish: <T>(source: Observable<T>, more: PublishOptions<T> & { stream?: string | ((value: T) => string) } = {}) => {
      const { stream = 'out', ...rest } = more;
      return source.pipe(publishTo<T>(client, stream, { scheduler: clock, notify, ...(options as object), ...rest }));
    },
    /** The server is one that does not know IDMP, or one that does. */
    probed: async (knows = false): Promise<void> => {
      const probe = of({ p: 1 }).pipe(publishTo(client, 'probe')).subscribe();
      if (!knows) await sent.at(-1)!.fail(UNKNOWN);
      await sent.at(-1)!.answer('0-1');
      expect(probe.closed).toBe(true);
      sent.length = 0;
    },
    wait: async (ms: number): Promise<void> => {
      clock.maxFrames = clock.frame + ms;
      clock.flush();
      clock.frame = clock.maxFrames;
      await turn();
    },
    words: () => sent.map(({ args }) => args.join(' ')),
  };
}

nothingUnhandled();

describe('what passes is added', () => {
  test('its fields, in order, without waiting for the one before; the ids come in that order', async () => {
    const { publish, probed, sent, words } = setUp();
    await probed();
    const { seen } = watch(publish(from([{ n: 1 }, { n: 2 }, { n: 3 }])));
    expect(words()).toEqual(['out * n 1', 'out * n 2', 'out * n 3']);
    await sent[1]!.answer('2-0');
    await sent[2]!.answer('3-0');
    expect(seen).toEqual([]);
    await sent[0]!.answer('1-0');
    expect(seen).toEqual(['1-0', '2-0', '3-0', 'complete']);
  });

  test('as encode says, to the stream of each, trimmed', async () => {
    const { publish, probed, words } = setUp();
    await probed();
    watch(
      publish(of('a', 'b'), {
        stream: (value) => `out:${value}`,
        encode: (value, index) => [
          ['f', value],
          ['f', index],
        ],
        maxLength: 10,
        limit: 5,
      }),
    );
    expect(words()).toEqual(['out:a MAXLEN ~ 10 LIMIT 5 * f a f 0', 'out:b MAXLEN ~ 10 LIMIT 5 * f b f 1']);
  });

  test('at most concurrency at once, the next as soon as one is there', async () => {
    const { publish, probed, sent, words } = setUp({ concurrency: 2 });
    await probed();
    const { seen } = watch(publish(range(0, 4), { encode: (n) => ({ n }) }));
    expect(words()).toEqual(['out * n 0', 'out * n 1']);
    await sent[0]!.answer('0-1');
    expect(words()).toHaveLength(3);
    await sent[1]!.answer('1-0');
    await sent[2]!.answer('2-0');
    await sent[3]!.answer('3-0');
    expect(seen).toEqual(['0-1', '1-0', '2-0', '3-0', 'complete']);
  });
});

describe('a server that knows repeats again', () => {
  test('is found by the first XADD of a client, and the others wait for its answer', async () => {
    const { publish, sent, words } = setUp();
    watch(publish(from([{ n: 1 }, { n: 2 }, { n: 3 }])));
    expect(words()).toHaveLength(1);
    expect(sent[0]!.args.slice(0, 2)).toEqual(['out', 'IDMP']);
    await sent[0]!.answer('1-0');
    expect(sent.map(({ args }) => args[1])).toEqual(['IDMP', 'IDMP', 'IDMP']);
    const [producers, ids] = [2, 3].map((at) => new Set(sent.map(({ args }) => args[at])));
    expect([producers!.size, ids!.size]).toEqual([1, 3]);
    watch(publish(of({ n: 4 }, { n: 5 })));
    expect(sent).toHaveLength(5);
  });

  test('another answers ERR, and adds nothing: it is sent again without, at once, and all that follow', async () => {
    const { publish, sent, words, told } = setUp();
    const { seen } = watch(publish(from([{ n: 1 }, { n: 2 }])));
    await sent[0]!.fail(UNKNOWN);
    expect(words().slice(1)).toEqual(['out * n 1', 'out * n 2']);
    await sent[1]!.answer('1-0');
    await sent[2]!.answer('2-0');
    expect([seen, told]).toEqual([['1-0', '2-0', 'complete'], []]);
  });

  test('gets what is sent again under the same id', async () => {
    const { publish, probed, sent, wait } = setUp();
    await probed(true);
    watch(publish(from([{ n: 1 }, { n: 2 }])));
    await sent[0]!.fail(socketError());
    await sent[1]!.fail(socketError());
    await wait(50);
    expect(sent.slice(2).map(({ args }) => args)).toEqual(sent.slice(0, 2).map(({ args }) => args));
  });

  test('remembers a hundred ids of a producer: with more on their way there are more producers, used again later', async () => {
    const { publish, probed, sent } = setUp({ concurrency: 250 });
    await probed(true);
    const first = watch(publish(range(0, 250), { encode: (n) => ({ n }) }));
    const counts = new Map<unknown, number>();
    for (const { args } of sent) counts.set(args[2], (counts.get(args[2]) ?? 0) + 1);
    expect([...counts.values()].toSorted()).toEqual([83, 83, 84]);
    first.unsubscribe();
    sent.length = 0;
    watch(publish(range(0, 250), { encode: (n) => ({ n }) }));
    expect(new Set(sent.map(({ args }) => args[2]))).toEqual(new Set(counts.keys()));
  });
});

describe('what fails on the way', () => {
  test('is sent again in order after a backoff that grows, and is told; nothing new passes it meanwhile', async () => {
    const { publish, probed, sent, words, told, wait } = setUp();
    await probed();
    const source = new Subject<{ n: number }>();
    const { seen } = watch(publish(source));
    source.next({ n: 1 });
    source.next({ n: 2 });
    await sent[1]!.fail(socketError());
    await sent[0]!.fail(socketError());
    source.next({ n: 3 });
    expect(words()).toHaveLength(2);
    await wait(50);
    expect(words().slice(2)).toEqual(['out * n 1', 'out * n 2', 'out * n 3']);
    await sent[2]!.fail(socketError());
    await wait(100);
    for (const each of sent.slice(3)) await each.answer('9-0');
    expect(words().slice(5)).toEqual(['out * n 1']);
    expect(seen).toEqual(['9-0', '9-0', '9-0']);
    expect(told).toMatchObject([
      { type: 'retrying', what: 'publish', attempt: 1 },
      { type: 'retrying', what: 'publish', attempt: 2 },
    ]);
  });

  test('for good: what is on its way is waited for and emitted, what waits is dropped, and the error goes downstream', async () => {
    const { publish, probed, sent, words } = setUp({ concurrency: 3 });
    await probed();
    const { seen } = watch(publish(range(0, 9), { encode: (n) => ({ n }) }));
    await sent[1]!.fail(replyError('WRONGTYPE Operation against a key holding the wrong kind of value'));
    expect(seen).toEqual([]);
    await sent[0]!.answer('1-0');
    await sent[2]!.answer('3-0');
    expect(seen).toEqual(['1-0', '3-0', expect.stringMatching(/^error: could not add an entry \(stream 'out'\): WRONGTYPE/)]);
    expect(words()).toHaveLength(3);
  });

  test('because the client was closed: CLIENT_ENDED', async () => {
    const { publish, probed, sent, client } = setUp();
    await probed();
    const errors: unknown[] = [];
    publish(of({ n: 1 })).subscribe({ error: (error: unknown) => errors.push(error) });
    client.status = 'end';
    await sent[0]!.fail(new Error('Connection is closed.'));
    expect(errors).toMatchObject([{ code: 'CLIENT_ENDED' }]);
  });

  test.each([
    ['no object', 'text', undefined, 'a value (there is no encode) is a string, but must be'],
    ['what encode gives', {}, () => 5, 'the result of encode is a number, but must be'],
  ])('%s: a TypeError that quotes nothing', async (_, value, encode, message) => {
    const { publish, probed, sent } = setUp();
    await probed();
    const { seen } = watch(publish(of<unknown>(value), { encode: encode as never }));
    expect(seen[0]).toContain(`error: ${message}`);
    expect(sent).toEqual([]);
  });

  test('an encode, or a stream, that throws; a stream that is no name', async () => {
    const { publish, probed } = setUp();
    await probed();
    const boom = (): never => {
      throw new Error('boom');
    };
    expect(watch(publish(of({ a: 1 }), { encode: boom })).seen).toEqual(['error: boom']);
    expect(watch(publish(of({ a: 1 }), { stream: boom })).seen).toEqual(['error: boom']);
    expect(watch(publish(of({ a: 1 }), { stream: () => '' })).seen[0]).toContain('the stream of a value is an empty string');
  });
});

describe('a source that nobody holds back', () => {
  test('has at most maxWaiting values waiting; one more is PUBLISH_OVERFLOW, and what is on its way is waited for', async () => {
    const { publish, probed, sent } = setUp({ concurrency: 2, maxWaiting: 3 });
    await probed();
    const errors: unknown[] = [];
    const ids: string[] = [];
    const source = new Subject<{ n: number }>();
    publish(source).subscribe({ next: (id) => ids.push(id), error: (error: unknown) => errors.push(error) });
    for (let n = 0; n < 5; n++) source.next({ n });
    expect(source.observed).toBe(true);
    source.next({ n: 5 });
    expect([source.observed, errors]).toEqual([false, []]);
    await sent[0]!.answer('1-0');
    await sent[1]!.answer('2-0');
    expect([ids, sent.length]).toEqual([['1-0', '2-0'], 2]);
    expect(errors).toMatchObject([{ code: 'PUBLISH_OVERFLOW', message: expect.stringMatching(/^3 values wait/) }]);
  });

  test('may be without a bound', async () => {
    const { publish, probed, sent } = setUp({ concurrency: 1, maxWaiting: Infinity });
    await probed();
    const { seen } = watch(publish(range(0, 20_000), { encode: (n) => ({ n }) }));
    expect([sent.length, seen]).toEqual([1, []]);
  });
});

describe('entries of a source of ours', () => {
  function entries(count: number, options: Partial<PublishOptions<never>> = {}) {
    const session = new FakeSession();
    const all = session.deliveries(count);
    return { session, all, ...setUp(options) };
  }

  test('are taken as they come, and acked when they were added, before the id is emitted', async () => {
    const { session, all, publish, probed, sent } = entries(2);
    await probed();
    const order: string[] = [];
    publish(session.source(of(...all)), { encode: ({ id }) => ({ id }) }).subscribe((id) =>
      order.push(`${session.settled.join()} then ${id}`),
    );
    expect([session.taken, session.settled]).toEqual([['1', '2'], []]);
    await sent[0]!.answer('1-1');
    await sent[1]!.answer('2-1');
    expect(order).toEqual(['acked 1 then 1-1', 'acked 1,acked 2 then 2-1']);
  });

  test('have their own fields without encode; an array of them is one entry', async () => {
    const { session, publish, probed, sent, words } = entries(0);
    await probed();
    const [a, b, c] = ['a', 'b', 'c'].map((id) => session.delivery(id, { f: id }));
    watch(publish(session.source(of(a!))));
    watch(publish(session.source(of([b!, c!])), { encode: (all) => ({ ids: all.map(({ id }) => id).join() }) }));
    expect(words()).toEqual(['out * f a', 'out * ids b,c']);
    await sent[1]!.answer('1-0');
    expect(session.settled).toEqual(['acked b', 'acked c']);
  });

  test('are held back by their window, not by maxWaiting', async () => {
    const { session, all, publish, probed } = entries(50, { maxWaiting: 1, concurrency: 1 });
    await probed();
    const { seen } = watch(publish(session.source(from(all)), { encode: ({ id }) => ({ id }) }));
    expect([seen, session.taken.length]).toEqual([[], 50]);
  });

  test('that are settled already are not held back by it', async () => {
    const { session, all, publish, probed, sent } = entries(3, { maxWaiting: 1, concurrency: 1 });
    await probed();
    for (const { ack } of all) void ack();
    const { seen } = watch(publish(session.source(from(all)), { encode: ({ id }) => ({ id }) }));
    await sent[0]!.answer('1-0');
    expect(seen.at(-1)).toMatch(/^error: 1 values wait/);
  });

  test('stay pending when they are refused, and what waits is given back', async () => {
    const { session, all, publish, probed, sent } = entries(3, { concurrency: 2 });
    await probed();
    const { seen } = watch(publish(session.source(from(all)), { encode: ({ id }) => ({ id }) }));
    await sent[0]!.fail(replyError('NOPERM no'));
    await sent[1]!.answer('2-1');
    expect(session.settled).toEqual(['left 1', 'released 3', 'acked 2']);
    expect(seen).toEqual(['2-1', expect.stringMatching(/^error: could not add/)]);
  });

  test('an error above drops what waits to be sent again, and waits for what is on its way', async () => {
    const { session, all, publish, probed, sent, wait } = entries(2);
    await probed();
    const above = new Subject<FakeDelivery>();
    const { seen } = watch(publish(session.source(above), { encode: ({ id }) => ({ id }) }));
    for (const each of all) above.next(each);
    await sent[0]!.fail(socketError());
    above.error(new Error('above'));
    expect(session.settled).toEqual(['left 1']);
    await sent[1]!.answer('2-1');
    await wait(10_000);
    expect([session.settled, seen, sent.length]).toEqual([['left 1', 'acked 2'], ['2-1', 'error: above'], 2]);
  });

  test('unsubscribed: what is on its way is left, what waits is given back, and no timer stays', async () => {
    const { session, all, publish, probed, sent, clock } = entries(3, { concurrency: 2 });
    await probed();
    const { seen, unsubscribe } = watch(publish(session.source(from(all)), { encode: ({ id }) => ({ id }) }));
    await sent[0]!.fail(socketError());
    unsubscribe();
    await sent[1]!.answer('2-1');
    expect([session.settled.toSorted(), seen]).toEqual([['left 1', 'left 2', 'released 3'], []]);
    clock.flush();
    expect(sent).toHaveLength(2);
  });

  test('what was added and waits only for its turn is acked when it is unsubscribed', async () => {
    const { session, all, publish, probed, sent } = entries(2);
    await probed();
    const { unsubscribe } = watch(publish(session.source(from(all)), { encode: ({ id }) => ({ id }) }));
    await sent[1]!.answer('2-1');
    unsubscribe();
    expect(session.settled.toSorted()).toEqual(['acked 2', 'left 1']);
  });

  test('takeUntil above gives back what waits, and what is on its way ends', async () => {
    const { session, all, publish, probed, sent } = entries(2, { concurrency: 1 });
    await probed();
    const [above, stop] = [new Subject<FakeDelivery>(), new Subject<void>()];
    const { seen } = watch(publish(session.source(above).pipe(takeUntil(stop)), { encode: ({ id }) => ({ id }) }));
    for (const each of all) above.next(each);
    stop.next();
    expect(session.settled).toEqual(['released 2']);
    await sent[0]!.answer('1-1');
    expect([session.settled, seen]).toEqual([
      ['released 2', 'acked 1'],
      ['1-1', 'complete'],
    ]);
  });

  test('it completes only when the acks are confirmed, and a refusal of them goes downstream', async () => {
    const { session, all, publish, probed, sent } = entries(1);
    await probed();
    session.holdBack();
    const { seen } = watch(publish(session.source(from(all)), { encode: ({ id }) => ({ id }) }));
    await sent[0]!.answer('1-1');
    expect(seen).toEqual(['1-1']);
    session.confirm();
    expect(seen).toEqual(['1-1', 'complete']);
  });
});

describe('as an operator', () => {
  test('never, empty, error', () => {
    const { publish } = setUp();
    expect(watch(publish(NEVER)).seen).toEqual([]);
    expect(watch(publish(EMPTY)).seen).toEqual(['complete']);
    expect(watch(publish(throwError(() => new Error('no')))).seen).toEqual(['error: no']);
  });

  test('sends nothing before it is subscribed, and once for each subscription', async () => {
    const { publish, probed, sent } = setUp();
    await probed();
    const published = publish(of({ n: 1 }));
    expect(sent).toEqual([]);
    watch(published);
    watch(published);
    expect(sent).toHaveLength(2);
  });

  test('what waits when a plain source completes, or is cut off above, is still published', async () => {
    const { publish, probed, sent } = setUp({ concurrency: 1 });
    await probed();
    const [above, stop] = [new Subject<{ n: number }>(), new Subject<void>()];
    const { seen } = watch(publish(above.pipe(takeUntil(stop))));
    above.next({ n: 1 });
    above.next({ n: 2 });
    stop.next();
    await sent[0]!.answer('1-0');
    await sent[1]!.answer('2-0');
    expect(seen).toEqual(['1-0', '2-0', 'complete']);
  });

  test('take(1) below ends it, in the middle of a burst', async () => {
    const { publish, probed, sent } = setUp();
    await probed();
    const { seen } = watch(publish(from([{ n: 1 }, { n: 2 }])).pipe(take(1)));
    await sent[1]!.answer('2-0');
    await sent[0]!.answer('1-0');
    expect(seen).toEqual(['1-0', 'complete']);
  });

  test('a value that comes inside next is sent after those before it', async () => {
    const { publish, probed, sent, words } = setUp();
    await probed();
    const source = new Subject<{ n: number }>();
    publish(source).subscribe((id) => {
      if (id === '1-0') source.next({ n: 3 });
    });
    source.next({ n: 1 });
    source.next({ n: 2 });
    await sent[0]!.answer('1-0');
    expect(words()).toEqual(['out * n 1', 'out * n 2', 'out * n 3']);
  });

  test.each<[object, unknown]>([
    [{ concurrency: 0 }, RangeError],
    [{ concurrency: 10_001 }, RangeError],
    [{ concurrency: Infinity }, RangeError],
    [{ maxWaiting: 0 }, RangeError],
    [{ maxWaiting: '5' }, TypeError],
    [{ encode: 5 }, TypeError],
    [{ scheduler: {} }, TypeError],
    [{ notify: 1 }, TypeError],
    [{ maxLength: 1, minId: '1-0' }, RangeError],
  ])('wrong options are refused at the call: %o', (options, kind) => {
    expect(() => publishTo(new FakeClient(() => never), 'out', options as never)).toThrow(kind);
  });

  test('so are a wrong client and a wrong stream', () => {
    expect(() => publishTo({} as never, 'out')).toThrow(TypeError);
    expect(() => publishTo(new FakeClient(), '')).toThrow(RangeError);
    expect(() => publishTo(new FakeClient(), 'out', null as never)).toThrow(TypeError);
  });
});
