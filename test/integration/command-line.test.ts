/** The command line against a real server: what it sends, what it needs to be allowed, and how it finds nobody. */
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ORIGIN_FIELDS } from '../../src/wire/scripts.js';
import { onServers, type Ran } from '../support/command-line.js';
import { eventually } from '../support/eventually.js';
import { freePort, startRedis, type RedisServer } from '../support/redis-server.js';
import { startProxy } from '../support/tcp-proxy.js';
import { users } from '../support/rights.js';

const SECRET = 'S3CRET';
const cli = onServers();
let server: RedisServer;
let admin: Redis;

beforeAll(async () => {
  server = await startRedis();
  admin = new Redis(server.port);
});
afterAll(async () => {
  admin.disconnect();
  await server.stop();
});
beforeEach(async () => {
  await admin.flushall();
  await admin.config('SET', 'maxmemory', 0, 'maxmemory-policy', 'noeviction');
});

const run = (...argv: string[]): Promise<Ran> => cli.run(argv, { env: { REDIS_URL: server.url } });
const as = (user: string): string => `redis://${user}:${SECRET}@127.0.0.1:${server.port}`;
const allow = (user: string, ...rights: string[]): Promise<unknown> => {
  return admin.call('ACL', 'SETUSER', user, 'reset', 'on', `>${SECRET}`, ...rights);
};
const connections = async (): Promise<number> =>
  String(await admin.client('LIST'))
    .trim()
    .split('\n').length;

/** A group that has read 2 of 3 entries, and one without consumers. */
async function orders(): Promise<void> {
  for (const n of [1, 2, 3]) await admin.xadd('orders', '*', 'n', n);
  await admin.xgroup('CREATE', 'orders', 'billing', '0');
  await admin.xgroup('CREATE', 'orders', 'mail', '0');
  await admin.xreadgroup('GROUP', 'billing', 'w1', 'COUNT', 2, 'STREAMS', 'orders', '>');
}

describe('tail', () => {
  it('reads with XREAD, and no group sees anything of it: by the commands that the server has run', async () => {
    await orders();
    const before = await admin.call('XINFO', 'STREAM', 'orders', 'FULL');
    await admin.config('RESETSTAT');
    const argv = ['tail', 'orders', 'returns', '--from', '-10m', '--count', '4'];
    const running = cli.start(argv, { env: { REDIS_URL: server.url } });
    await eventually(() => running.out().split('\n').length === 4, 'three lines');
    await admin.xadd('returns', '*', 'n', 4);
    expect((await running.ended).code).toBe(0);
    const stats = await admin.info('commandstats');
    const ours = [...stats.matchAll(/^cmdstat_([^:]+):/gm)].map(([, name = '']) => name).filter((name) => /^(x|eval)/.test(name));
    expect(ours.sort()).toEqual(['xadd', 'xinfo|stream', 'xread']); // xadd is the test's own
    const groups = (full: unknown): unknown => (full as unknown[])[(full as unknown[]).indexOf('groups') + 1];
    expect(groups(await admin.call('XINFO', 'STREAM', 'orders', 'FULL'))).toEqual(groups(before));
    await eventually(async () => (await connections()) === 1, 'nothing of it is left');
  });
});

