import { Redis } from 'ioredis';
import { asyncScheduler, Observable, of } from 'rxjs';
import { afterAll, describe, expect, test } from 'vitest';
import {
  backlogFirst,
  bufferRefill,
  claimIdle,
  Consumer,
  exponentialDelay,
  fromGroup,
  fromStreams,
  GroupConsumer,
  groupLag,
  redeliver,
  untilDrained,
} from '../src/index.js';
import { checkList } from '../src/check-list.js';
import { planGroup } from '../src/check-options.js';
import { PLAN as PLAN_OF } from '../src/sources/source.js';
import type { RedeliverOptions } from '../src/options.js';
import type { Plan } from '../src/plan.js';

const redis = new Redis({ lazyConnect: true });
afterAll(() => {
  // Whatever was checked: nothing was sent, not even a connection was opened.
  expect(redis.status).toBe('wait');
  redis.disconnect();
});

type Options = Record<string, unknown>;
const group = (options: Options) => fromGroup(redis, { streams: 's', group: 'g', ...options });
const alone = (options: Options) => fromStreams(redis, { streams: 's', ...options });
const planOf = (source: { readonly [PLAN_OF]: Plan }) => source[PLAN_OF];

/** What a wrong option throws: its class, and the name, the value and what is allowed in the message. */
function wrong(make: () => unknown, kind: 'TypeError' | 'RangeError', ...parts: string[]): void {
  let thrown: unknown;
  try {
    make();
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(kind === 'TypeError' ? TypeError : RangeError);
  const { message } = thrown as Error;
  for (const part of parts) expect(message).toContain(part);
}

type Wrong = [option: string, value: unknown, kind: 'TypeError' | 'RangeError', quoted: string, allowed: string];

const SHARED: Wrong[] = [
  ['streams', undefined, 'TypeError', 'undefined', 'a key, a list of keys, or an object of key and start'],
  ['streams', null, 'TypeError', 'null', 'a key'],
  ['streams', 5, 'TypeError', '5', 'a key'],
  ['streams', '', 'RangeError', '""', 'not empty'],
  ['streams', [], 'RangeError', '[]', 'at least one'],
  ['streams', {}, 'RangeError', 'an object', 'at least one'],
  ['streams', ['a', ''], 'RangeError', '""', 'not empty'],
  ['streams', ['a', 5], 'TypeError', '5', 'a string'],
  ['streams', ['a', 'b', 'a'], 'RangeError', '"a"', 'differ'],
  ['streams', { '': '0' }, 'RangeError', '""', 'not empty'],
  ['streams["a"]', { a: 0 }, 'TypeError', '0', "'0' or '$'"],
  ['streams["a"]', { a: 'now' }, 'RangeError', '"now"', "'1526919030474-55'"],
  ['streams["a"]', { a: '5-' }, 'RangeError', '"5-"', 'an id'],
  ['streams["a"]', { a: '>' }, 'RangeError', '">"', 'an id'],
  ['streams["a"]', { a: '-1' }, 'RangeError', '"-1"', 'an id'],
  ['streams["a"]', { a: '18446744073709551616-0' }, 'RangeError', '"18446744073709551616-0"', 'an id'],
  ['bufferSize', 0, 'RangeError', '0', 'a whole number from 1'],
  ['bufferSize', -5, 'RangeError', '-5', 'a whole number from 1'],
  ['bufferSize', 2.5, 'RangeError', '2.5', 'a whole number'],
  ['bufferSize', NaN, 'RangeError', 'NaN', 'a whole number'],
  ['bufferSize', Infinity, 'RangeError', 'Infinity', 'a whole number'],
  ['bufferSize', '10', 'TypeError', '"10"', 'a whole number'],
  ['bufferSize', null, 'TypeError', 'null', 'a whole number'],
  ['refillAt', -1, 'RangeError', '-1', 'from 0'],
  ['refillAt', 101, 'RangeError', '101', 'at most bufferSize (100)'],
  ['timeout', '30s', 'TypeError', '"30s"', 'a whole number from 1'],
  ['timeout', 0, 'RangeError', '0', "until: 'drained'"],
  ['timeout', -1, 'RangeError', '-1', 'from 1'],
  ['timeout', 2 ** 31, 'RangeError', '2147483648', 'to 2147483647'],
  ['timeout', null, 'TypeError', 'null', 'a whole number'],
  ['until', 'forever', 'RangeError', '"forever"', "'never' or 'drained'"],
  ['until', true, 'RangeError', 'true', "'never' or 'drained'"],
  ['signal', new AbortController(), 'TypeError', 'an object (AbortController)', 'an AbortSignal'],
  ['drainTimeout', 0, 'RangeError', '0', 'from 1'],
  ['drainTimeout', '1m', 'TypeError', '"1m"', 'a whole number'],
  ['stallAfter', 0, 'RangeError', '0', 'from 1'],
  ['decode', 'json', 'TypeError', '"json"', 'a function of the fields, or a Standard Schema'],
  ['decode', { parse: () => 1 }, 'TypeError', 'an object', 'a Standard Schema'],
  ['decode', { '~standard': { version: 1, vendor: 'v' } }, 'TypeError', 'an object', 'validate is a function'],
  ['decode', { '~standard': { validate: 'yes' } }, 'TypeError', 'an object', 'validate is a function'],
  ['decode', Object.assign(() => 1, { '~standard': { validate: 5 } }), 'TypeError', 'a function', 'validate is a function'],
  ['decode', Object.assign(() => 1, { '~standard': null }), 'TypeError', 'a function', 'validate is a function'],
  ['onInvalid', 'drop', 'RangeError', '"drop"', "'error' or 'reject' or 'skip'"],
  ['onInvalid', true, 'RangeError', 'true', "'error' or 'reject' or 'skip'"],
  ['onInvalid', () => 'skip', 'RangeError', 'a function', "'error' or 'reject' or 'skip'"],
  ['onInvalid', null, 'RangeError', 'null', "'error' or 'reject' or 'skip'"],
  ['binary', 'yes', 'TypeError', '"yes"', 'true or false'],
  ['binary', null, 'TypeError', 'null', 'true or false'],
  ['reader', 'own', 'RangeError', '"own"', "'auto' or 'client'"],
  ['scheduler', Date, 'TypeError', 'a function', 'a scheduler of RxJS'],
  ['scheduler', {}, 'TypeError', 'an object', 'a scheduler of RxJS'],
  ['notify', 'console', 'TypeError', '"console"', 'a function'],
];

const GROUP: Wrong[] = [
  ['group', undefined, 'TypeError', 'undefined', 'a string that is not empty'],
  ['group', '', 'RangeError', '""', 'not empty'],
  ['group', 5, 'TypeError', '5', 'a string'],
  ['consumer', '', 'RangeError', '""', 'not empty'],
  ['consumer', 5, 'TypeError', '5', 'a string'],
  ['consumer', null, 'TypeError', 'null', 'a string'],
  ['autoCreate', 'yes', 'TypeError', '"yes"', "{ from: '0' }"],
  ['autoCreate', {}, 'TypeError', 'an object', "{ from: '0' }"],
  ['autoCreate', null, 'TypeError', 'null', "{ from: '0' }"],
  ['autoCreate.from', { from: 'start' }, 'RangeError', '"start"', 'an id'],
  ['autoAcknowledge', 1, 'TypeError', '1', 'true or false'],
  ['startFromBacklog', 'first', 'TypeError', '"first"', 'true or false'],
  ['removeConsumer', null, 'RangeError', 'null', "'never' or 'when-empty'"],
  ['removeConsumer', true, 'RangeError', 'true', "'never' or 'when-empty'"],
  ['removeConsumer', 'always', 'RangeError', '"always"', "'never' or 'when-empty'"],
  ['healFrom', '$', 'RangeError', '"$"', "'last-read' or '0'"],
];

/** The bound of a timer of JavaScript. */
const TOO_LONG = 2 ** 31;

/** Wrong by themselves: `claimIdle(options)` throws as well. */
const CLAIM_IDLE: Wrong[] = [
  ['claimIdle', null, 'TypeError', 'null', 'an object of minIdle and every'],
  ['claimIdle', 60_000, 'TypeError', '60000', 'an object of minIdle and every'],
  ['claimIdle', true, 'TypeError', 'true', 'an object of minIdle and every'],
  ['claimIdle.minIdle', {}, 'TypeError', 'undefined', 'a whole number from 1'],
  ['claimIdle.minIdle', { minIdle: null }, 'TypeError', 'null', 'a whole number from 1'],
  ['claimIdle.minIdle', { minIdle: '60s' }, 'TypeError', '"60s"', 'a whole number from 1'],
  ['claimIdle.minIdle', { minIdle: 0 }, 'RangeError', '0', 'from 1'],
  ['claimIdle.minIdle', { minIdle: -1 }, 'RangeError', '-1', 'from 1'],
  ['claimIdle.minIdle', { minIdle: NaN }, 'RangeError', 'NaN', 'from 1'],
  ['claimIdle.minIdle', { minIdle: 30_000.5 }, 'RangeError', '30000.5', 'a whole number'],
  ['claimIdle.minIdle', { minIdle: TOO_LONG }, 'RangeError', '2147483648', 'to 2147483647'],
  ['claimIdle.every', { minIdle: 60_000, every: 0 }, 'RangeError', '0', 'from 1'],
  ['claimIdle.every', { minIdle: 60_000, every: -5 }, 'RangeError', '-5', 'from 1'],
  ['claimIdle.every', { minIdle: 60_000, every: '1m' }, 'TypeError', '"1m"', 'a whole number from 1'],
  ['claimIdle.every', { minIdle: 60_000, every: null }, 'TypeError', 'null', 'a whole number from 1'],
];

/** The same for `redeliver(options)`. */
const REDELIVER: Wrong[] = [
  ['redeliver', null, 'TypeError', 'null', 'an object of maxDeliveries, delay, deadLetter and maxWaiting'],
  ['redeliver', 5, 'TypeError', '5', 'an object of maxDeliveries'],
  ['redeliver', true, 'TypeError', 'true', 'an object of maxDeliveries'],
  ['redeliver.maxDeliveries', { maxDeliveries: 0, deadLetter: 'd' }, 'RangeError', '0', 'a whole number from 1'],
  ['redeliver.maxDeliveries', { maxDeliveries: -1, deadLetter: 'd' }, 'RangeError', '-1', 'from 1'],
  ['redeliver.maxDeliveries', { maxDeliveries: 2.5, deadLetter: 'd' }, 'RangeError', '2.5', 'a whole number'],
  ['redeliver.maxDeliveries', { maxDeliveries: Infinity, deadLetter: 'd' }, 'RangeError', 'Infinity', 'a whole number'],
  ['redeliver.maxDeliveries', { maxDeliveries: '3', deadLetter: 'd' }, 'TypeError', '"3"', 'a whole number'],
  ['redeliver.maxDeliveries', { maxDeliveries: null, deadLetter: 'd' }, 'TypeError', 'null', 'a whole number'],
  ['redeliver.deadLetter', { maxDeliveries: 3 }, 'TypeError', 'undefined', 'the name of a stream'],
  ['redeliver.deadLetter', { deadLetter: '' }, 'RangeError', '""', 'not empty'],
  ['redeliver.deadLetter', { deadLetter: 5 }, 'TypeError', '5', 'a string'],
  ['redeliver.deadLetter', { deadLetter: null }, 'TypeError', 'null', 'a string'],
  ['redeliver.delay', { delay: -1 }, 'RangeError', '-1', 'a whole number from 0'],
  ['redeliver.delay', { delay: NaN }, 'RangeError', 'NaN', 'from 0'],
  ['redeliver.delay', { delay: 0.5 }, 'RangeError', '0.5', 'a whole number'],
  ['redeliver.delay', { delay: Infinity }, 'RangeError', 'Infinity', 'a whole number'],
  ['redeliver.delay', { delay: TOO_LONG }, 'RangeError', '2147483648', 'to 2147483647'],
  ['redeliver.delay', { delay: '5s' }, 'TypeError', '"5s"', 'a whole number from 0'],
  ['redeliver.delay', { delay: null }, 'TypeError', 'null', 'a whole number from 0'],
  // A function is asked for the delay after the first delivery.
  ['redeliver.delay(1)', { delay: () => NaN }, 'RangeError', 'NaN', 'a whole number from 0'],
  ['redeliver.delay(1)', { delay: (attempt: number) => -attempt }, 'RangeError', '-1', 'from 0'],
  ['redeliver.delay(1)', { delay: () => undefined }, 'TypeError', 'undefined', 'a whole number'],
  ['redeliver.delay(1)', { delay: () => '5s' }, 'TypeError', '"5s"', 'a whole number'],
  ['redeliver.delay(1)', { delay: async () => 5 }, 'TypeError', 'an object (Promise)', 'a whole number'],
  ['redeliver.maxWaiting', { maxWaiting: 0 }, 'RangeError', '0', 'from 1'],
  ['redeliver.maxWaiting', { maxWaiting: -1 }, 'RangeError', '-1', 'from 1'],
  ['redeliver.maxWaiting', { maxWaiting: '9' }, 'TypeError', '"9"', 'a whole number'],
  ['redeliver.maxWaiting', { maxWaiting: null }, 'TypeError', 'null', 'a whole number'],
];

const LEASE: Wrong[] = [
  ['lease', null, 'TypeError', 'null', 'an object of renewEvery'],
  ['lease', 10_000, 'TypeError', '10000', 'an object of renewEvery'],
  ['lease', false, 'TypeError', 'false', 'an object of renewEvery'],
  ['lease.renewEvery', {}, 'TypeError', 'undefined', 'a whole number from 1'],
  ['lease.renewEvery', { renewEvery: '10s' }, 'TypeError', '"10s"', 'a whole number from 1'],
  ['lease.renewEvery', { renewEvery: 0 }, 'RangeError', '0', 'from 1'],
  ['lease.renewEvery', { renewEvery: NaN }, 'RangeError', 'NaN', 'from 1'],
  ['lease.renewEvery', { renewEvery: TOO_LONG }, 'RangeError', '2147483648', 'to 2147483647'],
];

function optionsOf(option: string, value: unknown): Options {
  return { [option.split(/[.[]/)[0] ?? option]: value };
}

test('lists of streams are checked as they come: not by pull consumers, groupLag or replays, which take none', () => {
  const lists = of(['s']);
  const message = 'lists that change are for fromStreams and fromGroup';
  wrong(() => new Consumer(redis, { streams: lists as never }), 'TypeError', 'streams', message);
  wrong(() => new GroupConsumer(redis, { streams: lists as never, group: 'g' }), 'TypeError', 'streams', message);
  wrong(() => groupLag(redis, { streams: lists as never, group: 'g' }), 'TypeError', 'streams', message);
  expect(fromStreams(redis, { streams: lists })).toBeInstanceOf(Observable);
});

test('a list may be empty, and names neither the dead-letter stream nor the checkpoint', () => {
  const none = { group: undefined, checkpoint: undefined };
  expect([checkList([], none), checkList({}, none)]).toEqual([[], []]);
  expect(checkList({ a: '0' }, none)).toEqual([{ stream: 'a', start: '0-0' }]);
  const group = planGroup({ streams: 's', group: 'g', redeliver: { deadLetter: 'dead' } }, () => 'me').group;
  wrong(() => checkList(['a', 'dead'], { group, checkpoint: undefined }), 'RangeError', '"dead"', 'redeliver.deadLetter');
  wrong(() => checkList('at', { group: undefined, checkpoint: 'at' }), 'RangeError', '"at"', 'checkpoint');
  wrong(() => checkList(undefined, none), 'TypeError', 'streams', 'a list of keys');
});

describe('fromGroup and fromStreams', () => {
  test.each(SHARED)('%s: %j is a %s', (option, value, kind, quoted, allowed) => {
    wrong(() => group(optionsOf(option, value)), kind, `${option} is ${quoted}`, allowed);
    wrong(() => alone(optionsOf(option, value)), kind, `${option} is ${quoted}`, allowed);
  });

  test.each([...GROUP, ...LEASE, ...CLAIM_IDLE, ...REDELIVER])(
    'fromGroup: %s: %j is a %s',
    (option, value, kind, quoted, allowed) => {
      wrong(() => group(optionsOf(option, value)), kind, `${option} is ${quoted}`, allowed);
    },
  );

  test('fromStreams: settle', () => {
    wrong(() => alone({ settle: 'never' }), 'RangeError', 'settle is "never"', "'auto' or 'manual'");
  });

  test.each<[checkpoint: unknown, kind: 'TypeError' | 'RangeError', ...parts: string[]]>([
    [5, 'TypeError', 'checkpoint is 5', 'the name of a Redis hash', 'load and save'],
    [null, 'TypeError', 'checkpoint is null'],
    [true, 'TypeError', 'checkpoint is true'],
    [{ load: () => undefined }, 'TypeError', 'checkpoint is an object'],
    [{ load: () => undefined, save: 'disk' }, 'TypeError', 'checkpoint is an object'],
    ['', 'RangeError', 'checkpoint is ""', 'not empty'],
    ['s', 'RangeError', 'checkpoint is "s"', 'another key than the streams'],
  ])('fromStreams: checkpoint: %j is a %s', (checkpoint, kind, ...parts) => {
    wrong(() => alone({ checkpoint }), kind, ...parts);
  });

  test('fromStreams: with a checkpoint every entry has to be settled', () => {
    const store = { load: () => undefined, save: () => undefined };
    for (const checkpoint of ['reports', store]) {
      expect(planOf(alone({ checkpoint }))).toMatchObject({ checkpoint, settle: 'manual' });
      expect(planOf(alone({ checkpoint, settle: 'manual' }))).toMatchObject({ settle: 'manual' });
      wrong(() => alone({ checkpoint, settle: 'auto' }), 'RangeError', 'settle is "auto"', "'manual'", 'with a checkpoint');
    }
    expect(planOf(alone({}))).toMatchObject({ checkpoint: undefined, settle: 'auto' });
  });

  test.each([[undefined], [null], ['s'], [5]])('no options: %j', (options) => {
    wrong(() => fromGroup(redis, options as never), 'TypeError', 'options is', 'fromGroup');
    wrong(() => fromStreams(redis, options as never), 'TypeError', 'options is', 'fromStreams');
  });

  test('a value that is long is quoted in short', () => {
    wrong(() => alone({ until: 'x'.repeat(10_000) }), 'RangeError', `${'x'.repeat(60)}…`);
  });

  test.each([[undefined], [null], ['redis://localhost'], [{}], [{ host: 'localhost' }], [Redis]])('no client: %s', (client) => {
    wrong(() => fromGroup(client as never, { streams: 's', group: 'g' }), 'TypeError', 'redis', 'a client of ioredis');
    wrong(() => fromStreams(client as never, { streams: 's' }), 'TypeError', 'redis', 'a client of ioredis');
  });

  test.each(['subscriber', 'monitor'])('a client in %s mode', (mode) => {
    const client = new Proxy(redis, {
      get: (target, key, self) => (key === 'mode' ? mode : (Reflect.get(target, key, self) as unknown)),
    });
    wrong(() => fromGroup(client, { streams: 's', group: 'g' }), 'TypeError', `${mode} mode`, 'duplicate()');
  });
});

describe('what does not go together', () => {
  test('own pending entries without a name to have them under', () => {
    wrong(() => group({ startFromBacklog: true }), 'TypeError', 'consumer is undefined', 'backlogFirst');
    wrong(
      () => fromGroup(redis, { streams: 's', group: 'g' }).pipe(backlogFirst()),
      'TypeError',
      'consumer is undefined',
      'backlogFirst',
    );
  });

  test('own pending entries without acks', () => {
    const options = { consumer: 'me', startFromBacklog: true, autoAcknowledge: true };
    wrong(() => group(options), 'RangeError', 'autoAcknowledge is true', 'no backlog');
  });

  test("onInvalid: 'reject' where there can be no dead-letter stream", () => {
    const parts = ['onInvalid is "reject"', "'error' or 'skip'"];
    const noLetters = "'reject' needs a group";
    wrong(() => alone({ onInvalid: 'reject' }), 'RangeError', ...parts, noLetters);
    wrong(() => alone({ onInvalid: 'reject', settle: 'manual' }), 'RangeError', ...parts, noLetters);
    wrong(() => alone({ onInvalid: 'reject', checkpoint: 'reports' }), 'RangeError', ...parts, noLetters);
    wrong(() => group({ onInvalid: 'reject', autoAcknowledge: true }), 'RangeError', ...parts, 'autoAcknowledge: false');
    // Not yet: redeliver() may come, in a pipe() or with().
    expect(planOf(group({ onInvalid: 'reject' })).onInvalid).toBe('reject');
  });

  test.each([
    [29_999, undefined, '30000 or more: three times lease.renewEvery (10000)'],
    [29_999, { renewEvery: 10_000 }, '30000 or more: three times lease.renewEvery (10000)'],
    [299, { renewEvery: 100 }, '300 or more: three times lease.renewEvery (100)'],
    [60_000, { renewEvery: 20_001 }, '60003 or more: three times lease.renewEvery (20001)'],
  ])('minIdle: %j below three times renewEvery of lease: %j', (minIdle, lease, allowed) => {
    wrong(() => group({ claimIdle: { minIdle }, lease }), 'RangeError', `claimIdle.minIdle is ${minIdle}`, allowed);
    wrong(() => group({ lease }).pipe(claimIdle({ minIdle })), 'RangeError', `claimIdle.minIdle is ${minIdle}`, allowed);
  });

  test('and exactly three times is right, whichever is said first', () => {
    const lease = { renewEvery: 100 };
    const claim = { minIdle: 300, every: 150 };
    expect(planOf(group({ lease, claimIdle: { minIdle: 300 } })).group).toMatchObject({ renewEvery: 100, claim });
    expect(planOf(group({ lease }).pipe(claimIdle({ minIdle: 300 }))).group).toMatchObject({ renewEvery: 100, claim });
    wrong(() => group({ claimIdle: { minIdle: 30_000 } }).with({ lease: { renewEvery: 10_001 } }), 'RangeError', '30003 or more');
  });

  test.each([
    ['the only stream', 's'],
    ['one of several', ['a', 's']],
    ['one with a start', { a: '0', s: '$' }],
  ])('a dead-letter stream that is %s of those that are read', (_, streams) => {
    const parts = ['redeliver.deadLetter is "s"', 'none of the streams that are read'];
    wrong(() => group({ streams, redeliver: { deadLetter: 's' } }), 'RangeError', ...parts);
    wrong(() => group({ streams }).pipe(redeliver({ deadLetter: 's' })), 'RangeError', ...parts);
    wrong(() => group({ redeliver: { deadLetter: 'dead' } }).with({ streams: ['a', 'dead'] }), 'RangeError', '"dead"');
  });

  test.each([
    ['claimIdle', { minIdle: 60_000 }, 'nothing is left behind'],
    ['redeliver', {}, 'nothing can come again'],
  ])('%s without acks', (option, value, why) => {
    const refiner = option === 'claimIdle' ? claimIdle({ minIdle: 60_000 }) : redeliver();
    const parts = ['autoAcknowledge is true', `false with ${option}`, why];
    wrong(() => group({ autoAcknowledge: true, [option]: value }), 'RangeError', ...parts);
    wrong(() => group({ autoAcknowledge: true }).pipe(refiner), 'RangeError', ...parts);
  });

  test('a lease without acks is none: what is asked for is checked, and nothing is renewed', () => {
    wrong(() => group({ autoAcknowledge: true, lease: { renewEvery: 0 } }), 'RangeError', 'lease.renewEvery is 0');
    expect(planOf(group({ autoAcknowledge: true, lease: { renewEvery: 5 } })).group?.renewEvery).toBeUndefined();
  });

  test('refillAt above a bufferSize of its own', () => {
    wrong(() => group({ bufferSize: 4, refillAt: 5 }), 'RangeError', 'refillAt is 5', 'at most bufferSize (4)');
  });
});

describe('refiners', () => {
  test.each<[object, 'TypeError' | 'RangeError', string, string]>([
    [{ size: 0 }, 'RangeError', 'size is 0', 'from 1'],
    [{ size: 1.5 }, 'RangeError', 'size is 1.5', 'a whole number'],
    [{ size: '10' }, 'TypeError', 'size is "10"', 'a whole number'],
    [{}, 'TypeError', 'size is undefined', 'a whole number'],
    [{ size: 4, refillAt: 5 }, 'RangeError', 'refillAt is 5', 'from 0 to 4'],
    [{ size: 4, refillAt: -1 }, 'RangeError', 'refillAt is -1', 'from 0 to 4'],
  ])('bufferRefill(%j)', (options, kind, ...parts) => {
    wrong(() => bufferRefill(options as never), kind, ...parts);
  });

  test.each<[unknown, 'TypeError' | 'RangeError', string]>([
    [-1, 'RangeError', 'timeout is -1'],
    ['5s', 'TypeError', 'timeout is "5s"'],
  ])('untilDrained({ timeout: %j })', (timeout, kind, part) => {
    wrong(() => untilDrained({ timeout: timeout as never }), kind, part, 'from 0');
  });
});

describe('refiners say at their own call what is wrong, before there is a source', () => {
  const inside = (option: string, value: unknown): unknown =>
    (option.startsWith('claimIdle') ? claimIdle : redeliver)(value as never);

  test.each([...CLAIM_IDLE, ...REDELIVER])('%s: %j is a %s', (option, value, kind, quoted, allowed) => {
    wrong(() => inside(option, value), kind, `${option} is ${quoted}`, allowed);
  });

  test('claimIdle() needs to know minIdle; redeliver() needs nothing', () => {
    wrong(() => (claimIdle as () => unknown)(), 'TypeError', 'claimIdle is undefined', 'an object of minIdle and every');
    expect(planOf(group({}).pipe(redeliver())).group?.redeliver).toMatchObject({ maxDeliveries: undefined, maxWaiting: 1_000 });
  });

  test.each<[object, 'TypeError' | 'RangeError', string, string]>([
    [{ first: -1 }, 'RangeError', 'first is -1', 'a whole number from 0'],
    [{ first: NaN }, 'RangeError', 'first is NaN', 'a whole number from 0'],
    [{ first: '1s' }, 'TypeError', 'first is "1s"', 'a whole number from 0'],
    [{ first: 5_000, most: 4_999 }, 'RangeError', 'most is 4999', 'from 5000'],
    [{ most: Infinity }, 'RangeError', 'most is Infinity', 'to 2147483647'],
    [{ jitter: 1.5 }, 'RangeError', 'jitter is 1.5', 'from 0 to 1'],
    [{ jitter: NaN }, 'RangeError', 'jitter is NaN', 'from 0 to 1'],
    [{ jitter: '50%' }, 'TypeError', 'jitter is "50%"', 'from 0 to 1'],
  ])('exponentialDelay(%j)', (options, kind, ...parts) => {
    wrong(() => exponentialDelay(options), kind, ...parts);
  });
});

describe('pull consumers', () => {
  const consumer = (options: Options) => new Consumer(redis, { streams: 's', ...options });
  const member = (options: Options) => new GroupConsumer(redis, { streams: 's', group: 'g', ...options });

  test.each<Wrong>([
    ['streams', [], 'RangeError', '[]', 'at least one'],
    ['bufferSize', -1, 'RangeError', '-1', 'from 0'],
    ['bufferSize', 0.5, 'RangeError', '0.5', 'a whole number'],
    ['timeout', '30s', 'TypeError', '"30s"', 'a whole number from 0'],
    ['timeout', -1, 'RangeError', '-1', 'from 0'],
    ['until', 'bogus', 'TypeError', '"bogus"', 'left out, because a pull consumer never drains'],
    ['until', 'never', 'TypeError', '"never"', 'left out'],
    ['refillAt', -4, 'TypeError', '-4', 'left out'],
    ['stallAfter', 0, 'TypeError', '0', 'left out'],
    ['settle', 'manual', 'TypeError', '"manual"', 'left out'],
    ['claimIdle', { minIdle: 60_000 }, 'TypeError', 'an object (Object)', 'left out, because a pull consumer claims nothing'],
    ['redeliver', {}, 'TypeError', 'an object (Object)', 'left out'],
    ['onInvalid', 'reject', 'RangeError', '"reject"', "'error' or 'skip': a pull consumer has no dead-letter stream"],
  ])('%s: %j is a %s', (option, value, kind, quoted, allowed) => {
    wrong(() => consumer({ [option]: value }), kind, `${option} is ${quoted}`, allowed);
    wrong(() => member({ [option]: value }), kind, `${option} is ${quoted}`, allowed);
  });

  test('removeConsumer', () => {
    wrong(() => member({ removeConsumer: false }), 'RangeError', 'removeConsumer is false', "'never' or 'when-empty'");
    wrong(() => member({ removeConsumer: null }), 'RangeError', 'removeConsumer is null', "'never' or 'when-empty'");
    wrong(() => member({ removeConsumer: 'always' }), 'RangeError', 'removeConsumer is "always"', "'never' or 'when-empty'");
  });

  test('a group needs a name, and a backlog a consumer', () => {
    wrong(() => member({ group: '' }), 'RangeError', 'group is ""');
    wrong(() => member({ startFromBacklog: true }), 'TypeError', 'consumer is undefined');
  });
});

describe('what is right', () => {
  test('the defaults', () => {
    const { streams, bufferSize, refillAt, timeout, until, drainTimeout, stallAfter, binary, reader, settle, onInvalid } = planOf(
      alone({}),
    );
    expect({
      streams,
      bufferSize,
      refillAt,
      timeout,
      until,
      drainTimeout,
      stallAfter,
      binary,
      reader,
      settle,
      onInvalid,
    }).toEqual({
      streams: [{ stream: 's', start: undefined }],
      bufferSize: 100,
      refillAt: 50,
      timeout: 5_000,
      until: 'never',
      drainTimeout: 30_000,
      stallAfter: 30_000,
      binary: false,
      reader: 'auto',
      settle: 'auto',
      onInvalid: 'error',
    });
    expect(planOf(group({ consumer: 'me' })).group).toEqual({
      name: 'g',
      consumer: 'me',
      generated: false,
      createFrom: '$',
      noAck: false,
      startFromBacklog: false,
      healFrom: 'last-read',
      renewEvery: 10_000,
      claim: undefined,
      redeliver: undefined,
      removeConsumer: 'never',
    });
  });

  test('undefined is as good as missing', () => {
    const nothing = { bufferSize: undefined, refillAt: undefined, timeout: undefined, until: undefined, decode: undefined };
    expect(planOf(alone({ ...nothing, signal: undefined, scheduler: undefined, notify: undefined }))).toEqual(planOf(alone({})));
  });

  test.each([
    ['7', '7-0'],
    ['0', '0-0'],
    ['007-01', '7-1'],
    ['18446744073709551615-18446744073709551615', '18446744073709551615-18446744073709551615'],
    ['$', '$'],
  ])('a start %s is %s', (given, start) => {
    expect(planOf(alone({ streams: { a: given } })).streams).toEqual([{ stream: 'a', start }]);
    expect(planOf(group({ autoCreate: { from: given } })).group?.createFrom).toBe(start);
  });

  test('a stream may have any name, one that JavaScript knows too', () => {
    const streams = JSON.parse('{ "__proto__": "0", "constructor": "$" }') as Record<string, string>;
    expect(planOf(alone({ streams })).streams).toEqual([
      { stream: '__proto__', start: '0-0' },
      { stream: 'constructor', start: '$' },
    ]);
  });

  test('drained does not wait, unless asked to; autoCreate: false makes nothing', () => {
    expect(planOf(alone({ until: 'drained' })).timeout).toBe(0);
    expect(planOf(alone({ until: 'drained', timeout: 500 })).timeout).toBe(500);
    expect(planOf(group({ autoCreate: false })).group?.createFrom).toBeUndefined();
  });

  test('claimIdle looks every half of minIdle, rounded up, unless told otherwise', () => {
    const claim = (minIdle: number, every?: number) => planOf(group({}).pipe(claimIdle({ minIdle, every }))).group?.claim;
    expect(claim(30_001)).toEqual({ minIdle: 30_001, every: 15_001 });
    expect(claim(60_000, 1)).toEqual({ minIdle: 60_000, every: 1 });
  });

  test('a delay of 0 is one, and a number is the delay after every delivery', () => {
    const delay = (given: RedeliverOptions['delay']) =>
      planOf(group({}).pipe(redeliver({ delay: given }))).group?.redeliver?.delay;
    expect([1, 2, 9].map((attempt) => delay(0)?.(attempt, 0.5))).toEqual([0, 0, 0]);
    expect([1, 2, 9].map((attempt) => delay(250)?.(attempt, 0.5))).toEqual([250, 250, 250]);
    expect([1, 2, 9].map((attempt) => delay((n) => 10 * n)?.(attempt, 0.5))).toEqual([10, 20, 90]);
    expect([1, 2, 9].map((attempt) => delay(undefined)?.(attempt, 0))).toEqual([1_000, 2_000, 60_000]);
  });

  test.each([
    [1, { bufferSize: 1, refillAt: 0 }],
    [2, { bufferSize: 100, refillAt: 50 }],
  ])(
    'with maxDeliveries: %j the window is %j: of several that a crash takes along nobody could tell the guilty one',
    (n, window) => {
      expect(planOf(group({}).pipe(redeliver({ maxDeliveries: n, deadLetter: 'd' })))).toMatchObject(window);
    },
  );

  test('every other option arrives as it is', () => {
    const { signal } = new AbortController();
    const given = { signal, scheduler: asyncScheduler, notify: () => undefined, decode: () => 1, binary: true, stallAfter: 5 };
    expect(planOf(alone(given))).toMatchObject(given);
  });

  test('a generated name is made once per source, and differs from every other', () => {
    const [one, two] = [group({}), group({})];
    expect(planOf(one).group).toMatchObject({ generated: true });
    expect(planOf(one).group?.consumer).not.toBe(planOf(two).group?.consumer);
  });
});
