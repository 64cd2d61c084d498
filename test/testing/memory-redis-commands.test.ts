import { createMemoryRedis, type MemoryRedis } from 'rxjs-redis-streams/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { GIVE_BACK, REMOVE_CONSUMER, TAKE_OVER, type Script } from '../../src/wire/scripts.js';

/* What each command answers is for the differential suite; here is what it cannot see. */

let redis: MemoryRedis;
let now: number;

beforeEach(() => {
  now = 1_000_000;
  redis = createMemoryRedis({ now: () => now });
});

describe('ids', () => {
  it('are made from the clock, and never go back with it', async () => {
    expect(await redis.xadd('s', '*', 'f', '1')).toBe('1000000-0');
    expect(await redis.xadd('s', '*', 'f', '2')).toBe('1000000-1');
    now -= 500;
    expect(await redis.xadd('s', '*', 'f', '3')).toBe('1000000-2');
    now += 501;
    expect(await redis.xadd('s', '*', 'f', '4')).toBe('1000001-0');
  });

  it('compare as numbers, up to 64 bits', async () => {
    for (const id of ['9-1', '10-0', '9007199254740993-9007199254740993', '18446744073709551615-5']) {
      await redis.xadd('s', id, 'f', id);
    }
    expect(await idsOf(redis, '(9-1', '+')).toEqual(['10-0', '9007199254740993-9007199254740993', '18446744073709551615-5']);
    expect(await idsOf(redis, '-', '(9007199254740993-9007199254740993')).toEqual(['9-1', '10-0']);
  });
});

describe('times', () => {
  it('come from the clock: idle grows with it, a read of the history and XCLAIM reset it', async () => {
    await delivered(redis, ['1-1']);
    now += 700;
    expect(await redis.xpending('s', 'g', '-', '+', 10)).toEqual([['1-1', 'me', 700, 1]]);
    await redis.xreadgroup('GROUP', 'g', 'me', 'STREAMS', 's', '0');
    expect(await redis.xpending('s', 'g', '-', '+', 10)).toEqual([['1-1', 'me', 0, 2]]);
    now += 10;
    expect(await redis.xclaim('s', 'g', 'you', 11, '1-1', 'JUSTID')).toEqual([]);
    expect(await redis.xclaim('s', 'g', 'you', 10, '1-1', 'IDLE', 5000, 'RETRYCOUNT', 9, 'JUSTID')).toEqual(['1-1']);
    expect(await redis.xpending('s', 'g', 'IDLE', 5000, '-', '+', 10)).toEqual([['1-1', 'you', 5000, 9]]);
    expect(await redis.xinfo('CONSUMERS', 's', 'g')).toEqual([
      ['name', 'me', 'pending', 0, 'idle', 10],
      ['name', 'you', 'pending', 1, 'idle', 0],
    ]);
  });
});

describe('bytes', () => {
  const bytes = Buffer.from([0, 0xff, 13, 10]);

  it('are kept exactly, and decoded only in string mode', async () => {
    await redis.xadd('s', '1-1', 'f', bytes, 'g', 7);
    bytes[0] = 1; // a caller may use its Buffer again
    expect(await redis.xrangeBuffer('s', '-', '+')).toEqual([
      [Buffer.from('1-1'), [Buffer.from('f'), Buffer.from([0, 0xff, 13, 10]), Buffer.from('g'), Buffer.from('7')]],
    ]);
    expect(await redis.xrange('s', '-', '+')).toEqual([['1-1', ['f', '\0\ufffd\r\n', 'g', '7']]]);
    expect(await redis.callBuffer('XGROUP', 'CREATE', 's', 'g', '0')).toEqual(Buffer.from('OK'));
    const [[key, [[id]]]] = (await redis.callBuffer('XREADGROUP', 'GROUP', 'g', 'c', 'STREAMS', 's', '>')) as [
      [Buffer, [[Buffer]]],
    ];
    expect([key, id]).toEqual([Buffer.from('s'), Buffer.from('1-1')]);
  });

  it('of a reply are the caller’s own', async () => {
    await redis.xadd('s', '1-1', 'f', 'v');
    const [[, [name]]] = (await redis.xrangeBuffer('s', '-', '+')) as unknown as [[Buffer, [Buffer]]];
    name.fill(0);
    expect(await redis.xrange('s', '-', '+')).toEqual([['1-1', ['f', 'v']]]);
  });

  it('name consumers and groups too', async () => {
    const name = Buffer.from([0xfe]);
    await redis.call('XGROUP', ['CREATE', 's', name, '0', 'MKSTREAM']);
    expect(await redis.callBuffer('XINFO', 'GROUPS', 's')).toMatchObject([expect.arrayContaining([name])]);
  });
});

