import { firstValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { ClusterClient } from '../../src/wire/cluster.js';
import { classify } from '../../src/wire/failures.js';
import { createPort, slotsOf } from '../../src/wire/ioredis.js';
import { routeTo } from '../../src/wire/route.js';
import { slotOf } from '../../src/wire/slot.js';
import { FakeClient, never, replyError } from './fake-client.js';

const OPENING: Record<string, unknown> = { CLIENT: 7, INFO: 'run_id:abc\r\n' };

/** Nodes on these ports, the first of which has every slot; `refreshes` says who has them after each look. */
class FakeCluster extends FakeClient implements ClusterClient {
  override readonly isCluster = true as const;
  slots: string[][] = [];
  readonly all: FakeClient[];
  refreshed = 0;

  constructor(
    ports: number[],
    readonly owners: number[],
    options: Record<string, unknown> = {},
    answer: ConstructorParameters<typeof FakeClient>[0] = (name) => OPENING[name] ?? never,
  ) {
    super(answer, options);
    this.all = ports.map((port) => new FakeClient(answer, { host: 'h', port, password: 'secret' }));
    this.#own(owners[0] as number);
  }
  #own(port: number): void {
    this.slots = Array(16_384).fill([`h:${port}`]) as string[][];
  }
  nodes(): FakeClient[] {
    return this.all;
  }
  refreshSlotsCache(done: () => void): void {
    this.refreshed += 1;
    this.#own(this.owners[this.refreshed] ?? (this.owners.at(-1) as number));
    done();
  }
}

const find = (cluster: FakeCluster, route = routeTo(cluster, 1)) => firstValueFrom(route.find());
const moved = (word: 'MOVED' | 'ASK', to: string) => replyError(`${word} 1 ${to}`);

describe('the way to a slot', () => {
  it('a client that is no cluster is its own destination', async () => {
    const client = new FakeClient();
    expect(await firstValueFrom(routeTo(client, 1).find())).toEqual({ parent: client });
    const error = replyError('UNBLOCKED the stream key no longer exists');
    expect(routeTo(client, 1).told(error)).toBe(error);
  });

  it('leads to the node that has it, and is looked for anew each time it is taken again', async () => {
    const cluster = new FakeCluster([1, 2], [1, 2]);
    const route = routeTo(cluster, 1);
    expect(await find(cluster, route)).toEqual({ parent: cluster.all[0], at: { host: 'h', port: 1 } });
    expect(cluster.refreshed).toBe(0);
    expect(await find(cluster, route)).toEqual({ parent: cluster.all[1], at: { host: 'h', port: 2 } });
    expect(cluster.refreshed).toBe(1);
  });

  it.each([
    ['MOVED', false],
    ['ASK', true],
  ] as const)('%s says where to go instead, once', async (word, asking) => {
    const cluster = new FakeCluster([1, 2], [1]);
    const route = routeTo(cluster, 1);
    await find(cluster, route);
    const error = moved(word, 'h:2');
    expect(route.told(error)).toBe(error);
    expect(classify(error).kind).toBe('retry');
    expect(await find(cluster, route)).toEqual({ parent: cluster.all[1], at: { host: 'h', port: 2 }, asking });
    expect((await find(cluster, route)).at).toEqual({ host: 'h', port: 1 });
  });

  it.each<[string, unknown, object]>([
    ['a map', { 'in:9': { host: 'out', port: 99 } }, { host: 'out', port: 99 }],
    ['a function', (key: string) => (key === 'in:9' ? { host: 'out', port: '99' } : null), { host: 'out', port: 99 }],
    ['none', undefined, { host: 'in', port: 9 }],
  ])('as we reach it: natMap is %s', async (_, natMap, at) => {
    const cluster = new FakeCluster([1], [1], { natMap });
    const route = routeTo(cluster, 1);
    await find(cluster, route);
    route.told(moved('MOVED', 'in:9'));
    expect(await find(cluster, route)).toMatchObject({ parent: cluster.all[0], at });
  });

  it.each([
    [':9', { host: 'h', port: 9 }],
    ['?:9', { host: 'h', port: 9 }],
    ['::1:9', { host: '::1', port: 9 }],
  ])('the address %s', async (to, at) => {
    const cluster = new FakeCluster([1], [1]);
    const route = routeTo(cluster, 1);
    await find(cluster, route);
    route.told(moved('MOVED', to));
    expect((await find(cluster, route)).at).toEqual(at);
  });

  it('a slot that nobody is known to have is a lost connection, to be tried again', async () => {
    const cluster = new FakeCluster([1], [1]);
    cluster.slots = [];
    cluster.refreshSlotsCache = (done) => done();
    const error = await find(cluster).catch((thrown: unknown) => thrown);
    expect(classify(error)).toMatchObject({ kind: 'lost' });
    expect((error as Error).message).toBe('no node of the cluster is known to have slot 1');
  });

  it('a cluster that has not connected yet is woken by a command first', async () => {
    const cluster = new FakeCluster([1], [1], {}, (name) => {
      cluster.status = 'ready';
      return name === 'CLIENT' ? Promise.reject(replyError('NOPERM no')) : 'OK';
    });
    cluster.status = 'wait';
    expect((await find(cluster)).at).toEqual({ host: 'h', port: 1 });
    expect(cluster.sent).toEqual(['CLIENT ID']);
  });

  it('a read that is ended because the slot has left is a lost one: its reply is looked for', () => {
    const told = routeTo(new FakeCluster([1], [1]), 1).told(replyError('UNBLOCKED the stream key no longer exists'));
    expect(classify(told)).toMatchObject({ kind: 'lost' });
  });
});

