/** Every command from its arguments to what is printed, on the in-memory Redis. */
import type { Redis } from 'ioredis';
import { lastValueFrom, toArray } from 'rxjs';
import { beforeEach, expect, test } from 'vitest';
import { ackAfter, fromGroup, redeliver, untilDrained, whenIdle } from '../../src/index.js';
import { createMemoryRedis } from '../../src/testing/index.js';
import { commandLine } from '../support/command-line.js';
import { eventually } from '../support/eventually.js';

/** ms since 1970, as Redis tells it. */
const NOW = 1_800_000_000_000;

let now: number;
let redis: Redis;
let cli: ReturnType<typeof commandLine>;

beforeEach(() => {
  now = NOW;
  redis = createMemoryRedis({ now: () => now });
  cli = commandLine(() => redis.duplicate());
  return () => redis.disconnect();
});

const json = (out: string): unknown[] =>
  out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);

/** Orders 1 to n, one each second up to now. */
async function orders(n: number): Promise<void> {
  for (let i = 1; i <= n; i++)
    await redis.xadd('orders', `${NOW - (n - i) * 1_000}-0`, 'number', `${i}`, 'customer', `c${i % 2}`);
}

test.each([['--help'], ['-h'], ['help']])('%s tells of every command', async (argv) => {
  const { code, out, err } = await cli.run([argv]);
  expect([code, err]).toEqual([0, '']);
  for (const name of ['tail', 'groups', 'lag', 'pending', 'replay', 'dead-letters', 'doctor'])
    expect(out).toContain(`\n  ${name} `);
  expect(await cli.run([])).toEqual({ code, out, err });
});

test.each([['tail'], ['groups'], ['lag'], ['pending'], ['replay'], ['dead-letters'], ['doctor']])('%s --help', async (name) => {
  const { code, out, err } = await cli.run([name, '--help']);
  expect([code, err]).toEqual([0, '']);
  expect(out).toMatch(
    new RegExp(`^Usage: rxjs-redis-streams ${name} [^\\n]+\\n\\n.+\\n\\nOptions:\\n.+--json.+\\n\\nExamples:\\n`, 's'),
  );
  expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(140);
});

test('--version', async () => {
  expect(await cli.run(['--version'])).toEqual({ code: 0, out: '1.2.3\n', err: '' });
});

test('tail --once prints what is there, with the streams where there are several', async () => {
  await orders(2);
  expect(await cli.run(['tail', 'orders', '--from', '0', '--once'])).toEqual({
    code: 0,
    out: `${NOW - 1_000}-0  number=1  customer=c1\n${NOW}-0  number=2  customer=c0\n`,
    err: '',
  });
  await redis.xadd('returns', '1-1', 'why', 'too late\u001b[2J', 'empty', '');
  const { out } = await cli.run(['tail', 'returns', 'orders', '--from', '0', '--once']);
  expect(out.split('\n').sort()).toContain('returns  1-1  why="too late\\u{1b}[2J"  empty=""');
});

test('tail --json prints an object a line', async () => {
  await redis.xadd('s', '1-1', '__proto__', 'x', 'a', '1');
  const { out } = await cli.run(['tail', 's', '--from', '0', '--once', '--json']);
  expect(out).toBe('{"stream":"s","id":"1-1","fields":{"__proto__":"x","a":"1"}}\n');
});

test.each([
  ['0', [1, 2, 3, 4, 5]],
  [`${NOW - 2_000}`, [3, 4, 5]],
  [`${NOW - 2_000}-0`, [3, 4, 5]],
  [`${NOW - 2_000}-1`, [4, 5]],
  ['-1s', [4, 5]],
  ['-1500ms', [4, 5]],
  ['-0s', [5]],
  ['-1h', [1, 2, 3, 4, 5]],
  ['$', []],
])('tail --from %s begins with what is there', async (from, numbers) => {
  await orders(5);
  const { out } = await cli.run(['tail', 'orders', '--from', from, '--once', '--json']);
  expect(json(out).map((entry) => Number((entry as { fields: { number: string } }).fields.number))).toEqual(numbers);
});

test('tail --from a time after all that is there prints what comes, and nothing from before', async () => {
  await redis.xadd('s', '1-1', 'old', 'x');
  const running = cli.start(['tail', 's', '--from', '-1m', '--count', '1', '--json']);
  await eventually(async () => /flags=b/.test(String(await redis.client('LIST'))), 'it waits for entries');
  await redis.xadd('s', '*', 'new', 'x');
  expect((await running.ended).out).toBe(`{"stream":"s","id":"${NOW}-0","fields":{"new":"x"}}\n`);
});

