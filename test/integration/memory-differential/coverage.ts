import { CLAIM } from '../../../src/wire/claim-script.js';
import { FORWARD } from '../../../src/wire/forward-script.js';
import * as ours from '../../../src/wire/scripts.js';
import type { Script } from '../../../src/wire/scripts.js';
import { BINARY_KEYS } from './commands.js';
import type { Step } from './scripts.js';
import type { Woken } from './side.js';

type Row = readonly [what: string, of: RegExp];

const NAMES = (
  'XACK XADD XAUTOCLAIM XCLAIM XDEL XGROUP XINFO XLEN XPENDING XRANGE XREVRANGE XREAD XREADGROUP XSETID ' + 'XTRIM'
).split(' ');
const trimming = (name: string): Row[] => [
  [`${name} MAXLEN`, new RegExp(`^${name} .*MAXLEN \\d`)],
  [`${name} MAXLEN =`, new RegExp(`^${name} .*MAXLEN = \\d`)],
  [`${name} MAXLEN ~`, new RegExp(`^${name} .*MAXLEN ~ \\d+(?! LIMIT)`)],
  [`${name} MAXLEN ~ LIMIT`, new RegExp(`^${name} .*MAXLEN ~ \\d+ LIMIT`)],
  [`${name} MINID`, new RegExp(`^${name} .*MINID \\d`)],
  [`${name} MINID =`, new RegExp(`^${name} .*MINID = \\d`)],
  [`${name} MINID ~`, new RegExp(`^${name} .*MINID ~ \\S+(?! LIMIT)`)],
  [`${name} MINID ~ LIMIT`, new RegExp(`^${name} .*MINID ~ \\S+ LIMIT`)],
];
const range = (name: string): Row[] => [
  [`${name} - +`, new RegExp(`^${name} \\w+ [-+] [-+]$`)],
  [`${name} (exclusive ends`, new RegExp(`^${name} \\w+ \\(\\S+ \\(\\S+`)],
  [`${name} COUNT`, new RegExp(`^${name} .* COUNT`)],
];