describe('a reader of a slot', () => {
  const request = { from: [['s', '>']], count: 1, block: 100, binary: false } as const;

  it('is a plain connection to the node, with the node’s own options', async () => {
    const cluster = new FakeCluster([1, 2], [1, 2]);
    const reader = createPort(cluster, { stream: 's' }).reader();
    await firstValueFrom(reader.connect());
    expect(cluster.duplicates).toHaveLength(0);
    expect(cluster.all[0]?.duplicates[0]?.options).toMatchObject({ host: 'h', port: 1, password: 'secret', readOnly: false });
    await firstValueFrom(reader.connect());
    expect(cluster.all[0]?.duplicates[0]?.disconnects).toBe(1);
    expect(cluster.all[1]?.duplicates).toHaveLength(1);
  });

  it('asks before every command while the slot is on its way', async () => {
    const cluster = new FakeCluster([1, 2], [1], {}, (name, args) => {
      if (name === 'XREAD' && !cluster.all[1]?.sent.includes('ASKING')) return Promise.reject(moved('ASK', 'h:2'));
      return OPENING[name] ?? (name === 'ASKING' ? 'OK' : name === 'XREAD' ? null : args);
    });
    const reader = createPort(cluster, { stream: 's' }).reader();
    await firstValueFrom(reader.connect());
    await expect(firstValueFrom(reader.read(request))).rejects.toThrow('ASK');
    await firstValueFrom(reader.connect());
    expect(await firstValueFrom(reader.read(request))).toEqual([]);
    expect(await firstValueFrom(reader.read(request))).toEqual([]);
    const sent = cluster.all[1]?.sent.filter((each) => /^(ASKING|XREAD)/.test(each)).map((each) => each.split(' ')[0]);
    expect(sent).toEqual(['ASKING', 'XREAD', 'ASKING', 'XREAD']);
  });

  it('is unblocked through the node that has its connection, and no other', async () => {
    const cluster = new FakeCluster([1, 2], [2]);
    const port = createPort(cluster, { stream: 's' });
    await firstValueFrom(port.reader().connect());
    await firstValueFrom(port.unblock({ clientId: 7 }));
    expect(cluster.all[1]?.sent).toContain('CLIENT UNBLOCK 7');
    expect(cluster.sent).toEqual([]);
    expect(cluster.all[0]?.sent).toEqual([]);
  });

  it('once that node has left nobody is asked, and whoever waits is told so', async () => {
    const cluster = new FakeCluster([1], [1]);
    const port = createPort(cluster, { stream: 's' });
    await firstValueFrom(port.reader().connect());
    cluster.all.length = 0;
    const error = await firstValueFrom(port.unblock({ clientId: 7 })).catch((thrown: unknown) => thrown);
    expect(classify(error)).toMatchObject({ kind: 'fatal' });
    expect(cluster.sent).toEqual([]);
  });
});

it('streams are told apart by the slot of the whole key, prefix included', () => {
  expect(slotsOf(new FakeClient())('a')).toBe(slotsOf(new FakeClient())('b'));
  const cluster = new FakeCluster([1], [1]);
  expect(slotsOf(cluster)('foo')).toBe(slotOf('foo'));
  const prefixed = slotsOf(new FakeCluster([1], [1], { keyPrefix: '{x}:' }));
  expect([prefixed('foo'), prefixed('bar')]).toEqual([slotOf('x'), slotOf('x')]);
});
