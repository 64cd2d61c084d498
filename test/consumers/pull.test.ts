import { VirtualTimeScheduler } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { Pull } from '../../src/consumers/pull.js';
import type { Pulled } from '../../src/consumers/request.js';
import type { Plan } from '../../src/plan.js';
import type { Place } from '../../src/sources/open-source.js';
import type { ReadRequest } from '../../src/wire/port.js';
import { FakePort, LATER, replyError, type Answers } from '../support/fake-port.js';
import { GROUP, PLAN } from '../support/plans.js';
import { batch } from '../streams/script.js';

class Pulling extends Pull<Pulled> {
  constructor(place: Place, plan: Plan) {
    super(place, plan);
  }
}

/** A consumer of `s` over a port that answers at once; reads are answered by hand. */
function setUp(plan: Partial<Plan> = {}, answers: Answers = {}) {
  const port: FakePort = new FakePort({
    lastGenerated: () => '5-0',
    lastDelivered: () => '5-0',
    connect: () => 7,
    read: () => LATER,
    unblock: () => {
      port.last('read').answer([]);
      return true;
    },
    ack: ({ ids }: { ids: string[] }) => ids.length,
    giveBack: ({ entries }: { entries: { id: string }[] }) => entries.map(({ id }) => id),
    takeOver: () => [],
    renew: () => ({ lost: [], gone: [] }),
    ...answers,
  });
  const scheduler = new VirtualTimeScheduler();
  scheduler.maxFrames = 0;
  const seats = {};
  const consumer = new Pulling(
    { seats, port: () => port, dice: () => 1 },
    { ...PLAN, demand: 'pull', bufferSize: 2, scheduler, ...plan },
  );
  return {
    port,
    consumer,
    /** The client is closed; what is opened from then on finds it as good as new. */
    end: () => {
      port.end();
      port.ended = false;
    },
    /** What is due at this moment: acks, and what goes back. */
    turn: () => scheduler.flush(),
    /** Lets ms go by. */
    pass: (ms: number) => {
      scheduler.maxFrames += ms;
      scheduler.flush();
    },
    /** Lets promises settle. */
    settled: () => new Promise<void>((done) => setImmediate(done)),
    starts: () => port.args<ReadRequest>('read').map(({ from }) => from[0]?.[1]),
    back: () => port.args<{ entries: { id: string; count: number }[] }>('giveBack').flatMap(({ entries }) => entries),
  };
}

const THREE = [batch('s', '6-0', '7-0', '8-0')];
const never = new Promise<never>(() => undefined);

describe('what is asked for while something ends', () => {
  test('a refusal in the same moment as the call', async () => {
    const refuse = (): never => {
      throw replyError('WRONGTYPE no stream');
    };
    const refused = { lastGenerated: refuse };
    await expect(setUp({}, refused).consumer.getEntry()).rejects.toMatchObject({ code: 'WRONG_TYPE' });
    await expect(setUp({}, refused).consumer.open()).rejects.toMatchObject({ code: 'WRONG_TYPE' });
  });

  test('the client ends between two calls: the next one hears of it, and no other', async () => {
    const { consumer, end, settled } = setUp();
    await consumer.open();
    end();
    await expect(consumer.getEntry()).rejects.toMatchObject({ code: 'CLIENT_ENDED' });
    const waiting = consumer.getEntry();
    await settled();
    await consumer.close();
    expect(await waiting).toBeUndefined();
  });

  test('the client ends while a call waits: that one hears of it, and no other', async () => {
    const { consumer, end, settled } = setUp();
    await consumer.open();
    const waiting = consumer.getEntry();
    await settled();
    end();
    await expect(waiting).rejects.toMatchObject({ code: 'CLIENT_ENDED' });
    await consumer.open();
    await consumer.close();
  });

  test('what close() forgets is not told later', async () => {
    const { consumer, end } = setUp();
    await consumer.open();
    end();
    await consumer.close();
    await consumer.open();
    await consumer.close();
  });

  test('after an error it goes on behind what was handed out, after close() where it began', async () => {
    const { consumer, port, end, settled, starts } = setUp();
    const first = consumer.getEntry();
    await settled();
    port.last('read').answer(THREE);
    expect((await first)?.id).toBe('6-0');
    end(); // 7-0 and 8-0 were fetched, and never asked for
    await expect(consumer.getEntry()).rejects.toMatchObject({ code: 'CLIENT_ENDED' });
    const second = consumer.getEntry();
    await settled();
    await consumer.close();
    const third = consumer.getEntry();
    await settled();
    expect(starts()).toEqual(['5-0', '6-0', '5-0']);
    await consumer.close();
    expect([await second, await third]).toEqual([undefined, undefined]);
  });
});

