/** Fresh entries of many streams: what a read names and asks for, whose turn it is, and what it may bring. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Plan } from '../../src/plan.js';
import type { Read } from '../../src/streams/effects.js';
import { SLICE, WORTH } from '../../src/streams/round.js';
import { batch, IN_GROUP, replied, Script, streams } from './script.js';

const named = (n: number): string[] => Array.from({ length: n }, (_, i) => `s${i}`);
const plan = (n: number, bufferSize: number, more: Partial<Plan> = {}): Plan => ({
  ...IN_GROUP,
  ...streams(...named(n)),
  bufferSize,
  refillAt: bufferSize - 1,
  ...more,
});

/** A machine on a server whose streams have so many entries left; what is emitted is settled at once. */
class Server {
  readonly script: Script;
  readonly reads: Read[] = [];
  #given = 0;

  constructor(
    plan: Plan,
    readonly stock: number[],
  ) {
    this.script = new Script(plan).connected();
  }

  get out(): Read | undefined {
    return this.script.phase.tag === 'reading' ? this.script.phase.read : undefined;
  }

  /** Answers the read that is out; how many entries it brought. */
  answer(): number {
    const read = this.out;
    if (read === undefined) throw new Error(`no read is out: ${this.script.tag}`);
    this.reads.push(read);
    let brought = 0;
    const replies = read.from.flatMap(([stream]) => {
      const at = Number(stream.slice(1));
      const n = Math.min(read.count, this.stock[at] ?? 0);
      this.stock[at] = (this.stock[at] ?? 0) - n;
      brought += n;
      const ids = Array.from({ length: n }, () => `${9 + ++this.#given}-0`);
      return n === 0 ? [] : [batch(stream, ...ids)];
    });
    this.script.play(replied(...replies));
    if (this.script.tag === 'resting') this.script.window();
    return brought;
  }

  /** Until it waits. */
  runDry(): this {
    for (let i = 0; i < 100_000 && this.out?.block === undefined; i++) this.answer();
    return this;
  }
}

function names(read: Read | undefined): string[] {
  return read?.from.map(([stream]) => stream) ?? [];
}

describe('few streams', () => {
  test('are read together, and wait together', () => {
    const server = new Server(plan(3, 12), [0, 0, 0]);
    expect(server.out).toMatchObject({
      count: 4,
      block: 1_000,
      from: [
        ['s0', '>'],
        ['s1', '>'],
        ['s2', '>'],
      ],
    });
  });

  test('the only busy one among them gets all the room, in turns with the others', () => {
    const server = new Server(plan(3, 12), [1, 0, 1_000]);
    const asked = [1, 2, 3, 4].map(() => {
      const { count } = server.out ?? { count: 0 };
      const of = names(server.out).join(' ');
      return [of, count, server.answer()];
    });
    expect(asked).toEqual([
      ['s0 s1 s2', 4, 5],
      ['s2', 12, 12],
      ['s0 s1 s2', 4, 4],
      ['s2', 12, 12],
    ]);
  });

  test('who is not busy any more is read with the others again; nothing is asked for twice before waiting', () => {
    const server = new Server(plan(3, 12), [0, 0, 5]);
    server.answer();
    expect([names(server.out), server.answer()]).toEqual([['s2'], 1]);
    expect([names(server.out).length, server.out?.block]).toEqual([3, 1_000]);
  });

  test('all of them busy: nobody is singled out', () => {
    const server = new Server(plan(3, 12), [99, 99, 99]);
    for (let i = 0; i < 5; i++) expect([names(server.out).length, server.answer()]).toEqual([3, 12]);
  });
});

