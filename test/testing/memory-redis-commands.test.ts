import { createMemoryRedis, type MemoryRedis } from 'rxjs-redis-streams/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { isNative } from '../../src/testing/memory-redis/scripts.js';
import * as ours from '../../src/wire/scripts.js';
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

describe('keys', () => {
  it.each(['constructor', 'toString', 'hasOwnProperty', '__proto__', ''])('may have any name: %j', async (key) => {
    expect(await redis.xlen(key)).toBe(0);
    expect(await redis.xadd(key, '1-1', 'f', 'v')).toBe('1-1');
    expect([await redis.exists(key), await redis.type(key), await redis.randomkey()]).toEqual([1, 'stream', key]);
    await redis.rename(key, 'k');
    expect([await redis.exists(key), await redis.xlen('k')]).toEqual([0, 1]);
    await redis.set(key, 'x');
    expect(await redis.get(key)).toBe('x');
  });

  it('that are no text are told apart by their bytes', async () => {
    const [one, other] = [Buffer.from([0xff, 0, 1]), Buffer.from([0xfe, 0, 1])];
    await redis.xadd(one, '1-1', 'f', 'v');
    await redis.xadd(other, '2-1', 'f', 'v');
    await redis.set(Buffer.from([0xfd]), 'x');
    const found = (await redis.callBuffer('XREAD', 'STREAMS', one, other, '0', '0')) as [key: Buffer][];
    expect(found.map(([key]) => key)).toEqual([one, other]);
    expect([await redis.exists(one), await redis.xlen(other), await redis.dbsize()]).toEqual([1, 1, 3]);
    await redis.watch(other);
    await redis.duplicate().xadd(one, '3-1', 'f', 'v');
    expect(await redis.multi().rename(one, other).xlen(other).exec()).toEqual([
      [null, 'OK'],
      [null, 2],
    ]);
    expect(await redis.exists(one)).toBe(0);
  });

  it('that are text are shown as such', async () => {
    await redis.duplicate({ keyPrefix: 'ü:' }).xadd('é', '1-1', 'f', 'v');
    expect(await redis.keys('*')).toEqual(['ü:é']);
    await expect(redis.xinfo('CONSUMERS', 'ü:é', 'g')).rejects.toThrow("for key name 'ü:é'");
  });

  it('to begin with stand in the option `data`', async () => {
    const seeded = createMemoryRedis({ keyPrefix: 'p:', data: { k: 'v' } });
    expect(await seeded.get('k')).toBe('v');
    expect(await seeded.duplicate({ keyPrefix: '' }).get('p:k')).toBe('v');
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
  it('SCAN … TYPE stream lists the streams, and them alone', async () => {
    await redis.mset('text', '1', 'tuned', '2');
    for (const stream of ['s1', 's2', 'other']) await redis.xadd(stream, '1-1', 'f', 'v');
    expect(await redis.call('SCAN', '0', 'TYPE', 'stream', 'COUNT', 1_000)).toEqual([
      '0',
      expect.toSatisfy(are('s', 's1', 's2', 'other')),
    ]);
    expect(await redis.call('SCAN', '0', 'MATCH', 'oth*', 'TYPE', 'stream')).toEqual(['0', expect.toSatisfy(are('other'))]);
  });

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

  it('of several types at once: nil for MGET, a source that is refused or a target that is replaced for SUNIONSTORE', async () => {
    await redis.set('t', 'x');
    expect(await redis.mget('s', 't', 'none', 's')).toEqual([null, 'x', null, null]);
    expect(await redis.mgetBuffer('t', 's')).toEqual([Buffer.from('x'), null]);
    await redis.sadd('set', 'a');
    await expect(redis.sunionstore('t', 'set', 's')).rejects.toThrow(/^WRONGTYPE/);
    expect(await redis.sunionstore('s', 'set')).toBe(1);
    expect(await redis.smembers('s')).toEqual(['a']);
    await redis.expire('s', 100);
    expect(await redis.sinterstore('s', 'set', 'none')).toBe(0);
    expect(await redis.exists('s')).toBe(0);
  });

  it('never hand it out: SET GET is refused and changes nothing', async () => {
    await expect(redis.call('SET', 's', 'x', 'GET')).rejects.toThrow(/^WRONGTYPE/);
    await expect(redis.getset('s', 'x')).rejects.toThrow(/^WRONGTYPE/);
    expect(await redis.xlen('s')).toBe(1);
    expect(await redis.object('ENCODING', 's')).toBe('stream');
  });

  it('take a deadline that is a number', async () => {
    for (const command of ['EXPIRE', 'PEXPIRE', 'EXPIREAT', 'PEXPIREAT']) {
      await expect(redis.call(command, 's', 'abc')).rejects.toThrow('ERR value is not an integer or out of range');
      await expect(redis.call(command, 's')).rejects.toThrow(`wrong number of arguments for '${command.toLowerCase()}' command`);
    }
    expect(await redis.ttl('s')).toBe(-1);
  });

  it('WATCH it: another deadline is a change', async () => {
    const other = redis.duplicate();
    for (const change of [() => other.expire('s', 100), () => other.persist('s'), () => other.pexpire('s', 100_000)]) {
      await redis.watch('s', 'none');
      await change();
      expect(await redis.multi().xlen('s').exec()).toBeNull();
    }
    await redis.watch('s', 'none');
    await other.del('none');
    expect(await redis.multi().xlen('s').exec()).toEqual([[null, 1]]);
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

  it.each(Object.values(ours).filter((each): each is Script => 'sha' in each))('are all known: $name', ({ sha, lua }) => {
    expect(lua).toMatch(/redis\.p?call/);
    expect(isNative(sha)).toBe(true);
  });

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
    expect(await run(TAKE_OVER, 'EVAL', 'g', 'me', '1-1', 0, '2-1', 0, '3-1', 0)).toEqual([
      ['1-1', ['f', '1-1'], 1],
      ['3-1', null, 2],
    ]);
    expect(await redis.xpending('s', 'g', '-', '+', 5, 'me')).toEqual([['1-1', 'me', 0, 1]]);
    expect(await run(TAKE_OVER, 'EVAL', 'g', 'me', '1-1', 7)).toEqual([['1-1', ['f', '1-1'], 7]]);
    expect(await redis.xpending('s', 'g', '-', '+', 5, 'me')).toEqual([['1-1', 'me', 0, 7]]);
    await expect(run(TAKE_OVER, 'EVAL', 'none', 'me', '1-1', 0)).rejects.toThrow(
      "NOGROUP No such key 's' or consumer group 'none'",
    );
  });

  it('leave other scripts to ioredis-mock', async () => {
    const lua = "return redis.call('set', KEYS[1], ARGV[1])";
    expect(await redis.eval(lua, 1, 'k', 'v')).toBe('OK');
    redis.defineCommand('readBack', { numberOfKeys: 1, lua: "return redis.call('get', KEYS[1])" });
    expect(await (redis as unknown as { readBack(key: string): Promise<unknown> }).readBack('k')).toBe('v');
  });

  it.each([
    ["return redis.call('xadd', KEYS[1], '*', 'a', 'b')", 'XADD'],
    ["local c = 'x' .. 'add'; return redis.call(c, KEYS[1], '*', 'a', 'b')", 'XADD'],
    ['return redis.call([[XRANGE]], KEYS[1], "-", "+")', 'XRANGE'],
    ["return redis.pcall('XLEN', KEYS[1])", 'XLEN'],
    ["return call(false, 'XInfo', 'STREAM', KEYS[1])", 'XINFO'],
  ])('refuse others that would work on streams, and leave nothing behind: %s', async (lua, name) => {
    const refused = `The in-memory Redis runs no scripts that call ${name}, except those of rxjs-redis-streams`;
    const message = { message: refused };
    await expect(redis.eval(lua, 1, 's')).rejects.toMatchObject(message);
    const sha = String(await redis.script('LOAD', lua));
    await expect(redis.evalsha(sha, 1, 's')).rejects.toMatchObject(message);
    redis.defineCommand('addOne', { numberOfKeys: 1, lua });
    await expect((redis as unknown as { addOne(key: string): Promise<unknown> }).addOne('s')).rejects.toMatchObject(message);
    await expect(redis.multi().eval(lua, 1, 's').exec()).resolves.toMatchObject([[message]]);
    expect(await redis.keys('*')).toEqual([]);
  });

  it('run, if they only speak of stream commands', async () => {
    expect(await redis.eval("-- redis.call('xadd', 's')\nreturn 'call xadd'", 0)).toBe('call xadd');
  });

  it('are asked for a number of keys that can be', async () => {
    await expect(redis.call('EVAL', 'return 1', 'x')).rejects.toThrow('ERR value is not an integer or out of range');
    await expect(redis.call('EVAL', 'return 1', '-1')).rejects.toThrow("ERR Number of keys can't be negative");
    await expect(redis.call('EVAL', 'return 1', '2', 'k')).rejects.toThrow(
      "ERR Number of keys can't be greater than number of args",
    );
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

/** In whatever order. */
function are(...keys: string[]): (found: string[]) => boolean {
  return (found) => found.toSorted().join() === keys.toSorted().join();
}
