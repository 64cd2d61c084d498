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