test('tail --grep and --count', async () => {
  await orders(5);
  const { out } = await cli.run(['tail', 'orders', '--from', '0', '--grep', '^customer=c1$', '--count', '2']);
  expect(out).toBe(`${NOW - 4_000}-0  number=1  customer=c1\n${NOW - 2_000}-0  number=3  customer=c1\n`);
});

test('tail waits for a stream that is not there, says so, and ends well with Ctrl-C', async () => {
  const running = cli.start(['tail', 's']);
  await eventually(async () => /flags=b/.test(String(await redis.client('LIST'))), 'it waits for entries');
  await redis.xadd('s', '*', 'a', '1');
  await eventually(() => running.out() === `${NOW}-0  a=1\n`, 'it prints what came');
  running.stop(130);
  expect(await running.ended).toEqual({ code: 0, out: `${NOW}-0  a=1\n`, err: 'There is no stream "s" yet.\n' });
  await eventually(
    async () =>
      String(await redis.client('LIST'))
        .trim()
        .split('\n').length === 1,
    'only our own client is left',
  );
});

/** Two groups, one of which has read. */
async function twoGroups(): Promise<void> {
  await orders(5);
  await redis.xgroup('CREATE', 'orders', 'billing', '0');
  await redis.xgroup('CREATE', 'orders', 'mail', '$');
  await redis.xreadgroup('GROUP', 'billing', 'w1', 'COUNT', 2, 'STREAMS', 'orders', '>');
  await redis.xadd('returns', '1-1', 'a', 'b');
  await redis.set('text', 'no stream');
}

test('groups finds the streams, and tells of their groups', async () => {
  await twoGroups();
  expect(await cli.run(['groups'])).toEqual({
    code: 0,
    out: [
      'STREAM  GROUP    CONSUMERS  PENDING  LAG  BEHIND',
      'orders  billing          1        2    3      2s',
      'orders  mail             0        0    0       -',
      '',
      'returns has no group (1 entry)',
      '',
    ].join('\n'),
    err: '',
  });
});

test('groups --json', async () => {
  await twoGroups();
  const { out } = await cli.run(['groups', '--json']);
  expect(json(out)).toEqual([
    expect.objectContaining({
      at: NOW,
      stream: 'orders',
      group: 'billing',
      length: 5,
      lag: 3,
      lagIs: 'exact',
      behind: 2,
      pending: 2,
    }),
    expect.objectContaining({ stream: 'orders', group: 'mail', lag: 0, consumers: [], oldestPendingAge: null }),
    { stream: 'returns', length: 1, group: null },
  ]);
});

test.each([['groups'], ['lag'], ['pending'], ['doctor']])('%s of a stream that is not there', async (name) => {
  const { code, out, err } = await cli.run([name, 'nosuch']);
  expect([code, name === 'doctor' ? '' : out]).toEqual([1, '']);
  expect(err).toBe('There is no stream "nosuch": check the name, and the database of the URL; groups lists what there is.\n');
});

test.each([['groups'], ['lag'], ['pending']])('%s where there is nothing', async (name) => {
  const { code, out, err } = await cli.run([name]);
  expect([code, out]).toEqual([0, '']);
  expect(err).toMatch(/^(There are no (streams|groups)|Nothing is pending)\.\n$/);
});

test('lag once, of one group', async () => {
  await twoGroups();
  const { out } = await cli.run(['lag', 'orders', '--group', 'billing']);
  expect(out).toBe('STREAM  GROUP    CONSUMERS  PENDING  LAG  BEHIND\norders  billing          1        2    3      2s\n');
  expect(await cli.run(['lag', 'orders', '--group', 'x'])).toEqual({
    code: 1,
    out: '',
    err: 'There is no group "x" in orders: see groups.\n',
  });
});

test('lag --watch in a terminal: a line for each group, drawn over itself, with its last lags as bars', async () => {
  await twoGroups();
  const running = cli.start(['lag', '--group', 'billing', '--watch', '--every', '100ms'], {
    terminal: { columns: 80 },
    env: { NO_COLOR: '1' },
  });
  await eventually(() => running.out().includes('█\n'), 'the first frame');
  await redis.xreadgroup('GROUP', 'billing', 'w1', 'COUNT', 2, 'STREAMS', 'orders', '>');
  await eventually(() => /█+[▁-▇]+\n/.test(running.out()), 'a lower bar');
  running.stop(130);
  const { code, out } = await running.ended;
  expect(code).toBe(0);
  const [first = '', ...more] = out.split('\u001b[2A\u001b[J');
  expect(first).toBe(
    'STREAM  GROUP    CONSUMERS  PENDING  LAG  BEHIND  TREND\norders  billing          1        2    3      2s  █\n',
  );
  expect(more.at(-1)).toMatch(/^STREAM .*\norders {2}billing +1 +4 +1 +0ms {2}█+▄+\n$/);
});

