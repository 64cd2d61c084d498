import { expect, test } from 'vitest';
import { addressOf } from '../../src/cli/address.js';
import { readArguments } from '../../src/cli/arguments.js';
import { duration, shortly } from '../../src/cli/duration.js';
import { before, placeIn } from '../../src/cli/place.js';

test.each([
  ['0ms', 0],
  ['500ms', 500],
  ['30s', 30_000],
  ['1.5h', 5_400_000],
  ['10m', 600_000],
  ['2d', 172_800_000],
  ['', undefined],
  ['10', undefined],
  ['m', undefined],
  ['-1s', undefined],
  ['1 s', undefined],
  ['1e3s', undefined],
  ['99999999d', undefined],
])('the duration %j is %s ms', (text, ms) => {
  expect(duration(text)).toBe(ms);
});

test.each([
  [0, '0ms'],
  [999, '999ms'],
  [1_000, '1s'],
  [12_340, '12.3s'],
  [59_999, '59.9s'],
  [60_000, '1m'],
  [134_000, '2m 14s'],
  [3_600_000, '1h'],
  [5_400_000, '1h 30m'],
  [90_000_000, '1d 1h'],
])('%d ms are shown as %s', (ms, text) => {
  expect(shortly(ms)).toBe(text);
});

const LAST = '18446744073709551615';

test.each([
  ['from', '0', { type: 'id', id: '0-0' }],
  ['from', '12', { type: 'id', id: '12-0' }],
  ['to', '12', { type: 'id', id: `12-${LAST}` }],
  ['to', '12-3', { type: 'id', id: '12-3' }],
  ['from', '$', { type: 'end' }],
  ['from', '-10m', { type: 'ago', ms: 600_000 }],
])('--%s %s', (option, text, place) => {
  expect(placeIn(option, text)).toEqual(place);
});

test.each([
  ['$', '$'],
  ['0-0', '0-0'],
  ['5-3', '5-2'],
  ['5-0', `4-${LAST}`],
  [`5-${LAST}`, '5-18446744073709551614'],
])('the id before %s is %s', (id, expected) => {
  expect(before(id)).toBe(expected);
});

test('a value may begin with a dash, names and options may be mixed, the last of repeated options counts', () => {
  const options = { from: { takes: '<place>', about: '' }, json: { about: '' } };
  const given = readArguments(['a', '--from', '-10m', 'b', '--json', '--from=-5m', '--', '--c'], options, { help: '' });
  expect(given.names).toEqual(['a', 'b', '--c']);
  expect([given.text('from'), given.flag('json'), given.flag('from'), given.text('json')]).toEqual([
    '-5m',
    true,
    true,
    undefined,
  ]);
});

test('names that objects have are no options', () => {
  expect(() => readArguments(['--constructor'], {}, { help: 'x --help' })).toThrow(
    'There is no option --constructor: see x --help.',
  );
});

test.each([
  [undefined, {}, 'redis://127.0.0.1:6379', '127.0.0.1:6379'],
  [undefined, { REDIS_URL: '' }, 'redis://127.0.0.1:6379', '127.0.0.1:6379'],
  [undefined, { REDIS_URL: 'redis://a' }, 'redis://a', 'a:6379'],
  ['rediss://user:pass@b:6380/2', { REDIS_URL: 'redis://a' }, 'rediss://user:pass@b:6380/2', 'b:6380 (database 2)'],
  ['redis://b/0?family=6', {}, 'redis://b/0?family=6', 'b:6379'],
])('--url %s with %j', (option, env, url, shown) => {
  expect(addressOf(option, env)).toEqual({ url, shown });
});