/** Every command and option: the words of a call that a server took, without an error. */
const TAKEN: readonly Row[] = [
  ['XACK, several ids', /^XACK \w+ \S+ \S+ \S+/],
  ['XADD *', /^XADD .* \* [fg]/],
  ['XADD ms-*', /^XADD .* \d+-\* [fg]/],
  ['XADD ms', /^XADD .* \d+ [fg]/],
  ['XADD ms-seq', /^XADD .* \d+-\d+ [fg]/],
  ['XADD NOMKSTREAM', /^XADD .*NOMKSTREAM/],
  ...trimming('XADD'),
  ['XAUTOCLAIM', /^XAUTOCLAIM/],
  ['XAUTOCLAIM COUNT', /^XAUTOCLAIM .*COUNT/],
  ['XAUTOCLAIM JUSTID', /^XAUTOCLAIM .*JUSTID/],
  ...['IDLE', 'TIME', 'RETRYCOUNT', 'FORCE', 'JUSTID', 'LASTID'].map((name): Row => [
    `XCLAIM ${name}`,
    new RegExp(`^XCLAIM .* ${name}`),
  ]),
  ['XDEL, several ids', /^XDEL \w+ \S+ \S+/],
  ['XGROUP CREATE', /^XGROUP CREATE \w+ \S+ \S+$/],
  ['XGROUP CREATE $', /^XGROUP CREATE \w+ \S+ \$/],
  ['XGROUP CREATE MKSTREAM', /^XGROUP CREATE .*MKSTREAM/],
  ['XGROUP CREATE ENTRIESREAD', /^XGROUP CREATE .*ENTRIESREAD/],
  ['XGROUP SETID', /^XGROUP SETID \w+ \S+ \S+$/],
  ['XGROUP SETID ENTRIESREAD', /^XGROUP SETID .*ENTRIESREAD/],
  ...['DESTROY', 'CREATECONSUMER', 'DELCONSUMER', 'HELP'].map((name): Row => [`XGROUP ${name}`, new RegExp(`^XGROUP ${name}`)]),
  ['XINFO STREAM', /^XINFO STREAM \w+$/],
  ['XINFO STREAM FULL', /^XINFO STREAM \w+ FULL$/],
  ['XINFO STREAM FULL COUNT', /^XINFO STREAM \w+ FULL COUNT/],
  ...['GROUPS', 'CONSUMERS', 'HELP'].map((name): Row => [`XINFO ${name}`, new RegExp(`^XINFO ${name}`)]),
  ['XLEN', /^XLEN/],
  ['XPENDING', /^XPENDING \w+ \S+$/],
  ['XPENDING, a range', /^XPENDING \w+ \S+ [-\d(]\S* \S+ \d/],
  ['XPENDING IDLE', /^XPENDING \w+ \S+ IDLE/],
  ['XPENDING, of one consumer', /^XPENDING .* c\d$/],
  ...range('XRANGE'),
  ...range('XREVRANGE'),
  ['XREAD, several keys', /^XREAD .*STREAMS \w+ \w+ \S+ \S+/],
  ['XREAD COUNT', /^XREAD .*COUNT/],
  ['XREAD BLOCK', /^XREAD .*BLOCK/],
  ['XREAD $', /^XREAD .*\$/],
  ['XREADGROUP, several keys', /^XREADGROUP .*STREAMS \w+ \w+ \S+ \S+/],
  ['XREADGROUP COUNT', /^XREADGROUP .*COUNT/],
  ['XREADGROUP BLOCK', /^XREADGROUP .*BLOCK/],
  ['XREADGROUP NOACK', /^XREADGROUP .*NOACK/],
  ['XREADGROUP >', /^XREADGROUP .*>$/],
  ['XREADGROUP, its history', /^XREADGROUP .*STREAMS \w+ \d/],
  ['XSETID', /^XSETID \w+ \S+$/],
  ['XSETID ENTRIESADDED', /^XSETID .*ENTRIESADDED/],
  ['XSETID MAXDELETEDID', /^XSETID .*MAXDELETEDID/],
  ...trimming('XTRIM'),
  ['EVAL', /^EVAL /],
  ['EVALSHA', /^EVALSHA /],
];

/** Every kind of refusal: the command, and what was said. */
const REFUSED: readonly Row[] = [
  ...NAMES.map((name): Row => [`${name}: arity`, new RegExp(`^${name} .*→ ERR wrong number of arguments`)]),
  ...NAMES.map((name): Row => [`${name}: another type`, new RegExp(`^${name} .*→ WRONGTYPE`)]),
  ...NAMES.filter((name) => !['XINFO', 'XLEN', 'XGROUP', 'XCLAIM'].includes(name)).map((name): Row => [
    `${name}: invalid id`,
    new RegExp(`^${name} .*→ ERR Invalid stream ID`),
  ]),
  ...['XTRIM', 'XREAD', 'XREADGROUP', 'XPENDING', 'XAUTOCLAIM', 'XRANGE', 'XREVRANGE', 'XSETID'].map((name): Row => [
    `${name}: unknown option`,
    new RegExp(`^${name} .*→ ERR syntax error`),
  ]),
  ['XCLAIM: unknown option', /^XCLAIM .*→ ERR Unrecognized XCLAIM option/],
  ['XGROUP: unknown option', /^XGROUP .*→ ERR unknown subcommand or wrong number of arguments/],
  ['XINFO: unknown option', /^XINFO .*→ ERR unknown subcommand or wrong number of arguments/],
  ['XGROUP: unknown subcommand', /^XGROUP .*→ ERR unknown subcommand '/],
  ['XINFO: unknown subcommand', /^XINFO .*→ ERR unknown subcommand '/],
  ['XADD: id too small', /^XADD .*→ ERR The ID specified in XADD is equal or smaller/],
  ['XGROUP: no such key', /^XGROUP .*→ ERR The XGROUP subcommand requires the key to exist/],
  ['XGROUP: BUSYGROUP', /^XGROUP .*→ BUSYGROUP/],
  ...['XREADGROUP', 'XPENDING', 'XCLAIM', 'XAUTOCLAIM', 'XGROUP', 'XINFO'].map((name): Row => [
    `${name}: NOGROUP`,
    new RegExp(`^${name} .*→ NOGROUP`),
  ]),
  ['an unknown command', /→ ERR unknown command/],
  ['EVALSHA: NOSCRIPT', /^EVALSHA .*→ NOSCRIPT/],
];

/** How it was sent, and what ended a wait. */
const WAYS = [
  ...['call', 'callBuffer', 'multi', 'pipeline', 'block', 'disconnect', 'disconnect of a blocked read', 'keyPrefix'],
  ...['EXECABORT', 'WATCH: a change undoes EXEC', 'a Buffer among the words', 'a binary key'],
];
const SCRIPTS = [CLAIM, FORWARD, ...Object.values(ours)].filter((each): each is Script => 'sha' in each);
const ENDINGS = ['an entry', 'UNBLOCKED: key gone', 'NOGROUP: group gone', 'WRONGTYPE', 'CLIENT UNBLOCK', 'CLIENT UNBLOCK ERROR'];

/** How often each command, option and refusal of the issue was generated and answered by the real server. */
export class Coverage {
  readonly #counts = new Map<string, number>(
    [
      ...[...TAKEN, ...REFUSED].map(([what]) => what),
      ...SCRIPTS.map(({ name }) => `script ${name}`),
      ...WAYS,
      ...ENDINGS.map((how) => `ended by ${how}`),
    ].map((what) => [what, 0]),
  );

  /** Everything that never happened. */
  get missing(): string[] {
    return [...this.#counts].flatMap(([what, count]) => (count === 0 ? [what] : []));
  }

  get table(): string {
    return [...this.#counts].map(([what, count]) => `${String(count).padStart(7)}  ${what}`).join('\n');
  }

  note({ kind, client, commands }: Step, outcome: unknown): void {
    this.#count(kind);
    if (client === 2) this.#count('keyPrefix');
    if (commands.flat().some(Buffer.isBuffer)) this.#count('a Buffer among the words');
    if (commands.some(([, name]) => BINARY_KEYS.some((key) => key === name))) this.#count('a binary key');
    if (kind === 'disconnect' && outcome instanceof Error) this.#count('disconnect of a blocked read');
    if (kind === 'block' || kind === 'disconnect') return;
    if (kind === 'call' || kind === 'callBuffer') return this.#answered(commands[0] ?? [], outcome);
    if (!Array.isArray(outcome)) return this.#count(outcome === null ? 'WATCH: a change undoes EXEC' : 'EXECABORT');
    commands.forEach((words, index) => {
      const [error, value] = outcome[index] as [unknown, unknown];
      this.#answered(words, error ?? value);
    });
  }

  ended([, , outcome]: Woken): void {
    const text = outcome instanceof Error ? outcome.message : '';
    const how = [
      [/^$/, outcome === null ? 'CLIENT UNBLOCK' : 'an entry'],
      [/^UNBLOCKED the stream key/, 'UNBLOCKED: key gone'],
      [/^NOGROUP/, 'NOGROUP: group gone'],
      [/^WRONGTYPE/, 'WRONGTYPE'],
      [/^UNBLOCKED client/, 'CLIENT UNBLOCK ERROR'],
    ] as const;
    const ending = how.find(([match]) => match.test(text));
    if (ending) this.#count(`ended by ${ending[1]}`);
  }

  #answered(words: Step['commands'][number], outcome: unknown): void {
    const [name = '', ...rest] = words.map(String);
    const isError = outcome instanceof Error;
    const script = SCRIPTS.find(({ lua, sha }) => words[1] === lua || words[1] === sha);
    if (script && !isError) this.#count(`script ${script.name}`);
    const text = [name.toUpperCase(), ...rest].join(' ') + (isError ? ` → ${outcome.message}` : '');
    for (const [what, of] of isError ? REFUSED : TAKEN) if (of.test(text)) this.#count(what);
  }

  #count(what: string): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1);
  }
}