describe('a decode that takes its time', () => {
  const decodes = (of: (id: string) => unknown): Partial<Plan> => ({ group: GROUP, decode: (_, { id }) => of(id) });

  test.each(['close()', 'the signal'])('%s answers the call at once, and what was not handed out goes back', async (how) => {
    const stop = new AbortController();
    const { consumer, port, settled, turn, back } = setUp({ ...decodes(() => never), signal: stop.signal });
    const waiting = consumer.getEntry();
    await settled();
    port.last('read').answer(THREE);
    if (how === 'the signal') stop.abort();
    const closed = consumer.close();
    expect(await waiting).toBeUndefined();
    turn();
    await closed;
    expect(back().map(({ id, count }) => `${id} ${count}`)).toEqual(['6-0 0', '7-0 0', '8-0 0']);
  });

  test('and ends after close() changes nothing: not where it begins, nor what is settled', async () => {
    let decoded: (value: unknown) => void = () => undefined;
    const late = new Promise((done) => (decoded = done));
    const { consumer, port, end, settled, starts } = setUp({ decode: () => late });
    const waiting = consumer.getEntry();
    await settled();
    port.last('read').answer(THREE);
    await consumer.close();
    const again = consumer.getEntry();
    await settled();
    decoded('late');
    await settled();
    end();
    await expect(again).rejects.toMatchObject({ code: 'CLIENT_ENDED' });
    const last = consumer.getEntry();
    await settled();
    expect(starts()).toEqual(['5-0', '5-0', '5-0']);
    await consumer.close();
    expect([await waiting, await last]).toEqual([undefined, undefined]);
  });

  test('keeps calls in order, and later entries are decoded when they are asked for', async () => {
    const asked: string[] = [];
    const { consumer, port, settled, turn } = setUp(
      decodes((id) => {
        asked.push(id);
        return id === '6-0' ? Promise.resolve('slow') : id;
      }),
    );
    const [first, second] = [consumer.getEntry(), consumer.getEntry()];
    await settled();
    port.last('read').answer(THREE);
    expect([(await first)?.value, (await second)?.value]).toEqual(['slow', '7-0']);
    expect(asked).toEqual(['6-0', '7-0']);
    const closed = consumer.close();
    turn();
    await closed;
  });
});

