import fc from 'fast-check';
import { CLAIM } from '../../../src/wire/claim-script.js';
import { FORWARD } from '../../../src/wire/forward-script.js';
import { ACK_OWNED, DEAD_LETTER, GIVE_BACK, REMOVE_CONSUMER, RENEW, TAKE_OVER, type Script } from '../../../src/wire/scripts.js';
import { flag, mangled, option, words, type Word } from './words.js';

/** With `keyPrefix: 'a'` the name of the first one means the second. */
export const KEYS = ['a', 'aa'];
export const KEY_PREFIX = 'a';

/** Alike when read as text. */
export const BINARY_KEYS = [Buffer.from([0xff]), Buffer.from([0xfe])];

const key = fc.oneof<fc.WeightedArbitrary<Word>[]>(
  { weight: 20, arbitrary: fc.constantFrom(...KEYS) },
  { weight: 1, arbitrary: fc.constantFrom(...BINARY_KEYS) },
);
const group: fc.Arbitrary<Word> = fc.constantFrom<Word>('g1', 'g1', 'g1', 'g2', 'g2', 'g2', Buffer.from('é\n'));
const consumer: fc.Arbitrary<Word> = fc.constantFrom<Word>('c1', 'c2', 'c3', Buffer.from('\xff\r', 'latin1'));
const small = fc.integer({ min: 0, max: 9 });
export const FIRST = ['1-1', '2-0', '2-1', '3-2', '5-0'];
const id = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...FIRST) },
  { weight: 12, arbitrary: fc.tuple(small, fc.integer({ min: 0, max: 2 })).map(([ms, seq]) => `${ms}-${seq}`) },
  { weight: 3, arbitrary: small.map(String) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '$',
      '>',
      '-',
      '+',
      'junk',
      '5-*',
      '1-1-1',
      '007',
      '-1',
      '',
      '5--05',
      '5--5',
      '5-+1',
      ' 5-1',
      '5-1\0junk',
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '18446744073709551615-18446744073709551615',
      '18446744073709551615-0',
      '8-18446744073709551615', // not 9: 9-* after it is refused with whichever text the server's stale errno picks
      '9007199254740993-1',
      '18446744073709551616-0',
    ),
  },
);
const ids = fc.array(id, { minLength: 1, maxLength: 4 });
const count = fc.constantFrom('0', '1', '2', '3', '10', '-1', 'x');
/** 50000 is more than a test lasts and less than what XCLAIM IDLE 100000 makes. */
const minIdle = fc.constantFrom('0', '0', '50000', '-5', 'x');
const value: fc.Arbitrary<Word> = fc.constantFrom<Word>('v', '1', '', 'ü', Buffer.from([0, 255, 13, 10]));
const fields = fc
  .array(fc.tuple(fc.constantFrom('f', 'g', 'f2'), value), { minLength: 1, maxLength: 3 })
  .map((pairs) => pairs.flat());
const edge = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('-', '+') },
  { weight: 4, arbitrary: id },
  { weight: 2, arbitrary: id.map((text) => `(${text}`) },
);

const trimOptions = fc.oneof(
  words('MAXLEN', fc.constantFrom<Word[]>([], ['='], ['~']), count),
  words('MINID', fc.constantFrom<Word[]>([], ['='], ['~']), id),
  words('MAXLEN', '~', count, 'LIMIT', count),
  words('MINID', '~', id, 'LIMIT', count),
);
const newId = fc.oneof({ weight: 10, arbitrary: id }, { weight: 2, arbitrary: fc.constantFrom('*', '3-*', '9-*') });
const xadd = words(
  'XADD',
  key,
  flag('NOMKSTREAM'),
  fc.oneof({ weight: 5, arbitrary: fc.constant([]) }, trimOptions),
  newId,
  fields,
);
const manyKeys = fc.uniqueArray(key, { minLength: 1, maxLength: 2 });

