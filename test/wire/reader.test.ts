import { Socket } from 'node:net';
import { firstValueFrom } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { classify } from '../../src/wire/failures.js';
import { createReader } from '../../src/wire/reader.js';
import { routeTo } from '../../src/wire/route.js';
import { FakeClient, never, replyError } from './fake-client.js';

const request = { from: [['s', '>']], count: 1, block: 100, binary: false } as const;

const noAck = (): never => {
  throw new Error('nobody acks here');
};

/** What a server answers a new connection. */
const opening = (name: string) => ({ CLIENT: 7, INFO: '# Server\r\nrun_id:abc\r\n' })[name];

/** A client whose reads never answer, so that only events end them. */
function blocking(options: Record<string, unknown> = {}) {
  const client = new FakeClient((name) => opening(name) ?? never, options);
  return {
    client,
    reader: createReader(routeTo(client, 0), { prefix: 'p:', ack: noAck }),
    own: (index = 0) => client.duplicates[index] as FakeClient,
  };
}
/** Collects what an Observable does. */
function watch(command: ReturnType<ReturnType<typeof createReader>['read']>) {
  const seen: unknown[] = [];
  const subscription = command.subscribe({
    next: (value) => seen.push(value),
    error: (error: unknown) => seen.push(classify(error).kind, error),
    complete: () => seen.push('complete'),
  });
  return { seen, subscription };
}

it('does nothing before connect() is subscribed to, and tells the id', async () => {
  const { client, reader, own } = blocking();
  const connecting = reader.connect();
  expect(client.duplicates).toHaveLength(0);
  expect(await firstValueFrom(connecting)).toBe(7);
  expect(own().disconnects).toBe(0);
  expect(client.eventNames()).toEqual([]);
});

it('gives its connection what it needs, whatever the caller set', async () => {
  const hostile = {
    commandTimeout: 5,
    blockingTimeout: 5,
    socketTimeout: 5,
    enableOfflineQueue: false,
    keyPrefix: 'p:',
    password: 'x',
  };
  const { client, reader, own } = blocking({ ...hostile, db: 1, replyMapping: 'resp3', protocol: 3 });
  Object.assign(client, { condition: { select: 4 } });
  await firstValueFrom(reader.connect());
  expect(own().options).toMatchObject({
    lazyConnect: true,
    retryStrategy: null,
    commandTimeout: undefined,
    blockingTimeout: undefined,
    socketTimeout: undefined,
    enableOfflineQueue: true,
    keyPrefix: '',
    protocol: 2,
    replyMapping: 'legacy',
    password: 'x',
    db: 4,
  });
  expect(own().options).not.toHaveProperty('failoverDetector');
  expect(client.options).toMatchObject({ ...hostile, db: 1 });
});

it('while the caller reconnects its db is the one it had', async () => {
  const { client, reader, own } = blocking({ db: 1 });
  Object.assign(client, { condition: { select: 1 }, prevCondition: { select: 4 } });
  await firstValueFrom(reader.connect());
  expect(own().options['db']).toBe(4);
});

it('with sentinels it learns of a failover, and asks unreachable ones once', async () => {
  const { reader, own } = blocking({ sentinels: [{ host: 'h', port: 1 }], name: 'm' });
  await firstValueFrom(reader.connect());
  expect(own().options).toMatchObject({ failoverDetector: true, sentinelRetryStrategy: null });
});

