/** What the doctor makes of what it saw; that it sees it on a server is in test/integration/command-line.test.ts. */
import { expect, test } from 'vitest';
import { evictionFindings } from '../../src/cli/doctor/eviction.js';
import { FEATURES, rightsOf, SAMPLES, type Feature, type Right } from '../../src/cli/doctor/features.js';
import type { Finding } from '../../src/cli/doctor/finding.js';
import { groupFindings } from '../../src/cli/doctor/groups.js';
import { allowedBy, rightsFindings, type Allowed, type Rights } from '../../src/cli/doctor/rights.js';
import { capabilityFindings, infoOf, serverFindings } from '../../src/cli/doctor/server.js';
import type { ConsumerLoad, StreamLag } from '../../src/index.js';
import { table } from '../support/rights.js';

const short = (findings: readonly Finding[]): string[] => findings.map(({ level, text }) => `${level}: ${text}`);

test.each([
  ['# Server\r\nredis_version:7.0.15\r\nredis_mode:standalone\r\n', ['ok: Redis 7.0.15, standalone']],
  ['redis_version:7.2.4\r\nvalkey_version:9.1.2\r\nserver_mode:standalone\r\n', ['ok: Valkey 9.1.2, standalone']],
  ['', ['ok: Redis of an unknown version, standalone']],
  [
    'redis_version:8.6.3\nredis_mode:cluster',
    ['ok: Redis 8.6.3, cluster', 'note: this is one node of a Cluster, and only what is on this node is looked at'],
  ],
])('INFO %j', (info, expected) => {
  expect(short(serverFindings(infoOf(info)))).toEqual(expected);
});

test('capabilities: what is needed and missing is trouble, what is of use is a note', () => {
  const of = (is: 'there' | 'missing' | 'unknown', needed: boolean) =>
    short(capabilityFindings([{ name: 'X', is, needed, without: 'no y' }]));
  expect([of('there', true), of('missing', true), of('missing', false), of('unknown', true)].flat()).toEqual([
    'ok: X is there',
    'warn: X is not there: no y',
    'note: X is not there: no y',
    'unknown: X: not known, since this user may not ask for it',
  ]);
});

test.each<[policy: string | undefined, maxmemory: string, ttl: number | undefined, level: Finding['level']]>([
  ['noeviction', '0', undefined, 'ok'],
  ['noeviction', '1000', undefined, 'ok'],
  ['allkeys-lru', '1000', undefined, 'bad'],
  ['allkeys-lru', '0', undefined, 'note'],
  ['volatile-lru', '1000', undefined, 'ok'],
  ['volatile-lru', '1000', 60_000, 'warn'],
  ['volatile-lru', '0', 60_000, 'note'],
  [undefined, '0', undefined, 'unknown'],
])('maxmemory-policy %s, maxmemory %s, a stream that lives for %s ms: %s', (policy, maxmemory, ttl, level) => {
  const info = new Map(Object.entries({ maxmemory, ...(policy === undefined ? {} : { maxmemory_policy: policy }) }));
  const [first, ...more] = evictionFindings(info, [{ stream: 's', ttl }]);
  expect(first?.level).toBe(level);
  expect(short(more)).toEqual(ttl === undefined ? [] : ['warn: s expires in 1m, with its entries and groups']);
});

const group = (consumers: ConsumerLoad[], more: Partial<StreamLag> = {}): StreamLag => ({
  ...{
    stream: 'orders',
    group: 'billing',
    length: 9,
    lag: 4,
    lagIs: 'exact',
    pending: 0,
    oldestPendingAge: undefined,
    behind: 0,
  },
  consumers,
  ...more,
});

test('groups without consumers, and consumers that died with pending entries', () => {
  const living = { name: 'w1', pending: 3, idle: 1_000 };
  const idle = { name: 'w2', pending: 0, idle: 999_000 };
  const dead = { name: 'w3', pending: 2, idle: 61_000 };
  expect(short(groupFindings([group([living, idle])], { deadAfter: 60_000 }))).toEqual([
    'ok: 1 group, each with consumers',
    'ok: none has pending entries and was silent for 1m',
  ]);
  expect(short(groupFindings([group([living, dead]), group([], { group: 'mail', pending: 1 })], { deadAfter: 60_000 }))).toEqual([
    'warn: mail of orders has no consumers: 4 entries wait for it, 1 are pending',
    'warn: w3 of billing in orders has 2 pending, and was not heard of for 1m 1s',
  ]);
  expect(short(groupFindings([], { deadAfter: 60_000 }))).toEqual(['note: there are no groups']);
});

test('the rights of each feature are those of docs/security.md', () => {
  const rows = Object.values(FEATURES).flatMap((rows) =>
    rows.map(([row, ...rights]) => ({ row, rights: rights.map((right) => `+${right}`) })),
  );
  const documented = table.map(({ feature, commands }) => ({ row: feature.replaceAll('`', ''), rights: [...commands] }));
  const sorted = (all: typeof documented) => all.toSorted((a, b) => (a.row < b.row ? -1 : 1));
  expect(sorted(rows)).toEqual(sorted(documented));
});

test('each right can be asked about: the command that it is about stands first', () => {
  for (const [right, sample] of Object.entries(SAMPLES)) {
    const [command, sub] = right.split('|');
    const [first, second] = sample('key').map((word) => word.toLowerCase());
    expect([right, first, sub === undefined ? undefined : second]).toEqual([right, command, sub]);
  }
});

test.each<[answer: string, allowed: Allowed]>([
  ['OK', 'yes'],
  ["This user has no permissions to run the 'xack' command", 'no-command'],
  ["User w has no permissions to run the 'xinfo|stream' command", 'no-command'],
  ["This user has no permissions to access the 'orders' key", 'no-key'],
  ["User w has no permissions to access the 'orders' key", 'no-key'],
])('ACL DRYRUN: %s', (answer, allowed) => {
  expect(allowedBy(answer)).toBe(allowed);
});

const all = Object.keys(FEATURES) as Feature[];
const rights = (stream: string | undefined, not: Partial<Record<Right, Allowed>> = {}): Rights => ({
  ...{ user: 'w', stream },
  may: new Map((Object.keys(SAMPLES) as Right[]).map((right) => [right, not[right] ?? 'yes'])),
});

test('missing rights, by feature: commands, and keys where streams are named', () => {
  expect(short(rightsFindings([rights('orders')], all))).toEqual(['ok: user w has those of every feature']);
  expect(rightsFindings([rights('orders', { xack: 'no-command', xdel: 'no-command' })], ['fromGroup', 'groupLag'])).toEqual([
    {
      level: 'warn',
      about: 'rights',
      text: 'user w cannot use fromGroup: +xack missing',
      cure: 'ACL SETUSER w +xack, if it is to.',
    },
  ]);
  const [one, two] = [rights('one', { xadd: 'no-key' }), rights('two', { xadd: 'no-command' })];
  expect(short(rightsFindings([one, two], ['publishTo']))).toEqual(['warn: user w cannot use publishTo: +xadd ~one missing']);
  expect(short(rightsFindings([rights(undefined, { xadd: 'no-key' })], ['publishTo']))).toEqual([
    'ok: user w has those of publishTo',
  ]);
  expect(rightsOf('redeliver')).toEqual(['evalsha', 'eval', 'xpending', 'xclaim', 'xrange', 'xadd', 'xack', 'time']);
});
