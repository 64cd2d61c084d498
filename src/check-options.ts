import type { Observable } from 'rxjs';
import { checkClaimIdle, checkLease, checkRedeliver } from './check-redelivery.js';
import { flag, ms, name, oneOf, outOfRange, start, whole, wrongType } from './checks.js';
import { checkCheckpoint, checkSettle } from './check-checkpoint.js';
import type { FieldValue } from './entry.js';
import type { GroupOptions, SourceOptions, StreamsOptions } from './options.js';
import { owesAcks, type Decode, type GroupPlan, type Plan, type StreamStart } from './plan.js';
import { isStandardSchema } from './standard-schema.js';

/** Any options, whatever they decode to. */
export type Unchecked<O> = { readonly [K in keyof O]?: unknown };

/** Defaults are for what is missing: null is a wrong value like any other. */
export function orElse(value: unknown, missing: unknown): unknown {
  return value === undefined ? missing : value;
}

/** Of any copy of RxJS. */
function isObservable(value: unknown): value is Observable<unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const { lift, subscribe } = value as { lift?: unknown; subscribe?: unknown };
  return typeof lift === 'function' && typeof subscribe === 'function';
}

/** Streams, or lists of them, which are checked as they come. */
function checkStreamsOrLists(value: unknown): Pick<Plan, 'streams' | 'lists'> {
  return isObservable(value) ? { streams: [], lists: value } : { streams: checkStreams(value), lists: undefined };
}

export function checkStreams(value: unknown): StreamStart[] {
  const allowed = 'a key, a list of keys, or an object of key and start';
  if (isObservable(value)) throw wrongType('streams', value, `${allowed}: lists that change are for fromStreams and fromGroup`);
  const found: StreamStart[] =
    typeof value === 'string'
      ? [{ stream: value, start: undefined }]
      : Array.isArray(value)
        ? value.map((stream: unknown) => ({ stream: name('streams', stream), start: undefined }))
        : typeof value === 'object' && value !== null
          ? Object.entries(value).map(([stream, from]) => ({ stream, start: start(`streams[${JSON.stringify(stream)}]`, from) }))
          : [];
  if (found.length === 0) {
    throw value === undefined || typeof value !== 'object' || value === null
      ? wrongType('streams', value, allowed)
      : outOfRange('streams', value, `${allowed}, at least one`);
  }
  const seen = new Set<string>();
  for (const { stream } of found) {
    name('streams', stream);
    if (seen.has(stream)) throw outOfRange('streams', stream, 'keys that differ from each other');
    seen.add(stream);
  }
  return found;
}

function checkDecode(value: unknown): Decode<unknown, FieldValue> | undefined {
  if (value === undefined || isStandardSchema(value)) return value;
  if (typeof value === 'function' && !('~standard' in value)) return value as Decode<unknown, FieldValue>;
  throw wrongType('decode', value, 'a function of the fields, or a Standard Schema, whose ~standard.validate is a function');
}

export function checkCallable<F>(option: string, value: unknown): F | undefined {
  if (value !== undefined && typeof value !== 'function') throw wrongType(option, value, 'a function');
  return value as F | undefined;
}

function checkSignal(value: unknown): AbortSignal | undefined {
  if (value !== undefined && !(value instanceof AbortSignal)) throw wrongType('signal', value, 'an AbortSignal');
  return value;
}

export function checkScheduler(value: unknown): Plan['scheduler'] {
  const fits = typeof value === 'object' && value !== null && 'schedule' in value && 'now' in value;
  if (value !== undefined && !fits) throw wrongType('scheduler', value, 'a scheduler of RxJS');
  return value as Plan['scheduler'];
}

function checkTimeout(value: unknown, until: Plan['until']): number {
  if (value === undefined) return until === 'drained' ? 0 : 5_000;
  if (value === 0 && until === 'never') {
    throw outOfRange(
      'timeout',
      0,
      "1 ms or more on a live source (0 would poll without pause; use until: 'drained' to read what is there)",
    );
  }
  return ms('timeout', value, { least: until === 'never' ? 1 : 0 });
}