/** The rows of docs/command-line.md: what each command needs to be allowed. */
const rows = readFileSync(new URL('../../docs/command-line.md', import.meta.url), 'utf8')
  .split('<!-- rights -->')[1]!
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => line.slice(2, -2).split(/ +\| +/))
  .map(([command = '', rights = '']): [argv: string, rights: string[]] => {
    const quoted = (cell: string): string[] =>
      [...cell.matchAll(/`([^`]+)`/g)].map(([, each = '']) => each.replaceAll('\\|', '|'));
    return [quoted(command)[0] ?? '', quoted(rights)];
  });

describe('the rights that docs/command-line.md lists', () => {
  it('has a row for each command', () => {
    const commands = new Set(rows.map(([argv]) => argv.split(' ')[0]));
    expect([...commands]).toEqual(['tail', 'groups', 'lag', 'pending', 'replay', 'dead-letters', 'doctor']);
  });

  it.each(rows)('%s needs %j, and nothing else', async (argv, rights) => {
    await orders();
    const letter = () => admin.xadd('orders:dead', '*', 'n', 1, ...ORIGIN_FIELDS.flatMap((name) => [name, 'orders']));
    await letter();
    await allow('other', ...rights);
    const { code, err } = await cli.run([...argv.split(' '), '--url', as('other')]);
    expect([code, err]).toEqual([argv.startsWith('doctor') ? 1 : 0, '']);
    for (const right of rights.filter((each) => each.startsWith('+x'))) {
      await letter(); // the one before may have been put back
      await allow('other', ...rights.filter((each) => each !== right));
      const without = await cli.run([...argv.split(' '), '--url', as('other')]);
      const told = argv.startsWith('doctor') ? without.out : without.err;
      expect([right, told]).toEqual([right, expect.stringMatching(/NOT_ALLOWED|unknown|REFUSED/)]);
      expect(told).not.toContain(SECRET);
    }
  });

  it('tail does with those of docs/security.md, as long as the place is an id', async () => {
    await orders();
    await allow('other', '%R~orders', ...(users['tail'] ?? []));
    const { code, out } = await cli.run(['tail', 'orders', '--from', '0', '--once', '--url', as('other')]);
    expect([code, out.split('\n').length]).toEqual([0, 4]);
  });
});

describe('nobody is there', () => {
  const said = (text: string) =>
    `Cannot connect to Redis at ${text} Is the server up? Say where it is with --url redis://host:port, or in REDIS_URL.\n`;

  it('the port is closed: a sentence, and exit code 3', async () => {
    const port = await freePort();
    const url = `redis://:${SECRET}@127.0.0.1:${port}`;
    for (const argv of [['groups'], ['tail', 's'], ['lag', '--watch'], ['doctor']]) {
      const ran = await cli.run([...argv, '--url', url]);
      expect(ran).toEqual({ code: 3, out: '', err: said(`127.0.0.1:${port}: connect ECONNREFUSED 127.0.0.1:${port}.`) });
    }
  });

  it('somebody takes the connection, and says nothing', async () => {
    const sockets = new Set<{ destroy: () => void }>();
    const mute = createServer((socket) => sockets.add(socket));
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    const { port } = mute.address() as AddressInfo;
    const ran = await cli.run(['groups', '--url', `redis://:${SECRET}@127.0.0.1:${port}`]);
    expect(ran).toEqual({ code: 3, out: '', err: said(`127.0.0.1:${port}: no answer within 6 s.`) });
    for (const socket of sockets) socket.destroy();
    mute.close();
  });

  it('Ctrl-C while it connects', async () => {
    const mute = createServer();
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    const { port } = mute.address() as AddressInfo;
    const running = cli.start(['groups', '--url', `redis://127.0.0.1:${port}`]);
    await new Promise((resolve) => mute.once('connection', resolve));
    running.stop(130);
    expect(await running.ended).toEqual({ code: 130, out: '', err: '' });
    mute.close();
  });

  it('the login is refused', async () => {
    await allow('other', '+@all', '~*');
    for (const user of ['other', 'nobody']) {
      const ran = await cli.run(['groups', '--url', as(user).replace(SECRET, `${SECRET}-wrong`)]);
      expect(ran).toEqual({
        code: 3,
        out: '',
        err: `Cannot log in to Redis at 127.0.0.1:${server.port}: WRONGPASS invalid username-password pair or user is disabled. Check user and password in --url or REDIS_URL.\n`,
      });
    }
  });

  it('the server cannot be reached while groups are watched: told once, and it goes on', async () => {
    await orders();
    const proxy = await startProxy(server);
    const running = cli.start(['lag', '--watch', '--every', '100ms', '--url', `redis://127.0.0.1:${proxy.port}`]);
    await eventually(() => running.out().includes('billing'), 'it watches');
    proxy.refuse(true);
    proxy.cut();
    await eventually(() => running.err().includes('Redis does not answer'), 'it tells');
    proxy.refuse(false);
    await eventually(() => running.err().includes('Redis answers again.\n'), 'it is back', { within: 20_000 });
    const lines = running.out().split('\n').length;
    await eventually(() => running.out().split('\n').length > lines, 'it looks again');
    running.stop(130);
    const { code, err } = await running.ended;
    expect([code, err.match(/Redis does not answer/g)]).toEqual([0, ['Redis does not answer']]);
    await proxy.close();
  });

  it('what holds something else than a stream', async () => {
    await admin.set('text', 'x');
    for (const name of ['tail', 'groups', 'lag', 'pending']) {
      const { code, err } = await run(name, 'text');
      expect([code, err]).toEqual([1, expect.stringMatching(/^could not look .*stream 'text'.*WRONGTYPE .*\(WRONG_TYPE\)\n$/)]);
    }
  });
});