describe('one reader, where the last reply was full', () => {
  /** How many each read asks for, whether it waits, and how many it brings. */
  const asked = (plan: Plan, stock: number[], times: number): unknown[] => {
    const server = new Server(plan, stock);
    return Array.from({ length: times }, () => {
      const { count = 0, block } = server.out ?? {};
      return [count, block === undefined ? 'looks' : 'waits', server.answer()];
    });
  };

  test('looks for more without waiting, so that acks can go behind its read', () => {
    expect(asked(plan(1, 100), [250], 4)).toEqual([
      [100, 'waits', 100],
      [100, 'looks', 100],
      [100, 'looks', 50],
      [100, 'waits', 0],
    ]);
  });

  test('and once in vain where that was all: then it waits', () => {
    expect(asked(plan(1, 100), [100], 4)).toEqual([
      [100, 'waits', 100],
      [100, 'looks', 0],
      [100, 'waits', 0],
      [100, 'waits', 0],
    ]);
  });

  test('of several streams too, also when all are busy', () => {
    expect(asked(plan(2, 100), [100, 100], 4)).toEqual([
      [50, 'waits', 100],
      [50, 'looks', 100],
      [50, 'looks', 0],
      [50, 'waits', 0],
    ]);
  });

  test.each<[string, Plan]>([
    ['in a window that is not worth a command', plan(1, WORTH - 1)],
    ['where nobody acknowledges', plan(1, 100, { group: undefined })],
    ['where one entry is asked for after the other', plan(1, 100, { demand: 'pull' })],
  ])('%s it waits', (_, plan) => {
    const server = new Server(plan, [1_000]);
    if (plan.demand === 'pull') server.script.play({ type: 'wanted' }, { type: 'connected', clientId: 7 });
    const reads = [1, 2, 3].map(() => {
      const waits = server.out?.block === 1_000;
      server.answer();
      if (plan.demand === 'pull') server.script.play({ type: 'wanted' });
      return waits;
    });
    expect(reads).toEqual([true, true, true]);
  });

  test('it waits once the stream that was full is on its way out', () => {
    const { script } = new Server(plan(2, 100), []);
    script.play(replied(batch('s0', ...Array.from({ length: 50 }, (_, i) => `9-${i}`))));
    script.play({ type: 'stream-left', stream: 's0' }).window({ held: 50 });
    expect(script.phase).toMatchObject({ tag: 'reading', read: { from: [['s1', '>']], block: 1_000 } });
  });
});

describe('many streams', () => {
  test('are gone round in slices that do not wait, and then wait together, each with a place for one', () => {
    const server = new Server(
      plan(200, 100),
      Array.from({ length: 200 }, () => 0),
    );
    const asked = [1, 2, 3].map(() => {
      const { count = 0, block } = server.out ?? {};
      const [first = '', last = ''] = [names(server.out)[0], names(server.out).at(-1)];
      server.answer();
      return { first, last, count, block };
    });
    expect(asked).toEqual([
      { first: 's0', last: 's99', count: 1, block: undefined },
      { first: 's100', last: 's199', count: 1, block: undefined },
      { first: 's0', last: 's199', count: 1, block: 1_000 },
    ]);
  });

  test('an entry on a quiet day: its stream is looked at once more, and then all wait again', () => {
    const server = new Server(
      plan(200, 100),
      Array.from({ length: 200 }, () => 0),
    ).runDry();
    server.stock[150] = 1;
    server.answer();
    expect(server.out).toMatchObject({ from: [['s150', '>']], count: 100, block: undefined });
    server.answer();
    expect([names(server.out).length, server.out?.block]).toEqual([200, 1_000]);
  });

  test('one of a thousand is busy: it gets the room with every other read, and the others their turn beside it', () => {
    const stock = Array.from({ length: 1_000 }, () => 0);
    stock[500] = 100_000;
    const server = new Server(plan(1_000, 100), stock);
    for (let i = 0; i < 40; i++) server.answer();
    const before = server.reads.length;
    let brought = 0;
    for (let i = 0; i < 20; i++) brought += server.answer();
    expect(brought).toBeGreaterThanOrEqual(10 * 100);
    expect(new Set(server.reads.slice(before).flatMap(names)).size).toBe(1_000);
  });

  test('all of a thousand are busy: each read names as many as get enough of them, the longest ago read first', () => {
    const server = new Server(
      plan(1_000, 10_000),
      Array.from({ length: 1_000 }, () => 1_000),
    );
    const asked = [1, 2, 3, 4, 5, 6].map(() => {
      const [first = '', last = ''] = [names(server.out)[0], names(server.out).at(-1)];
      const { count = 0, block } = server.out ?? {};
      return { first, last, count, block, brought: server.answer() };
    });
    expect(asked).toEqual([
      { first: 's0', last: 's999', count: 10, block: undefined, brought: 10_000 },
      { first: 's0', last: 's311', count: WORTH, block: undefined, brought: 9_984 },
      { first: 's312', last: 's623', count: WORTH, block: undefined, brought: 9_984 },
      { first: 's624', last: 's935', count: WORTH, block: undefined, brought: 9_984 },
      { first: 's0', last: 's999', count: WORTH, block: undefined, brought: 9_984 },
      { first: 's248', last: 's559', count: WORTH, block: undefined, brought: 9_984 },
    ]);
  });

  test('most of them are busy: the others are looked at without them, and all at once', () => {
    const stock = Array.from({ length: 1_000 }, (_, i) => (i % 10 === 0 ? 0 : 1_000));
    const server = new Server(plan(1_000, 10_000), stock);
    const asked = [1, 2, 3, 4].map(() => {
      const { length } = names(server.out);
      const { count = 0 } = server.out ?? {};
      return { length, count, brought: server.answer() };
    });
    expect(asked).toEqual([
      { length: 1_000, count: 10, brought: 9_000 },
      { length: 312, count: WORTH, brought: 9_984 },
      { length: 100, count: 100, brought: 0 },
      { length: 312, count: WORTH, brought: 9_984 },
    ]);
  });

  test('without a group each is read after its own last id', () => {
    const server = new Server(
      { ...plan(100, 50), group: undefined },
      Array.from({ length: 100 }, () => 2),
    );
    server.answer();
    expect(server.out?.from[0]).toEqual(['s0', '10-0']);
  });

  test('on demand all are asked: what a request takes from each is its own affair', () => {
    const script = new Script({ ...plan(200, 3), demand: 'pull' }).play({ type: 'wanted' }).connected();
    expect([names(script.find('read')?.read).length, script.find('read')?.read.count]).toEqual([200, 4]);
  });

  test('a backlog of theirs is read of some streams first, then of the others', () => {
    const group = { ...IN_GROUP.group, startFromBacklog: true } as Plan['group'];
    const script = new Script({ ...plan(100, 10), group }).connected();
    expect([names(script.find('read')?.read).length, script.find('read')?.read]).toMatchObject([
      SLICE,
      { kind: 'backlog', count: 1 },
    ]);
    script.play(replied());
    expect([names(script.find('read')?.read).length, script.find('read')?.read]).toMatchObject([
      36,
      { kind: 'backlog', count: 1 },
    ]);
    script.play(replied());
    expect(script.find('read')?.read.kind).toBe('live');
  });
});