function readOf(from: fc.Arbitrary<string>): fc.Arbitrary<Word[]> {
  return manyKeys.chain((keys) =>
    words('STREAMS', fc.constant(keys), fc.array(from, { minLength: keys.length, maxLength: keys.length })),
  );
}

const xread = words(
  'XREAD',
  option('COUNT', count),
  option('BLOCK', fc.constantFrom('1', 'x', '-1')),
  readOf(fc.oneof(id, fc.constant('$'))),
);
const fresh = fc.oneof({ weight: 4, arbitrary: fc.constant('>') }, { weight: 2, arbitrary: id });
const xreadgroup = words(
  ...['XREADGROUP', 'GROUP', group, consumer],
  ...[option('COUNT', count), option('BLOCK', fc.constant('1')), flag('NOACK'), readOf(fresh)],
);
const entriesRead = option('ENTRIESREAD', count);
const xgroup = fc.oneof(
  { weight: 6, arbitrary: words('XGROUP', 'CREATE', key, group, fc.oneof(id, fc.constantFrom('0', '$')), flag('MKSTREAM')) },
  { weight: 1, arbitrary: words('XGROUP', 'CREATE', key, group, id, 'ENTRIESREAD', count, flag('MKSTREAM')) },
  { weight: 1, arbitrary: words('XGROUP', 'CREATE', key, group, '0', entriesRead, entriesRead, flag('MKSTREAM')) },
  { weight: 2, arbitrary: words('XGROUP', 'SETID', key, group, fc.oneof(id, fc.constant('$')), entriesRead, entriesRead) },
  { weight: 2, arbitrary: words('XGROUP', 'DESTROY', key, group) },
  { weight: 1, arbitrary: words('XGROUP', fc.constantFrom('CREATECONSUMER', 'DELCONSUMER'), key, group, consumer) },
  { weight: 1, arbitrary: words('XGROUP', fc.constantFrom('FOO', 'HELP', 'create', 'DESTROY')) },
);
const xinfo = fc.oneof(
  words('XINFO', 'STREAM', key),
  words('XINFO', 'STREAM', key, 'FULL', option('COUNT', count)),
  words('XINFO', 'GROUPS', key),
  words('XINFO', 'CONSUMERS', key, group),
  words('XINFO', fc.constantFrom('FOO', 'HELP', 'STREAM', 'groups')),
);
const xpending = fc.oneof(
  words('XPENDING', key, group),
  words('XPENDING', key, group, option('IDLE', minIdle), edge, edge, count, fc.oneof(fc.constant([]), consumer)),
);
const xclaim = words(
  ...['XCLAIM', key, group, consumer, minIdle, ids],
  ...[option('IDLE', fc.constantFrom('0', '100000', '-7', 'x')), option('TIME', fc.constantFrom('1000', '9999999999999'))],
  ...[option('RETRYCOUNT', count), flag('FORCE'), flag('JUSTID'), option('LASTID', id), flag('NONSENSE')],
);
const xautoclaim = words('XAUTOCLAIM', key, group, consumer, minIdle, edge, option('COUNT', count), flag('JUSTID'));
/** A server knows a script by its digest once it has seen it. */
function scriptOf(script: Script, ...args: fc.Arbitrary<Word | readonly Word[]>[]): fc.Arbitrary<Word[]> {
  return words(named(script), '1', key, group, consumer, ...args);
}

function named(script: Script): fc.Arbitrary<string[]> {
  return fc.constantFrom(['EVAL', script.lua], ['EVAL', script.lua], ['EVALSHA', script.sha]);
}

const counted = fc.array(words(id, fc.constantFrom('0', '1', '5')), { maxLength: 3 }).map((all) => all.flat());
const letters = fc.array(words(id, 'Error', value), { maxLength: 3 }).map((all) => all.flat());
const forwards = fc
  .array(fc.tuple(id, fc.constantFrom('2', '2', '1'), newId, fields), { maxLength: 3 })
  .map((all) => all.flatMap(([of, to, at, flat]) => [of, to, String(1 + flat.length), at, ...flat]));
