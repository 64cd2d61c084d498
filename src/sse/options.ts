import type { SchedulerLike } from 'rxjs';
import { checkCallable, checkScheduler } from '../check-options.js';
import { ms, outOfRange, wrongType } from '../checks.js';
import type { Entry, FieldValue } from '../entry.js';
import type { Notice } from '../notices.js';
import { checkResponse, type FillingResponse } from './room.js';

/** What an event is made of. */
export type AnyEntry = Entry<unknown, FieldValue>;

/** How entries become events. */
export interface EventsOptions<E = AnyEntry> {
  /** ms of silence after which a comment is sent, so that nobody on the way takes the connection for dead. Default 15,000; `false`: none. */
  readonly heartbeat?: number | false | undefined;
  /** The type of the events, or a function of the entry that gives it. Default: none, which is `message` in a browser. */
  readonly event?: string | ((entry: E) => string | undefined) | undefined;
  /** What an event carries: a text as it is, anything else as JSON, `undefined` leaves the entry out. Default: the value as JSON. */
  readonly data?: ((entry: E) => unknown) | undefined;
  /** ms after which a browser comes again once the connection is lost. Default: what the browser does, some seconds. */
  readonly retry?: number | undefined;
  /** Is told `not-sent` and `response-ended`. Default: that of the source. */
  readonly notify?: ((notice: Notice) => void) | undefined;
  /** The clock of heartbeats. Default: that of the source, or RxJS's `asyncScheduler`. */
  readonly scheduler?: SchedulerLike | undefined;
}

/** The options of `toServerSentEvents`. */
export interface ServerSentEventsOptions<E = AnyEntry> extends EventsOptions<E> {
  /** The response that somebody else writes the events to (Nest): while it is full, nothing more is handed on. */
  readonly response?: FillingResponse | undefined;
}

/** The options, checked. */
export interface EventsPlan<E = AnyEntry> {
  readonly heartbeat: number | undefined;
  readonly event: string | ((entry: E) => string | undefined) | undefined;
  readonly data: ((entry: E) => unknown) | undefined;
  readonly retry: number | undefined;
  readonly notify: ((notice: Notice) => void) | undefined;
  readonly scheduler: SchedulerLike | undefined;
}

export function planEvents<E>(options: EventsOptions<E>): EventsPlan<E> {
  if (typeof options !== 'object' || options === null)
    throw wrongType('options', options, 'an object of heartbeat, event, data and so on');
  const { heartbeat = 15_000, event, retry } = options;
  return {
    heartbeat: heartbeat === false ? undefined : ms('heartbeat', heartbeat, { least: 1 }),
    event: typeof event === 'function' || event === undefined ? event : checkType(event),
    data: checkCallable('data', options.data),
    retry: retry === undefined ? undefined : ms('retry', retry, { least: 0 }),
    notify: checkCallable('notify', options.notify),
    scheduler: checkScheduler(options.scheduler),
  };
}

/** A line break would end the name, and what follows be another field. */
export function checkType(value: unknown): string {
  const allowed = 'a name without line breaks, or a function that gives one';
  if (typeof value !== 'string') throw wrongType('event', value, allowed);
  if (value === '' || /[\r\n]/.test(value)) throw outOfRange('event', value, allowed);
  return value;
}

export function checkFilling(value: unknown): FillingResponse | undefined {
  return value === undefined ? undefined : checkResponse<FillingResponse>(value, ['writableNeedDrain', 'on', 'off']);
}
