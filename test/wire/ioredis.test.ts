import { Redis } from 'ioredis';
import { Redis as Redis6 } from 'ioredis6';
import { firstValueFrom, type Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { keyPrefix } from '../../src/wire/key-prefix.js';
import { createPort } from '../../src/wire/ioredis.js';
import { FakeClient, replyError, never } from './fake-client.js';

const get = <T>(command: Observable<T>) => firstValueFrom(command);
const me = { stream: 's', group: 'g', consumer: 'c' };

describe('commands', () => {
  it('are cold: sent by subscribing, once for each subscription', async () => {
    const client = new FakeClient(() => 1);
    const port = createPort(client);
    const ack = port.ack({ ...me, ids: ['1-0'] });
    port.reader();
    expect(client.sent).toEqual([]);
    await get(ack);
    await get(ack);
    expect(client.sent).toEqual(['XACK s g 1-0', 'XACK s g 1-0']);
    expect(client.duplicates).toEqual([]);
  });

  it('fail when the client throws at once, and answer when it answers no promise', async () => {
    const thrown = new TypeError('Unsupported command');
    const client = new FakeClient();
    client.call = () => {
      throw thrown;
    };
    await expect(get(createPort(client).unblock({ clientId: 1 }))).rejects.toMatchObject({
      name: 'TypeError',
      message: thrown.message,
    });
    client.call = (() => 1) as never;
    expect(await get(createPort(client).unblock({ clientId: 1 }))).toBe(true);
  });

  it('are ignored after unsubscribing, and reject nowhere', async () => {
    const unhandled: unknown[] = [];
    const listener = (reason: unknown) => unhandled.push(reason);
    process.on('unhandledRejection', listener);
    const port = createPort(new FakeClient(() => Promise.reject(replyError('ERR late'))));
    const seen: unknown[] = [];
    port
      .fetch({ ...me, ids: ['1-0', '2-0'], binary: false })
      .subscribe({ next: (v) => seen.push(v), error: (e: unknown) => seen.push(e) })
      .unsubscribe();
    await expect(get(port.fetch({ ...me, ids: ['1-0', '2-0'], binary: false }))).rejects.toThrow('late');
    await new Promise(setImmediate);
    process.off('unhandledRejection', listener);
    expect([seen, unhandled]).toEqual([[], []]);
  });

  it('read numbers that came as text', async () => {
    const port = createPort(new FakeClient(() => '1'));
    expect(await get(port.ack({ ...me, ids: ['1-0'] }))).toBe(1);
    expect(await get(port.unblock({ clientId: 5 }))).toBe(true);
    expect(await get(port.removeConsumer(me))).toBe(true);
  });
});

describe('refusals that are answers', () => {
  const refusing = (message: string) => createPort(new FakeClient(() => Promise.reject(replyError(message))));

  it('BUSYGROUP and a missing key', async () => {
    expect(await get(refusing('BUSYGROUP exists').createGroup({ ...me, from: '$' }))).toBe(false);
    expect(await get(refusing('ERR no such key').lastDelivered(me))).toBeUndefined();
    expect(await get(refusing('ERR no such key').lastGenerated(me))).toBeUndefined();
    expect(await get(refusing('ERR The XGROUP subcommand requires the key to exist.').rewindGroup(me))).toBe(false);
  });

  it('others stay errors', async () => {
    await expect(get(refusing('NOPERM').createGroup({ ...me, from: '$' }))).rejects.toThrow('NOPERM');
    await expect(get(refusing('ERR syntax error').lastGenerated(me))).rejects.toThrow('syntax');
  });
});

describe('a server that is too old', () => {
  const pending = (message: string, minIdle?: number) =>
    get(
      createPort(new FakeClient(() => Promise.reject(replyError(message)))).pending({ ...me, minIdle, after: '0-0', count: 10 }),
    );

  // Redis 5 and 6.0 take three, six or seven words, and IDLE makes it more (`xpendingCommand`: shared.syntaxerr).
  it('XPENDING … IDLE is a syntax error there: UNSUPPORTED names the command, the version and what to do', async () => {
    await expect(pending('ERR syntax error', 60_000)).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringMatching(/XPENDING … IDLE \(Redis 6\.2\).*claimIdle\(\).*newer server/),
      cause: { message: 'ERR syntax error' },
    });
  });

  it.each([
    ['NOGROUP No such key', 60_000],
    ['NOPERM this user has no permissions', 60_000],
    ['LOADING Redis is loading the dataset in memory', 60_000],
    // Said by a server that is too busy to take us.
    ['ERR max number of clients reached', 60_000],
    // Switched off or renamed by rename-command; a number that we should not have sent; a proxy with words of its own.
    ["ERR unknown command 'XPENDING'", 60_000],
    ['ERR value is not an integer or out of range', 60_000],
    ['ERR Invalid stream ID specified as stream command argument', 60_000],
    ['ERR syntax errors are not forgiven here', 60_000],
    ['ERR syntax error', undefined],
  ])('%s, with IDLE %s, is what it is', async (message, minIdle) => {
    await expect(pending(message, minIdle)).rejects.toMatchObject({ name: 'ReplyError', message });
  });

  it('IDLE is sent only where it is asked for', async () => {
    const client = new FakeClient(() => []);
    const port = createPort(client);
    await get(port.pending({ ...me, minIdle: 60_000, after: '0-0', count: 10 }));
    await get(port.pending({ ...me, after: '5-0', to: '9-0', count: 10 }));
    expect(client.sent).toEqual(['XPENDING s g IDLE 60000 (0-0 + 10 c', 'XPENDING s g (5-0 9-0 10 c']);
  });
});