test('lag --watch --json: an object for each sample; elsewhere a line', async () => {
  await twoGroups();
  for (const [argv, match] of [
    [['--json'], /^\{"at":1800000000000,"stream":"orders","group":"billing",.*\}$/],
    [[], /^2027-01-15T08:00:00\.000Z orders billing lag=3 behind=2s pending=2 consumers=1$/],
  ] as const) {
    const running = cli.start(['lag', '--group', 'billing', '--watch', '--every', '100ms', ...argv]);
    await eventually(() => running.out().split('\n').length > 3, 'three samples');
    running.stop(143);
    const { code, out } = await running.ended;
    expect(code).toBe(0);
    for (const line of out.trim().split('\n')) expect(line).toMatch(match);
  }
});

test('lag --watch tells of a group that was deleted, and ends with the last one', async () => {
  await twoGroups();
  const running = cli.start(['lag', '--watch', '--every', '100ms']);
  await eventually(() => running.out().includes('mail'), 'both are watched');
  await redis.xgroup('DESTROY', 'orders', 'mail');
  await eventually(() => running.out().includes('orders mail is gone\n'), 'the first is gone');
  await redis.xgroup('DESTROY', 'orders', 'billing');
  const { out } = await running.ended;
  expect(out).toMatch(/orders billing is gone\n$/);
});

test('pending marks what was delivered often, and has then exit code 1', async () => {
  await twoGroups();
  await redis.call('XCLAIM', 'orders', 'billing', 'w2', 0, `${NOW - 4_000}-0`, 'RETRYCOUNT', 6, 'JUSTID');
  await redis.call('XCLAIM', 'orders', 'billing', 'w1', 0, `${NOW - 3_000}-0`, 'RETRYCOUNT', 2, 'JUSTID');
  now += 45_000;
  expect(await cli.run(['pending', '--older', '30s'])).toEqual({
    code: 1,
    out: [
      'STREAM  GROUP    ID               CONSUMER  IDLE  DELIVERIES',
      'orders  billing  1799999996000-0  w2         45s           6  poison',
      'orders  billing  1799999997000-0  w1         45s           2  again',
      '',
    ].join('\n'),
    err: '',
  });
  expect(await cli.run(['pending', '--older', '1m'])).toEqual({ code: 0, out: '', err: 'Nothing is pending.\n' });
  const limited = await cli.run(['pending', '--poison', '7', '--limit', '1', '--json']);
  expect(limited.code).toBe(0);
  expect(json(limited.out)).toEqual([
    { stream: 'orders', group: 'billing', id: '1799999996000-0', consumer: 'w2', idle: 45_000, deliveries: 6, poison: false },
  ]);
  expect(limited.err).toBe('orders billing has more: see --limit.\n');
});

test('in a narrow terminal ids are cut, and the counts are still seen', async () => {
  await twoGroups();
  const { out } = await cli.run(['pending'], { terminal: { columns: 60 }, env: { NO_COLOR: '1' } });
  expect(out.split('\n').slice(0, 2)).toEqual([
    'STREAM  GROUP    ID             CONSUMER  IDLE  DELIVERIES',
    'orders  billing  179999999600…  w1         0ms           1',
  ]);
});

test('replay counts a range, and copies it only when told to', async () => {
  await orders(5);
  const range = ['replay', 'orders', '--from', '-3s', '--to', '-1s', '--into', 'again'];
  const of = `3 entries from orders to again: ${NOW - 3_000}-0 … ${NOW - 1_000}-0`;
  expect(await cli.run(range)).toEqual({ code: 0, out: `Would copy ${of}. Nothing was changed: add --yes to do it.\n`, err: '' });
  expect(await redis.exists('again')).toBe(0);
  for (const yes of ['--yes', '--apply']) {
    expect(await cli.run([...range, yes])).toEqual({ code: 0, out: `Copied ${of}\n`, err: '' });
  }
  const fields = (await redis.xrange('again', '-', '+')).map(([, fields]) => fields);
  const once = [2, 3, 4].map((i) => ['number', `${i}`, 'customer', `c${i % 2}`]);
  expect(fields).toEqual([...once, ...once]);
});