describe('an entry that cannot be decoded, with onInvalid: skip,', () => {
  /** Ids of 1-0 are valid, and 2-0 is not. */
  const skips = (plan: Partial<Plan> = {}) => {
    const told: string[] = [];
    const made = setUp({
      group: GROUP,
      onInvalid: 'skip',
      decode: (_, { id }) => {
        if (id.endsWith('-2')) throw new Error('odd');
        return id;
      },
      notify: (notice) => told.push(notice.type === 'invalid' ? `${notice.id} ${notice.done}` : notice.type),
      ...plan,
    });
    return { ...made, told, close: () => [made.consumer.close(), made.turn()] as const };
  };

  test('is acked and told, and the call gets the next; what was fetched with it needs no other read', async () => {
    const { consumer, port, settled, turn, told, close } = skips();
    const [first, second] = [consumer.getEntry(), consumer.getEntry()];
    await settled();
    port.last('read').answer([batch('s', '6-2', '7-0', '8-2')]);
    expect((await first)?.value).toBe('7-0');
    await settled();
    expect(port.of('read')).toHaveLength(2); // the second call's own: 8-2 was dropped for it
    port.last('read').answer([batch('s', '9-0')]);
    expect((await second)?.value).toBe('9-0');
    turn();
    expect(port.args<{ ids: string[] }>('ack').flatMap(({ ids }) => ids)).toEqual(['6-2', '8-2']);
    expect(told.filter((each) => each.includes('skipped'))).toEqual(['6-2 skipped', '8-2 skipped']);
    await close()[0];
  });

  test('leaves a call that got nothing else to ask again, until there is nothing', async () => {
    const { consumer, port, settled, close } = skips();
    const waiting = consumer.getEntry();
    await settled();
    port.last('read').answer([batch('s', '6-2', '7-2')]);
    await settled();
    expect(port.of('read')).toHaveLength(2);
    port.last('read').answer([]);
    expect(await waiting).toBeUndefined();
    await close()[0];
  });

  test('and one whose decode takes its time leaves the call to the next as well', async () => {
    const odd = (id: string): Promise<string> => (id.endsWith('-2') ? Promise.reject(new Error('odd')) : Promise.resolve(id));
    const { consumer, port, settled, close } = skips({ decode: (_, { id }) => odd(id) });
    const waiting = consumer.getEntry();
    await settled();
    port.last('read').answer([batch('s', '6-2', '7-2')]);
    await settled();
    port.last('read').answer([batch('s', '8-2', '9-0')]);
    expect((await waiting)?.value).toBe('9-0');
    expect(port.of('read')).toHaveLength(2);
    await close()[0];
  });

  test('twenty thousand of them keep the stack flat', async () => {
    const { consumer, port, settled, close } = skips({ bufferSize: 20_000 });
    const waiting = consumer.getEntry();
    await settled();
    const odd = Array.from({ length: 20_000 }, (_, i) => `${i + 6}-2`);
    port.last('read').answer([batch('s', '5-1', ...odd, '30000-0')]);
    expect((await waiting)?.value).toBe('5-1');
    expect((await consumer.getEntry())?.value).toBe('30000-0');
    await close()[0];
  });

  test('and a consumer that is closed when it is told of it: the call finds nothing', async () => {
    const { consumer, port, settled, turn, back } = skips({
      notify: ({ type }) => {
        if (type === 'invalid') void consumer.close();
      },
    });
    const waiting = consumer.getEntry();
    await settled();
    port.last('read').answer([batch('s', '6-2', '7-0')]);
    expect(await waiting).toBeUndefined();
    turn();
    await consumer.close();
    expect(back().map(({ id }) => id)).toEqual(['7-0']);
  });
});

describe('in a group', () => {
  const LEASED: Partial<Plan> = { group: { ...GROUP, renewEvery: 100 } };
  const renewed = ({ port }: { port: FakePort }) => port.args<{ ids: string[] }>('renew').map(({ ids }) => ids);

  test('the lease of what is held is renewed, handed out or not, until it is settled', async () => {
    const made = setUp(LEASED);
    const { consumer, port, settled, pass, turn } = made;
    const first = consumer.getEntry();
    await settled();
    port.last('read').answer(THREE);
    const entry = await first;
    pass(200);
    void entry?.ack();
    pass(100);
    expect(renewed(made)).toEqual([
      ['6-0', '7-0', '8-0'],
      ['7-0', '8-0'],
    ]);
    const closed = consumer.close();
    turn();
    await closed;
    pass(1_000);
    expect(renewed(made)).toHaveLength(2);
  });

  test('what somebody else has claimed from the buffer is not handed out', async () => {
    const { consumer, port, settled, pass, turn, back } = setUp(LEASED, { renew: () => ({ lost: ['7-0'], gone: [] }) });
    const [first, second] = [consumer.getEntry(), consumer.getEntry()];
    void second;
    await settled();
    port.last('read').answer([batch('s', '6-0')]);
    await first;
    await settled();
    port.last('read').answer([batch('s', '6-5', '7-0', '8-0')]);
    expect((await second)?.id).toBe('6-5');
    pass(200);
    expect((await consumer.getEntry())?.id).toBe('8-0');
    turn();
    expect(back().map(({ id }) => id)).toEqual(['7-0']); // by a script that asks whose it is
    const closed = consumer.close();
    turn();
    await closed;
  });

  test('what somebody else has claimed after it was handed out says so, and its ack is refused', async () => {
    const { consumer, port, settled, pass, turn } = setUp(LEASED, { renew: () => ({ lost: ['6-0'], gone: [] }) });
    const first = consumer.getEntry();
    await settled();
    port.last('read').answer(THREE);
    const entry = await first;
    pass(200);
    expect(entry?.signal.aborted).toBe(true);
    const refused = expect(entry?.ack()).rejects.toMatchObject({ code: 'LEASE_LOST' });
    port.last('ackOwned').answer([]);
    await refused;
    const closed = consumer.close();
    turn();
    await closed;
  });

  test('what is nacked stays pending and does not come again: not to this consumer, nor to the next without a backlog', async () => {
    const told: string[] = [];
    const { consumer, port, settled, turn, pass } = setUp({ ...LEASED, notify: ({ type }) => told.push(type) });
    const first = consumer.getEntry();
    await settled();
    port.last('read').answer([batch('s', '6-0')]);
    (await first)?.nack();
    pass(1_000);
    expect([port.of('ack').length, port.of('giveBack').length, port.of('renew').length]).toEqual([0, 0, 0]);
    const closed = consumer.close();
    turn();
    await closed;
    const second = consumer.getEntry();
    await settled();
    port.last('read').answer([]);
    expect(await second).toBeUndefined();
    expect(port.of('takeOver')).toHaveLength(0);
    expect(told).not.toContain('waiting');
    await consumer.close();
  });

  test('what is rejected has nowhere to go, and can still be settled', async () => {
    const { consumer, port, settled, turn } = setUp(LEASED);
    const first = consumer.getEntry();
    await settled();
    port.last('read').answer([batch('s', '6-0')]);
    const entry = await first;
    await expect(entry?.reject('bad')).rejects.toMatchObject({ code: 'NO_DEAD_LETTER' });
    expect(() => entry?.nack({ delay: 5 })).toThrow(RangeError);
    const acked = entry?.ack();
    turn();
    await acked;
    expect(port.args<{ ids: string[] }>('ack').flatMap(({ ids }) => ids)).toEqual(['6-0']);
    await consumer.close();
  });
});