export function checkShared(options: Unchecked<SourceOptions>): Omit<Plan, 'group' | 'settle' | 'checkpoint'> {
  const bufferSize = whole('bufferSize', orElse(options.bufferSize, 100), { least: 1 });
  const refillAt = whole('refillAt', orElse(options.refillAt, Math.floor(bufferSize / 2)), { least: 0 });
  if (refillAt > bufferSize) throw outOfRange('refillAt', refillAt, `at most bufferSize (${bufferSize})`);
  const until = oneOf('until', orElse(options.until, 'never'), ['never', 'drained']);
  return {
    ...checkStreamsOrLists(options.streams),
    bufferSize,
    refillAt,
    until,
    timeout: checkTimeout(options.timeout, until),
    demand: 'window',
    drainTimeout: ms('drainTimeout', orElse(options.drainTimeout, 30_000), { least: 1 }),
    stallAfter: ms('stallAfter', orElse(options.stallAfter, 30_000), { least: 1 }),
    decode: checkDecode(options.decode),
    onInvalid: oneOf('onInvalid', orElse(options.onInvalid, 'error'), ['error', 'reject', 'skip']),
    binary: flag('binary', orElse(options.binary, false)),
    reader: oneOf('reader', orElse(options.reader, 'auto'), ['auto', 'client']),
    signal: checkSignal(options.signal),
    scheduler: checkScheduler(options.scheduler),
    notify: checkCallable('notify', options.notify),
  };
}

export function checkGroup(options: Unchecked<GroupOptions>, generate: () => string, streams: readonly StreamStart[]): GroupPlan {
  const { autoCreate = true } = options;
  const startFromBacklog = flag('startFromBacklog', orElse(options.startFromBacklog, false));
  const noAck = flag('autoAcknowledge', orElse(options.autoAcknowledge, false));
  const renewEvery = checkLease(options.lease);
  if (startFromBacklog && options.consumer === undefined) {
    throw wrongType(
      'consumer',
      undefined,
      'the name whose backlog shall come first: startFromBacklog (backlogFirst) needs one that is the same after a restart',
    );
  }
  if (startFromBacklog && noAck) {
    throw outOfRange('autoAcknowledge', true, 'false with startFromBacklog (backlogFirst): without acks there is no backlog');
  }
  const from =
    typeof autoCreate === 'object' && autoCreate !== null && 'from' in autoCreate
      ? start('autoCreate.from', autoCreate.from)
      : undefined;
  if (from === undefined && typeof autoCreate !== 'boolean')
    throw wrongType('autoCreate', autoCreate, "true, false or { from: '0' }");
  return {
    name: name('group', options.group),
    consumer: options.consumer === undefined ? generate() : name('consumer', options.consumer),
    generated: options.consumer === undefined,
    createFrom: from ?? (autoCreate === true ? '$' : undefined),
    noAck,
    startFromBacklog,
    healFrom: oneOf('healFrom', orElse(options.healFrom, 'last-read'), ['last-read', '0']),
    renewEvery: noAck ? undefined : renewEvery,
    claim: checkClaimIdle(options.claimIdle, { renewEvery, noAck }),
    redeliver: checkRedeliver(options.redeliver, { streams, noAck }),
    removeConsumer: oneOf('removeConsumer', orElse(options.removeConsumer, 'never'), ['never', 'when-empty']),
  };
}

/** Rejecting is for entries that somebody owes an ack, and a dead-letter stream can take. */
function checkInvalid(plan: Plan): Plan {
  if (plan.onInvalid === 'reject' && !owesAcks(plan)) {
    throw outOfRange(
      'onInvalid',
      'reject',
      "'error' or 'skip': 'reject' needs a group, autoAcknowledge: false, and redeliver({ deadLetter })",
    );
  }
  return plan;
}

export function checkObject(options: unknown, of: string): void {
  if (typeof options !== 'object' || options === null)
    throw wrongType('options', options, `the options of ${of}, with at least streams`);
}

/** Checks the options of `fromStreams`: a `TypeError` or `RangeError` quotes the name, the value and what is allowed. */
export function planStreams(options: Unchecked<StreamsOptions>): Plan {
  checkObject(options, 'fromStreams');
  const shared = checkShared(options);
  const checkpoint = checkCheckpoint(options.checkpoint, shared.streams);
  return checkInvalid({ ...shared, group: undefined, checkpoint, settle: checkSettle(options.settle, checkpoint) });
}

/** Checks the options of `fromGroup` in the same way; `generate` makes up the name of a consumer that has none. */
export function planGroup(options: Unchecked<GroupOptions>, generate: () => string): Plan {
  checkObject(options, 'fromGroup');
  const shared = checkShared(options);
  const group = checkGroup(options, generate, shared.streams);
  // With a single delivery each, nobody could tell a bystander from the guilty one: only one is out at a time.
  const alone = group.redeliver?.maxDeliveries === 1 ? { bufferSize: 1, refillAt: 0 } : {};
  return checkInvalid({ ...shared, ...alone, group, settle: 'auto', checkpoint: undefined });
}