describe('scripts', () => {
  it('are sent by digest, and whole to a server that does not know them', async () => {
    const client = new FakeClient((name) => (name === 'EVALSHA' ? Promise.reject(replyError('NOSCRIPT No matching')) : ['1-0']));
    expect(await get(createPort(client).giveBack({ ...me, entries: [{ id: '1-0', count: 3 }] }))).toEqual(['1-0']);
    expect(client.sent.map((line) => line.split(' ')[0])).toEqual(['EVALSHA', 'EVAL']);
    expect(client.sent[0]).toMatch(/^EVALSHA [0-9a-f]{40} 1 s g c 2592000000 1-0 3$/);
  });

  it('are not tried again after another refusal', async () => {
    const client = new FakeClient(() => Promise.reject(replyError('NOPERM no scripts')));
    await expect(get(createPort(client).removeConsumer(me))).rejects.toThrow('NOPERM');
    expect(client.sent).toHaveLength(1);
  });
});

it('claim is one script, which says what is ours now and what was no longer in the stream', async () => {
  const client = new FakeClient(() => [['1-0'], ['2-0']]);
  expect(await get(createPort(client).claim({ ...me, minIdle: 30_000, ids: ['1-0', '2-0', '3-0'] }))).toEqual({
    ours: ['1-0'],
    gone: ['2-0'],
  });
  expect(client.sent).toEqual([expect.stringMatching(/^EVALSHA [0-9a-f]{40} 1 s g c 30000 1-0 2-0 3-0$/)]);
});

it('register sends one XCLAIM for each count', async () => {
  const client = new FakeClient((_, args) => args.slice(4, -4));
  const entries = [{ id: '1-0', count: 1 }, { id: '2-0', count: 3 }, { id: '3-0', count: 1 }]; // prettier-ignore
  expect(await get(createPort(client).register({ ...me, entries }))).toEqual(['1-0', '3-0', '2-0']);
  expect(client.sent).toEqual([
    'XCLAIM s g c 315360000000 1-0 3-0 FORCE RETRYCOUNT 1 JUSTID',
    'XCLAIM s g c 315360000000 2-0 FORCE RETRYCOUNT 3 JUSTID',
  ]);
});

it('fetch has at most 500 commands out', async () => {
  const client = new FakeClient(() => never);
  const ids = Array.from({ length: 1200 }, (_, index) => `${index}-1`);
  const fetching = createPort(client)
    .fetch({ ...me, ids, binary: false })
    .subscribe();
  expect(client.sent).toHaveLength(500);
  fetching.unsubscribe();
});

it('bytes on an auto-pipelining client go through its named methods: callBuffer ends the process there', async () => {
  const client = Object.assign(new FakeClient(() => 'no', { enableAutoPipelining: true }), {
    xrangeBuffer: (args: unknown[]) => Promise.resolve([[args[1], [Buffer.from('f'), Buffer.from('v')]]]),
  });
  expect(await get(createPort(client).fetch({ ...me, ids: ['1-0'], binary: true }))).toEqual([
    { id: '1-0', pairs: ['f', Buffer.from('v')] },
  ]);
  expect(client.sent).toEqual([]);
});

describe('keyPrefix', () => {
  it('is added where the client does not: XGROUP and XINFO of ioredis 5', () => {
    expect(keyPrefix(new Redis({ lazyConnect: true, keyPrefix: 'p:' })).forGroup('s')).toBe('p:s');
    expect(keyPrefix(new Redis6({ lazyConnect: true, keyPrefix: 'p:' })).forGroup('s')).toBe('s');
    expect(keyPrefix(new Redis6({ lazyConnect: true, keyPrefix: 'p:', enableAutoPipelining: true })).forGroup('s')).toBe('s');
    expect(keyPrefix(new Redis({ lazyConnect: true })).forGroup('s')).toBe('s');
  });

  it('a client that cannot be asked does not prefix', () => {
    const broken = Object.assign(new FakeClient(() => 1, { keyPrefix: 'p:' }), { createBuiltinCommand: () => null });
    for (const client of [new FakeClient(() => 1, { keyPrefix: 'p:' }), broken])
      expect(keyPrefix(client).forGroup('s')).toBe('p:s');
  });

  it('reaches XGROUP and XINFO', async () => {
    const client = new FakeClient((name) => (name === 'XINFO' ? [] : 'OK'), { keyPrefix: 'p:' });
    const port = createPort(client);
    await get(port.createGroup({ ...me, from: '$' }));
    await get(port.lastDelivered(me));
    await get(port.lastGenerated(me));
    await get(port.rewindGroup(me));
    expect(client.sent.splice(3)).toEqual(['XGROUP SETID p:s g 0-0']);
    expect(client.sent).toEqual(['XGROUP CREATE p:s g $ MKSTREAM', 'XINFO GROUPS p:s', 'XINFO STREAM p:s']);
  });
});

it('ended follows the client', () => {
  const client = new FakeClient();
  const port = createPort(client);
  expect(port.ended).toBe(false);
  client.status = 'end';
  expect(port.ended).toBe(true);
});