describe('errors', () => {
  it('are ReplyErrors that say which command they answer', async () => {
    const error: unknown = await redis.xgroup('DESTROY', 's', 'g').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: 'ReplyError',
      message: expect.stringMatching(/^ERR The XGROUP subcommand requires the key to exist/) as string,
      command: { name: 'xgroup', args: ['DESTROY', 's', 'g'] },
    });
  });

  it('of ioredis-mock are ReplyErrors as well', async () => {
    await expect(redis.call('SET', 'k', 'v', 'NX', 'XX')).rejects.toMatchObject({ name: 'ReplyError' });
    await expect(redis.call('FOO', 'bar')).rejects.toMatchObject({
      name: 'ReplyError',
      message: "ERR unknown command 'FOO', with args beginning with: 'bar' ",
    });
  });

  it.each([
    ['XFOO s 1', "ERR unknown command 'XFOO', with args beginning with: 's' '1' "],
    ['XADD s', "ERR wrong number of arguments for 'xadd' command"],
    ['XADD s NOMKSTREAM 1-1 f', "ERR wrong number of arguments for 'xadd' command"],
    ['XADD s MAXLEN x * f v', 'ERR value is not an integer or out of range'],
    ['XADD s MAXLEN 5 LIMIT 1 * f v', 'ERR syntax error, LIMIT cannot be used without the special ~ option'],
    ['XADD s JUNK * f v', 'ERR Invalid stream ID specified as stream command argument'],
    ['XREAD COUNT 1 JUNK s 0', 'ERR syntax error'],
    ['XREAD STREAMS a b 0', "ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified."],
    ['XREADGROUP GROUP g c BLOCK x STREAMS s >', 'ERR timeout is not an integer or out of range'],
    ['XPENDING s g IDLE 1 -', 'ERR syntax error'],
    ['XTRIM s JUNK 1', 'ERR syntax error'],
    ['XGROUP JUNK s g', "ERR unknown subcommand 'JUNK'. Try XGROUP HELP."],
    ['XGROUP CREATE s', "ERR wrong number of arguments for 'xgroup|create' command"],
    ['XINFO STREAM s JUNK', "ERR unknown subcommand or wrong number of arguments for 'STREAM'. Try XINFO HELP."],
    ['CLIENT UNBLOCK 1 JUNK', 'ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR'],
  ])('tell what is wrong with a command, as Redis does: %s', async (line, message) => {
    await redis.xadd('s', '1-1', 'f', 'v');
    const [name = '', ...args] = line.split(' ');
    await expect(redis.call(name, args)).rejects.toMatchObject({ name: 'ReplyError', message, command: { name, args } });
  });

  it('keep other types and streams apart, in both directions', async () => {
    await redis.xadd('s', '*', 'f', 'v');
    await redis.rpush('l', 'x');
    const WRONGTYPE = /^WRONGTYPE Operation against a key holding the wrong kind of value$/;
    for (const wrong of [
      redis.get('s'),
      redis.hgetall('s'),
      redis.lpush('s', 'x'),
      redis.xadd('l', '*', 'f', 'v'),
      redis.xlen('l'),
    ]) {
      await expect(wrong).rejects.toThrow(WRONGTYPE);
    }
  });
});

describe('other commands on streams', () => {
  beforeEach(async () => {
    await redis.xadd('s', '1-1', 'f', 'v');
  });

  it('see one key with a type', async () => {
    expect(await redis.type('s')).toBe('stream');
    expect(await redis.keys('*')).toEqual(['s']);
    expect([await redis.dbsize(), await redis.exists('s')]).toEqual([1, 1]);
    expect(await redis.del('s')).toBe(1);
    expect([await redis.dbsize(), await redis.type('s')]).toEqual([0, 'none']);
  });

  it('move it, let it expire, and flush it', async () => {
    await redis.rename('s', 't');
    expect([await redis.xlen('s'), await redis.xlen('t')]).toEqual([0, 1]);
    await redis.pexpire('t', 0);
    expect(await redis.xlen('t')).toBe(0);
    await redis.xadd('u', '*', 'f', 'v');
    await redis.flushall();
    expect(await redis.dbsize()).toBe(0);
  });

  it('rename as Redis does', async () => {
    await expect(redis.rename('none', 's')).rejects.toThrow('ERR no such key');
    expect(await redis.rename('s', 's')).toBe('OK');
    expect(await redis.renamenx('s', 's')).toBe(0);
    expect(await redis.xlen('s')).toBe(1);
  });

  it('WATCH it: a change makes EXEC fail, a read does not', async () => {
    const other = redis.duplicate({ keyPrefix: '' });
    await redis.watch('s');
    await redis.xlen('s');
    expect(await redis.multi().xlen('s').exec()).toEqual([[null, 1]]);
    await redis.watch('s');
    await other.xadd('s', '*', 'f', 'v');
    expect(await redis.multi().xlen('s').exec()).toBeNull();
    expect(await redis.multi().xlen('s').exec()).toEqual([[null, 2]]);
    await redis.watch('s');
    await other.flushall();
    expect(await redis.multi().xlen('s').exec()).toBeNull();
  });
});