describe('called from inside', () => {
  test('close() inside decode: the call finds nothing, and the entry goes back', async () => {
    const { consumer, port, settled, turn, back } = setUp({
      group: GROUP,
      decode: () => {
        void consumer.close();
        return 'decoded';
      },
    });
    const waiting = consumer.getEntry();
    await settled();
    port.last('read').answer(THREE);
    expect(await waiting).toBeUndefined();
    turn();
    await consumer.close();
    expect(back().map(({ id }) => id)).toEqual(['6-0', '7-0', '8-0']);
  });

  test('close() inside a notice: whoever waits hears of it', async () => {
    const { consumer } = setUp({
      notify: ({ type }) => {
        if (type === 'joined') void consumer.close();
      },
    });
    expect(await consumer.getEntry()).toBeUndefined();
    await consumer.close();
  });
});

describe('addStream()', () => {
  test.each<[unknown[], string, string]>([
    [[''], 'RangeError', 'stream is ""'],
    [[undefined], 'TypeError', 'stream is undefined'],
    [['t', null], 'TypeError', "options is null, but must be left out, or an object such as { from: '0' }"],
    [['t', '0'], 'TypeError', 'options is "0"'],
    [['t', { from: 5 }], 'TypeError', 'from is 5'],
    [['t', { from: 'x' }], 'RangeError', 'from is "x"'],
  ])('%j rejects with a %s: %s', async (args, name, message) => {
    const { consumer } = setUp();
    const add = (consumer.addStream as (...args: unknown[]) => Promise<boolean>).bind(consumer);
    const error = (await add(...args).catch((thrown: unknown) => thrown)) as Error;
    expect([error.name, error.message]).toEqual([name, expect.stringContaining(message)]);
  });

  test('of a stream that is read already asks for nothing', async () => {
    const { consumer, port } = setUp({ group: GROUP });
    await consumer.open();
    expect(await consumer.addStream('s')).toBe(false);
    expect(port.of('lastDelivered')).toHaveLength(1);
    await consumer.close();
  });

  test('rejects with the error that ends the consumer while it waits, and then adds nothing', async () => {
    const { consumer, end } = setUp({}, { lastGenerated: ({ stream }: { stream: string }) => (stream === 's' ? '5-0' : LATER) });
    await consumer.open();
    const adding = consumer.addStream('t');
    end();
    await expect(adding).rejects.toMatchObject({ code: 'CLIENT_ENDED' });
    expect(await consumer.addStream('t')).toBe(true);
  });
});