describe('doctor', () => {
  it('finds nothing where all is well', async () => {
    await admin.xgroup('CREATE', 'orders', 'billing', '0', 'MKSTREAM');
    await admin.xgroup('CREATECONSUMER', 'orders', 'billing', 'w1');
    const { code, out, err } = await run('doctor');
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^ok {7}server {6}(Redis|Valkey) \d/);
    expect(out).toContain('XPENDING … IDLE is there');
    expect(out).toContain('user default has those of every feature');
    expect(out).not.toMatch(/^(warn|bad|unknown)/m);
  });

  it('finds what may drop streams, groups without consumers, dead consumers, and missing rights', async () => {
    await orders();
    await admin.config('SET', 'maxmemory', '100mb', 'maxmemory-policy', 'allkeys-lru');
    await admin.call('XCLAIM', 'orders', 'billing', 'w1', 0, '0-1', 'IDLE', 1);
    await allow('other', '~orders', '+@read', '+info', '+scan', '+time', '+acl|whoami', '+acl|dryrun', '+command|info');
    await eventually(async () => {
      const [consumer] = (await admin.call('XINFO', 'CONSUMERS', 'orders', 'billing')) as unknown[][];
      return Number(consumer?.[(consumer.indexOf('idle') ?? 0) + 1]) > 50;
    }, 'the consumer is silent');
    const argv = [
      'doctor',
      'orders',
      '--dead-after',
      '50ms',
      '--uses',
      'fromStreams,fromGroup,groupLag',
      '--url',
      as('other'),
      '--json',
    ];
    const { code, out } = await cli.run(argv);
    const found = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { level: string; about: string; text: string });
    expect(code).toBe(1);
    expect(
      found.filter(({ level }) => level === 'warn' || level === 'bad').map(({ about, text }) => `${about}: ${text}`),
    ).toEqual([
      'eviction: maxmemory-policy is allkeys-lru: when memory is short, whole streams are dropped, with their groups',
      'groups: mail of orders has no consumers: 3 entries wait for it',
      expect.stringMatching(/^consumers: w1 of billing in orders has 2 pending, and was not heard of for \d/),
      'rights: user other cannot use fromStreams: +client|id missing',
      'rights: user other cannot use fromGroup: +xreadgroup +xack +evalsha +eval +xclaim missing',
    ]);
  });

  it('names the streams that a user may not use, and says what it was not allowed to look at', async () => {
    await orders();
    await admin.xadd('secret', '*', 'a', 'b');
    await allow('other', '~orders', '+@all');
    const { out } = await cli.run(['doctor', 'orders', 'secret', '--uses', 'publishTo', '--url', as('other')]);
    expect(out).toContain('unknown  groups      how groups stand is not known');
    expect(out).toContain('user other cannot use publishTo: ~secret missing');
    await allow('other', '+ping');
    const { code, out: nothing } = await cli.run(['doctor', '--url', as('other')]);
    expect(code).toBe(0);
    expect(
      nothing
        .trim()
        .split('\n')
        .map((line) => line.split(/ +/)[0]),
    ).toEqual(Array(6).fill('unknown'));
  });
});