test('replay --json, of a range that is empty, and of a stream that is not there', async () => {
  await orders(2);
  const { out } = await cli.run(['replay', 'orders', '--into', 'again', '--json']);
  expect(json(out)).toEqual([
    { stream: 'orders', into: 'again', dryRun: true, entries: 2, first: `${NOW - 1_000}-0`, last: `${NOW}-0` },
  ]);
  for (const range of [
    ['--from', '9-0', '--to', '8-0'],
    ['--to', '5'],
  ]) {
    expect((await cli.run(['replay', 'orders', ...range, '--into', 'again', '--yes'])).out).toBe(
      'Nothing to copy from orders to again: no entry is in that range.\n',
    );
  }
  expect((await cli.run(['replay', 'nosuch', '--into', 'again'])).code).toBe(1);
});

test('replay into the same stream ends, with each entry there twice: bytes, order and repeated names are kept', async () => {
  for (let i = 0; i < 500; i++) await redis.xadd('s', '*', 'n', `${i}`, 'n', Buffer.from([i % 256, 255]));
  const { out } = await cli.run(['replay', 's', '--into', 's', '--yes']);
  expect(out).toMatch(/^Copied 500 entries from s to s: /);
  const all = (await redis.xrangeBuffer('s', '-', '+')).map(([, fields]) => Buffer.concat(fields).toString('hex'));
  expect(all).toHaveLength(1_000);
  expect(all.slice(500)).toEqual(all.slice(0, 500));
});

/** Three orders that died, and one entry that nobody has put there. */
async function died(): Promise<void> {
  await orders(3);
  const dying = fromGroup(redis, { streams: 'orders', group: 'billing', consumer: 'w1', autoCreate: { from: '0' } }).pipe(
    redeliver({ deadLetter: 'orders:dead' }),
    untilDrained(),
    ackAfter(
      () => {
        throw new TypeError('no such customer');
      },
      { onError: 'reject' },
    ),
    toArray(),
  );
  await lastValueFrom(dying);
  await whenIdle(redis);
  await redis.xadd('orders:dead', '*', 'by', 'hand');
}

test('dead-letters list tells what they died of', async () => {
  await died();
  const { code, out } = await cli.run(['dead-letters', 'list', 'orders:dead']);
  expect(code).toBe(0);
  expect(out.replaceAll(/^\d+-\d+ +/gm, '')).toBe(
    [
      'ID               FROM    GROUP    DELIVERIES  DIED OF',
      ...Array<string>(3).fill('orders  billing           1  TypeError: no such customer'),
      'no dead letter',
      '',
    ].join('\n'),
  );
  const limited = await cli.run(['dead-letters', 'list', 'orders:dead', '--limit', '1', '--json']);
  expect(json(limited.out)).toEqual([
    {
      id: expect.any(String),
      origin: expect.objectContaining({
        stream: 'orders',
        group: 'billing',
        consumer: 'w1',
        id: `${NOW - 2_000}-0`,
        error: 'TypeError',
      }),
      fields: { number: '1', customer: 'c1' },
    },
  ]);
  expect(limited.err).toBe('There are more than these 1: see --limit.\n');
});

test('dead-letters requeue counts, and puts them back only when told to', async () => {
  await died();
  expect(await cli.run(['dead-letters', 'requeue', 'orders:dead'])).toEqual({
    code: 0,
    out: 'Would put back 3 dead letters of orders:dead\n  3 to orders\nLeft alone: 1 that no redeliver() has put there\nNothing was changed: add --yes to do it.\n',
    err: '',
  });
  expect([await redis.xlen('orders'), await redis.xlen('orders:dead')]).toEqual([3, 4]);
  const { out } = await cli.run(['dead-letters', 'requeue', 'orders:dead', '--yes', '--to', 'retry', '--json']);
  expect(json(out)).toEqual([{ stream: 'orders:dead', dryRun: false, found: 3, replayed: 3, foreign: 1, streams: { retry: 3 } }]);
  expect([await redis.xlen('retry'), await redis.xlen('orders:dead')]).toEqual([3, 1]);
  expect((await cli.run(['dead-letters', 'list', 'nosuch'])).code).toBe(1);
});

test('nobody reads any more: it ends quietly, and well', async () => {
  const running = cli.start(['tail', 's']);
  await eventually(async () => /flags=b/.test(String(await redis.client('LIST'))), 'it waits for entries');
  running.stop('reader-gone');
  expect((await running.ended).code).toBe(0);
});