describe('a read that is out', () => {
  it.each([
    ['end', undefined, 'lost'],
    ['error', Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', syscall: 'read' }), 'lost'],
    ['error', replyError('NOAUTH Authentication required.'), 'fatal'],
  ])('fails in the turn of "%s", although the client never rejects', async (event, error, kind) => {
    const { reader, own } = blocking();
    await firstValueFrom(reader.connect());
    const { seen } = watch(reader.read(request));
    own().emit(event, error);
    expect(seen).toMatchObject([kind, { message: error?.message ?? 'the connection to Redis was lost' }]);
    own().emit('end');
    expect(seen).toHaveLength(2);
    expect(own().disconnects).toBe(1);
  });

  it('fails in the turn of disconnect()', async () => {
    const { reader, own } = blocking();
    await firstValueFrom(reader.connect());
    const { seen } = watch(reader.read(request));
    reader.disconnect();
    reader.disconnect();
    expect(seen[0]).toBe('lost');
    expect(own().disconnects).toBe(1);
  });

  it('fails when connect() replaces its connection, which is closed', async () => {
    const { reader, own } = blocking();
    await firstValueFrom(reader.connect());
    const { seen } = watch(reader.read(request));
    await firstValueFrom(reader.connect());
    expect(seen[0]).toBe('lost');
    expect([own(0).disconnects, own(1).disconnects]).toEqual([1, 0]);
  });

  it('is only forgotten by unsubscribing', async () => {
    const { reader, own } = blocking();
    await firstValueFrom(reader.connect());
    const { seen, subscription } = watch(reader.read(request));
    subscription.unsubscribe();
    own().emit('end');
    expect(seen).toEqual([]);
  });
});

describe('without a connection a read is lost, and sends nothing', () => {
  it('before connect()', () => {
    const { client, reader } = blocking();
    expect(watch(reader.read(request)).seen[0]).toBe('lost');
    expect(client.sent).toEqual([]);
  });

  it('after the connection ended', async () => {
    const { client, reader, own } = blocking();
    await firstValueFrom(reader.connect());
    own().emit('end');
    expect(watch(reader.read(request)).seen[0]).toBe('lost');
    expect(client.sent).toEqual(['CLIENT ID', 'INFO server']);
  });
});

describe('connect()', () => {
  it('that fails closes its connection, with the reason of the server', async () => {
    const client = new FakeClient(() => never);
    const reader = createReader(routeTo(client, 0), { prefix: '', ack: noAck });
    const { seen } = watch(reader.connect() as never);
    const reason = replyError('WRONGPASS invalid username-password pair');
    client.duplicates[0]?.emit('error', reason);
    expect(seen).toMatchObject(['fatal', { name: 'ReplyError', message: reason.message }]);
    expect(client.duplicates[0]?.disconnects).toBe(1);
  });

  it('that is refused the command closes its connection', async () => {
    const client = new FakeClient(() => Promise.reject(replyError('NOPERM client')));
    await expect(firstValueFrom(createReader(routeTo(client, 0), { prefix: '', ack: noAck }).connect())).rejects.toThrow(
      'NOPERM',
    );
    expect(client.duplicates[0]?.disconnects).toBe(1);
  });

  it('is aborted by unsubscribing', () => {
    const { reader, own } = blocking();
    reader.connect().subscribe().unsubscribe();
    expect(own().disconnects).toBe(1);
  });

  it('fails when the client cannot be duplicated', async () => {
    const client = new FakeClient();
    client.duplicate = () => {
      throw new Error('Requires the name of master.');
    };
    await expect(firstValueFrom(createReader(routeTo(client, 0), { prefix: '', ack: noAck }).connect())).rejects.toThrow(
      'master',
    );
  });

  it.each([
    [{}, 20_000],
    [{ connectTimeout: 100 }, 200],
    [{ connectTimeout: 100, sentinels: [{}, {}, {}] }, 500],
    [{ connectTimeout: 0 }, 20_000],
  ])('is given up when nothing answers: %j', (options, after) => {
    vi.useFakeTimers();
    const client = new FakeClient(() => never, options);
    const { seen } = watch(createReader(routeTo(client, 0), { prefix: '', ack: noAck }).connect() as never);
    vi.advanceTimersByTime(after - 1);
    expect(seen).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(seen[0]).toBe('lost');
    expect(client.duplicates[0]?.disconnects).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  it('destroys a socket that would not end by itself', async () => {
    const { reader, own } = blocking();
    await firstValueFrom(reader.connect());
    let destroyed = 0;
    Object.assign(own(), { stream: { destroy: () => destroyed++ } });
    reader.disconnect();
    expect(destroyed).toBe(1);
  });
});

describe('on a client whose socket can be had', () => {
  /** Its connections have a socket that keeps what is written, and a parser of the client. */
  function reachable() {
    const sockets: (Socket & { written: string[] })[] = [];
    const client = new FakeClient((name) => opening(name) ?? never);
    const duplicate = client.duplicate.bind(client);
    client.duplicate = (override) => {
      const written: string[] = [];
      const write = (chunk: unknown) => written.push(String(chunk));
      const stream = Object.assign(
        new Socket().on('data', () => undefined),
        { written, write },
      );
      sockets.push(stream);
      return Object.assign(duplicate(override), { stream, commandQueue: [], offlineQueue: [], sendCommand: () => undefined });
    };
    const own = () => client.duplicates[0] as FakeClient & { sendCommand(command: object): Promise<unknown> };
    return { client, own, sockets };
  }

  it('reads the replies itself', async () => {
    const { client, sockets } = reachable();
    const reader = createReader(routeTo(client, 0), { prefix: 'p:', ack: noAck });
    expect(reader.by).toBeUndefined();
    await firstValueFrom(reader.connect());
    expect(reader.by).toBe('own');
    const { seen } = watch(reader.read(request));
    expect(client.sent).toEqual(['CLIENT ID', 'INFO server']);
    expect(sockets[0]?.written).toEqual([expect.stringContaining('XREAD\r\n')]);
    sockets[0]?.emit('data', Buffer.from('*-1\r\n'));
    expect(seen).toEqual([[], 'complete']);
  });

  it('knows of no reader before the next connection is open, and writes nothing together there', async () => {
    const { client } = reachable();
    const reader = createReader(routeTo(client, 0), { prefix: '', ack: noAck });
    const acks: unknown[] = [];
    const together = (): void => reader.together?.((ack) => acks.push(ack));
    await firstValueFrom(reader.connect());
    together();
    const connecting = reader.connect().subscribe();
    expect(reader.by).toBeUndefined();
    together();
    connecting.unsubscribe();
    together();
    expect(acks).toEqual([expect.any(Function), undefined, undefined]);
    reader.disconnect();
  });

  it('leaves them to the client when that is wanted', async () => {
    const { client, sockets } = reachable();
    const reader = createReader(routeTo(client, 0), { prefix: 'p:', ack: noAck, by: 'client' });
    await firstValueFrom(reader.connect());
    expect(reader.by).toBe('client');
    watch(reader.read(request));
    expect(client.sent.at(-1)).toBe('XREAD COUNT 1 BLOCK 100 STREAMS p:s >');
    expect(sockets[0]?.written).toEqual([]);
  });

  it('lets the client send nothing more', async () => {
    const { client, own } = reachable();
    await firstValueFrom(createReader(routeTo(client, 0), { prefix: '', ack: noAck }).connect());
    const promise = Promise.reject(new Error('as the client does'));
    const rejected: Error[] = [];
    const late = own().sendCommand({ reject: (error: Error) => rejected.push(error), promise });
    await expect(late).rejects.toThrow('as the client does');
    expect(rejected).toMatchObject([{ code: 'CONNECTION_LOST' }]);
  });

  it.each([
    ['what comes is no reply', (socket: Socket) => socket.emit('data', Buffer.from('?')), 'PROTOCOL'],
    ['it ends inside of one', (socket: Socket) => void (socket.emit('data', Buffer.from('*1')), socket.emit('end')), 'PROTOCOL'],
  ])('loses its connection when %s', async (_, happens, code) => {
    const { client, own, sockets } = reachable();
    const reader = createReader(routeTo(client, 0), { prefix: '', ack: noAck });
    await firstValueFrom(reader.connect());
    const { seen } = watch(reader.read(request));
    happens(sockets[0] as Socket);
    expect(seen).toMatchObject(['lost', { code }]);
    expect(own().disconnects).toBe(1);
    expect([sockets[0]?.destroyed, sockets[0]?.listenerCount('data')]).toEqual([true, 0]);
    expect(watch(reader.read(request)).seen[0]).toBe('lost');
  });

  it.each([
    ['the client ends', (client: FakeClient) => client.emit('end')],
    ['the client fails', (client: FakeClient) => client.emit('error', Object.assign(new Error('x'), { syscall: 'read' }))],
  ])('fails what is out in the turn in which %s, and leaves no listener', async (_, happens) => {
    const { client, own, sockets } = reachable();
    const reader = createReader(routeTo(client, 0), { prefix: '', ack: noAck });
    await firstValueFrom(reader.connect());
    const { seen } = watch(reader.read(request));
    happens(own());
    expect(seen[0]).toBe('lost');
    expect([sockets[0]?.destroyed, sockets[0]?.listenerCount('data')]).toEqual([true, 0]);
  });
});

it('adds the prefix to keys and strips it from replies', async () => {
  const client = new FakeClient((name) => opening(name) ?? [['p:s', [['1-0', ['f', 'v']]]]]);
  const reader = createReader(routeTo(client, 0), { prefix: 'p:', ack: noAck });
  await firstValueFrom(reader.connect());
  expect(await firstValueFrom(reader.read(request))).toEqual([{ stream: 's', entries: [{ id: '1-0', pairs: ['f', 'v'] }] }]);
  expect(client.sent).toEqual(['CLIENT ID', 'INFO server', 'XREAD COUNT 1 BLOCK 100 STREAMS p:s >']);
});

describe('where a stream ends', () => {
  it.each([
    ['its last id', ['length', 2, 'last-generated-id', '5-0', 'entries-added', 2], '5-0'],
    ['nothing, where there is no such key', replyError('ERR no such key'), undefined],
  ])('%s, asked on this connection', async (_, answer, last) => {
    const client = new FakeClient((name) => {
      if (name === 'CLIENT') return 7;
      if (answer instanceof Error) throw answer;
      return answer;
    });
    const reader = createReader(routeTo(client, 0), { prefix: 'p:', ack: noAck });
    await firstValueFrom(reader.connect());
    expect(await firstValueFrom(reader.lastGenerated({ stream: 's' }))).toBe(last);
    expect(client.sent).toEqual(['CLIENT ID', 'INFO server', 'XINFO STREAM p:s']);
  });

  it('fails with whatever else is wrong, and without a connection', async () => {
    const client = new FakeClient((name) => {
      if (name === 'CLIENT') return 7;
      throw replyError('WRONGTYPE Operation against a key');
    });
    const reader = createReader(routeTo(client, 0), { prefix: '', ack: noAck });
    await expect(firstValueFrom(reader.lastGenerated({ stream: 's' }))).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
    await firstValueFrom(reader.connect());
    await expect(firstValueFrom(reader.lastGenerated({ stream: 's' }))).rejects.toThrow('WRONGTYPE');
  });
});