test('whatever they have: all of it comes, no read passes its bound, and nobody waits longer than two rounds', () => {
  const stocks = fc
    .integer({ min: 1, max: 400 })
    .chain((n) => fc.array(fc.oneof(fc.constant(0), fc.nat(3), fc.nat(400)), { minLength: n, maxLength: n }));
  fc.assert(
    fc.property(stocks, fc.integer({ min: 1, max: 300 }), (stock, bufferSize) => {
      const n = stock.length;
      const all = stock.reduce((sum, each) => sum + each, 0);
      const server = new Server(plan(n, bufferSize, { until: 'drained', timeout: 0 }), [...stock]);
      // In so many reads all are named: of those that have nothing, and of those that gave as many as they were asked for.
      const [quiet, busy] = [bufferSize, Math.floor(bufferSize / WORTH)].map((most) => Math.ceil(n / Math.max(SLICE, most)));
      const waited = new Map(named(n).map((stream) => [stream, 0]));
      let came = 0;
      while (server.out !== undefined) {
        const isWhole = names(server.out).length === n;
        const brought = server.answer();
        came += brought;
        // A read of all is sent when they were seen to their end, or when there is room for one of each.
        expect(brought).toBeLessThanOrEqual(Math.max(bufferSize, Math.min(n, SLICE), isWhole ? n : 0));
        for (const stream of named(n)) waited.set(stream, (waited.get(stream) ?? 0) + 1);
        for (const stream of names(server.reads.at(-1))) waited.set(stream, 0);
        const longest = (isBusy: boolean): number =>
          Math.max(
            0,
            ...named(n).map((each) => (server.script.state.round.busy.has(each) === isBusy ? (waited.get(each) ?? 0) : 0)),
          );
        expect(longest(false)).toBeLessThanOrEqual(2 * 2 * (quiet ?? 0));
        expect(longest(true)).toBeLessThanOrEqual(2 * 2 * (busy ?? 0));
      }
      expect(server.script.tag).toBe('closing settling');
      expect(came).toBe(all);
      expect(server.stock.every((each) => each === 0)).toBe(true);
    }),
    { numRuns: 25 },
  );
});

test('a thousand streams leave at once: each of them, in one go', () => {
  const server = new Server(
    plan(1_000, 100),
    Array.from({ length: 1_000 }, () => 0),
  ).runDry();
  for (const stream of named(1_000)) server.script.play({ type: 'stream-left', stream });
  server.script.play(replied());
  expect(server.script.effects.filter((effect) => effect.do === 'work-off')).toHaveLength(1_000);
  for (const stream of named(1_000)) server.script.play({ type: 'worked-off', stream });
  expect([server.script.state.tracks, server.script.state.leaving, server.script.tag]).toEqual([[], [], 'resting']);
});
