import { DEAD_LETTER, ORIGIN_FIELDS, REPLAY } from '../../../src/wire/scripts.js';
import type { Step } from './scripts.js';
import type { Word } from './words.js';

const call = (...lines: string[]): Step[] => lines.map((line) => ({ kind: 'call', client: 0, commands: [line.split(' ')] }));
const by = (client: 0 | 1, line: string): Step => ({ kind: 'call', client, commands: [line.split(' ')] });
const multi = (...lines: string[]): Step => ({ kind: 'multi', client: 0, commands: lines.map((line) => line.split(' ')) });
const block = (line: string): Step => ({ kind: 'block', client: 0, commands: [line.split(' ')] });

/** `XADD a 1-1 f v`, `XADD a 2-1 f v`, … at once. */
function added(from: number, to: number): Step {
  const commands = Array.from({ length: to - from + 1 }, (_, i): Word[] => ['XADD', 'a', `${from + i}-1`, 'f', 'v']);
  return { kind: 'multi', client: 0, commands };
}

/** A transaction of client 0 that watches, while client 1 does something. */
const watched = (change: string): Step[] => [
  ...call('XADD a 1-1 f v', 'XADD a 2-1 f v', 'XGROUP CREATE a g1 0', 'XREADGROUP GROUP g1 c1 COUNT 1 STREAMS a >', 'WATCH a aa'),
  by(1, change),
  multi('XLEN a'),
];

/** What chance would hardly find: limits that only many entries reach, and what counts as a change. */
export const FIXED: Readonly<Record<string, readonly Step[]>> = {
  'XAUTOCLAIM looks at ten entries for each one asked for': [
    added(1, 40),
    ...call('XGROUP CREATE a g1 0', 'XREADGROUP GROUP g1 c1 STREAMS a >', 'XCLAIM a g1 c1 0 15-1 25-1 IDLE 1000000 JUSTID'),
    ...call(
      'XAUTOCLAIM a g1 c2 900000 0 COUNT 1',
      'XAUTOCLAIM a g1 c2 900000 11-1 COUNT 1',
      'XAUTOCLAIM a g1 c2 900000 0 COUNT 2',
      'XAUTOCLAIM a g1 c2 900000 0 COUNT 3 JUSTID',
    ),
  ],
  'XREAD that had to wait gets a thousand at most': [
    ...call('XADD a 1-1 f v'),
    block('XREAD BLOCK 0 STREAMS a $'),
    added(2, 1_500),
  ],
  'XREADGROUP that had to wait gets a thousand at most': [
    ...call('XGROUP CREATE a g1 $ MKSTREAM'),
    block('XREADGROUP GROUP g1 c1 BLOCK 0 STREAMS a >'),
    added(2, 1_500),
  ],
  'who waits for both keys of RENAME is served from the new one': [
    ...call('XADD a 1-1 f v', 'XADD a 2-1 f v', 'XGROUP CREATE a g1 0', 'XGROUP CREATE aa g1 0 MKSTREAM'),
    ...call('XREADGROUP GROUP g1 c1 COUNT 1 STREAMS a >', 'XTRIM a MINID 3'),
    block('XREADGROUP GROUP g1 c1 BLOCK 0 STREAMS aa a > >'),
    ...call('RENAME a aa'),
  ],
  'approximate trimming without LIMIT removes ten thousand at most': [
    added(1, 12_000),
    ...call('XTRIM a MAXLEN ~ 0', 'XLEN a', 'XTRIM a MINID ~ 99999 LIMIT 0', 'XLEN a'),
  ],
  'half an id names two entries, and neither is put away': [
    ...call('XADD a 2-0 f v', 'XADD a 2-1 f v', 'XGROUP CREATE a g1 0', 'XREADGROUP GROUP g1 c1 STREAMS a >'),
    {
      kind: 'call',
      client: 0,
      commands: [['EVAL', DEAD_LETTER.lua, '2', 'a', 'aa', 'g1', 'c1', 'a', '2', 'Error', 'why', '2-1', 'Error', 'why']],
    },
    ...call('XPENDING a g1', 'XLEN aa'),
  ],
  'dead letters go back, whole ids only': [
    {
      kind: 'multi',
      client: 0,
      commands: ['1-1', '2-0', '2-1'].map((id) => ['XADD', 'aa', id, 'f', id, ...ORIGIN_FIELDS.flatMap((name) => [name, 'x'])]),
    },
    ...['1-1', '1-1 2 2-1 9-9', '7-7'].map((ids): Step => ({
      kind: 'call',
      client: 0,
      commands: [['EVAL', REPLAY.lua, '2', 'aa', 'a', ...ids.split(' ')]],
    })),
    ...call('SET a x'),
    { kind: 'call', client: 0, commands: [['EVALSHA', REPLAY.sha, '2', 'aa', 'a', '2-0']] },
  ],
  'MAXLEN of XADD has the same limit': [added(1, 10_500), ...call('XADD a MAXLEN ~ 1 99999-1 f v', 'XLEN a')],
  ...Object.fromEntries(
    [
      ...['XADD a 9-1 f v', 'XADD a 1-0 f v', 'XDEL a 1-1', 'XDEL a 7-7', 'XTRIM a MAXLEN 1', 'XTRIM a MAXLEN 9'],
      ...['XADD a MAXLEN 1 9-1 f v', 'XSETID a 99-1', 'XGROUP CREATE a g2 0', 'XGROUP CREATE aa g2 0 MKSTREAM'],
      ...['XGROUP DESTROY a g1', 'XGROUP SETID a g1 0', 'XGROUP CREATECONSUMER a g1 c9', 'XGROUP DELCONSUMER a g1 c1'],
      ...['XACK a g1 1-1', 'XREADGROUP GROUP g1 c1 STREAMS a >', 'XREADGROUP GROUP g1 c1 STREAMS a 0', 'XCLAIM a g1 c2 0 1-1'],
      ...['XAUTOCLAIM a g1 c2 0 0', 'XPENDING a g1', 'XADD aa 0-0 f v', 'DEL a', 'DEL aa', 'SET a x', 'RENAME a aa'],
      ...['EXPIRE a 100', 'PEXPIRE a 100000', 'PERSIST a', 'PEXPIRE a 0', 'FLUSHDB', 'GETDEL aa', 'SUNIONSTORE a aa'],
    ].map((change) => [`WATCH and ${change}`, watched(change)]),
  ),
};