describe('scripts of ours', () => {
  const run = (script: Script, how: 'EVAL' | 'EVALSHA', ...args: (string | number)[]) =>
    redis.call(how, [how === 'EVAL' ? script.lua : script.sha, 1, 's', ...args]);

  it('are known by their digest once they were sent, to every connection of the server', async () => {
    await delivered(redis, ['1-1']);
    const unknown = { name: 'ReplyError', message: 'NOSCRIPT No matching script. Please use EVAL.' };
    await expect(run(REMOVE_CONSUMER, 'EVALSHA', 'g', 'me')).rejects.toMatchObject(unknown);
    expect(await run(REMOVE_CONSUMER, 'EVAL', 'g', 'me')).toBe(0);
    await redis.xack('s', 'g', '1-1');
    expect(await redis.duplicate().call('EVALSHA', [REMOVE_CONSUMER.sha, 1, 's', 'g', 'me'])).toBe(1);
    expect(await redis.call('SCRIPT', 'EXISTS', REMOVE_CONSUMER.sha, GIVE_BACK.sha)).toEqual([1, 0]);
    await redis.call('SCRIPT', 'FLUSH');
    await expect(run(REMOVE_CONSUMER, 'EVALSHA', 'g', 'me')).rejects.toMatchObject(unknown);
  });

  it('give back and take over what is ours', async () => {
    await delivered(redis, ['1-1', '2-1', '3-1']);
    await redis.xclaim('s', 'g', 'you', 0, '2-1', 'JUSTID');
    await redis.xdel('s', '3-1');
    expect(await run(GIVE_BACK, 'EVAL', 'g', 'me', 90_000, '1-1', 0, '2-1', 0)).toEqual(['1-1']);
    expect(await redis.xpending('s', 'g', '-', '+', 1)).toEqual([['1-1', 'me', 90_000, 0]]);
    expect(await run(TAKE_OVER, 'EVAL', 'g', 'me', '1-1', '2-1', '3-1')).toEqual([
      ['1-1', ['f', '1-1'], 1],
      ['3-1', null, 2],
    ]);
    expect(await redis.xpending('s', 'g', '-', '+', 5, 'me')).toEqual([['1-1', 'me', 0, 1]]);
    await expect(run(TAKE_OVER, 'EVAL', 'none', 'me', '1-1')).rejects.toThrow("NOGROUP No such key 's' or consumer group 'none'");
  });

  it('leave other scripts to ioredis-mock', async () => {
    const lua = "return redis.call('set', KEYS[1], ARGV[1])";
    expect(await redis.eval(lua, 1, 'k', 'v')).toBe('OK');
    redis.defineCommand('readBack', { numberOfKeys: 1, lua: "return redis.call('get', KEYS[1])" });
    expect(await (redis as unknown as { readBack(key: string): Promise<unknown> }).readBack('k')).toBe('v');
  });

  it('refuse others that would work on streams, and leave nothing behind', async () => {
    const lua = "return redis.call('xadd', KEYS[1], '*', 'a', 'b')";
    const refused = 'The in-memory Redis runs no scripts that call XADD, except those of rxjs-redis-streams';
    await expect(redis.eval(lua, 1, 's')).rejects.toThrow(refused);
    const sha = String(await redis.script('LOAD', lua));
    await expect(redis.evalsha(sha, 1, 's')).rejects.toThrow(refused);
    redis.defineCommand('addOne', { numberOfKeys: 1, lua });
    await expect((redis as unknown as { addOne(key: string): Promise<unknown> }).addOne('s')).rejects.toThrow(refused);
    expect(await redis.keys('*')).toEqual([]);
  });
});

it('reads from a stream of 100,000 entries without copying it', async () => {
  const pipeline = redis.pipeline();
  for (let index = 1; index <= 100_000; index++) pipeline.xadd('s', `${index}-0`, 'f', index);
  await pipeline.exec();
  await redis.xgroup('CREATE', 's', 'g', '0');
  const begun = performance.now();
  for (let read = 0; read < 500; read++) await redis.xreadgroup('GROUP', 'g', 'me', 'COUNT', 10, 'STREAMS', 's', '>');
  for (let index = 1; index <= 5000; index++) await redis.xack('s', 'g', `${index}-0`);
  // Copying would take minutes; the bound is only there to tell the two apart.
  expect(performance.now() - begun).toBeLessThan(5000);
  expect(await redis.xinfo('GROUPS', 's')).toEqual([
    ['name', 'g', 'consumers', 1, 'pending', 0, 'last-delivered-id', '5000-0', 'entries-read', 5000, 'lag', 95_000],
  ]);
});

/** A stream `s` with these entries, all delivered to `me` of group `g`. */
async function delivered(client: MemoryRedis, ids: string[]): Promise<void> {
  await client.xgroup('CREATE', 's', 'g', '0', 'MKSTREAM');
  for (const id of ids) await client.xadd('s', id, 'f', id);
  await client.xreadgroup('GROUP', 'g', 'me', 'STREAMS', 's', '>');
}

async function idsOf(client: MemoryRedis, start: string, end: string): Promise<string[]> {
  return (await client.xrange('s', start, end)).map(([id]) => id);
}