const scripts = fc.oneof(
  scriptOf(GIVE_BACK, fc.constant('100000'), counted),
  scriptOf(TAKE_OVER, counted),
  scriptOf(CLAIM, minIdle, ids),
  scriptOf(RENEW, ids),
  scriptOf(ACK_OWNED, ids),
  words(named(DEAD_LETTER), '2', key, key, group, consumer, 'a', letters),
  words(named(FORWARD), '2', key, key, group, consumer, forwards),
  scriptOf(REMOVE_CONSUMER),
);
const generic = fc.oneof(
  words(fc.constantFrom('DEL', 'TYPE', 'EXISTS', 'GET', 'PERSIST'), key),
  words('SET', key, 'text'),
  words('SET', key, 'text'),
  words(fc.constantFrom('RENAME', 'RENAMENX'), fc.constantFrom<Word[]>(KEYS, BINARY_KEYS, [...KEYS].reverse())),
  words(fc.constantFrom('EXPIRE', 'PEXPIRE'), key, fc.constantFrom('100000', '100000', 'x')),
  words('MGET', fc.array(key, { minLength: 1, maxLength: 3 })),
  words('SET', key, 'text', 'GET'),
  words('DBSIZE'),
  words('SCRIPT', 'FLUSH'),
);
const xack = words('XACK', key, group, ids);
const xdel = words('XDEL', key, ids);
const xrange = words(fc.constantFrom('XRANGE', 'XREVRANGE'), key, edge, edge, option('COUNT', count));
const xtrim = words('XTRIM', key, fc.oneof({ weight: 9, arbitrary: trimOptions }, fc.constant(['JUNK', '1'])));
const xsetid = words('XSETID', key, id, option('ENTRIESADDED', count), option('MAXDELETEDID', id));
const xlen = words('XLEN', key);
const unknown = words(fc.constantFrom('XFOO', 'xbar', 'FOO'), fc.array(fc.constantFrom('a', 'x y'), { maxLength: 3 }));
const all = [xack, xadd, xautoclaim, xclaim, xdel, xgroup, xinfo, xlen, xpending, xrange, xread, xreadgroup, xsetid, xtrim];

export const command: fc.Arbitrary<Word[]> = fc.oneof(
  { weight: 12, arbitrary: xadd },
  { weight: 10, arbitrary: xreadgroup },
  { weight: 8, arbitrary: xgroup },
  { weight: 4, arbitrary: xack },
  { weight: 4, arbitrary: xdel },
  { weight: 5, arbitrary: xclaim },
  { weight: 4, arbitrary: xautoclaim },
  { weight: 4, arbitrary: xpending },
  { weight: 4, arbitrary: xinfo },
  { weight: 5, arbitrary: xread },
  { weight: 3, arbitrary: scripts },
  { weight: 4, arbitrary: xrange },
  { weight: 3, arbitrary: xtrim },
  { weight: 2, arbitrary: xsetid },
  { weight: 2, arbitrary: xlen },
  { weight: 4, arbitrary: generic },
  { weight: 10, arbitrary: fc.oneof(...all.map(mangled)) },
  { weight: 1, arbitrary: unknown },
);

/** Before a transaction: whether it runs shows what counts as a change. */
export const watching: fc.Arbitrary<Word[]> = fc.oneof(
  { weight: 4, arbitrary: words('WATCH', fc.array(key, { minLength: 1, maxLength: 2 })) },
  { weight: 1, arbitrary: words('UNWATCH') },
);

/** Reads that wait until something ends them. */
export const blocking: fc.Arbitrary<Word[]> = fc.oneof(
  { weight: 1, arbitrary: words('XREAD', option('COUNT', count), 'BLOCK', '0', readOf(fc.constant('$'))) },
  {
    weight: 3,
    arbitrary: words(
      ...['XREADGROUP', 'GROUP', group, consumer, option('COUNT', count)],
      ...['BLOCK', '0', flag('NOACK'), readOf(fc.constant('>'))],
    ),
  },
);
