import { asyncScheduler, type SchedulerLike } from 'rxjs';
import { isStandardSchema, type StandardSchema } from '../standard-schema.js';
import { browsersOwn, type MakeEventSource } from './event-source-like.js';
import type { InvalidEvent } from './invalid-event.js';

/** Where the last id is kept: `sessionStorage`, `localStorage`, or anything like it. */
export interface IdStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

/** The options of `fromServerSentEvents`. */
export interface FromServerSentEventsOptions<T = unknown> {
  /** Checks what came, and gives the value: a Standard Schema (zod, valibot, arktype …), and a synchronous one. Default: anything is one. */
  readonly schema?: StandardSchema<T> | undefined;
  /** Makes of the text of an event what the schema checks. Default `JSON.parse`. */
  readonly parse?: ((data: string) => unknown) | undefined;
  /** An event that cannot be parsed, or that the schema refuses: `'error'` ends the Observable; a function is told, and it goes on. Default `'error'`. */
  readonly onInvalid?: 'error' | ((invalid: InvalidEvent) => void) | undefined;
  /** The types of the events that are emitted. Default `['message']`, which are those without a type. */
  readonly events?: readonly string[] | undefined;
  /** Keeps the last id, so that a page goes on after a reload: `sessionStorage`, say. Default: nothing is kept. */
  readonly storage?: IdStorage | undefined;
  /** Under what it is kept. Default: the URL. */
  readonly key?: string | undefined;
  /** Where to begin, if nothing is kept: an id that a page was rendered with, say. Default: where the server begins. */
  readonly lastEventId?: string | undefined;
  /** Sends cookies to other origins. Default false. */
  readonly withCredentials?: boolean | undefined;
  /** ms before a connection is made anew that the browser has given up, by how often it failed in a row. Default: 1 s, doubled up to 30 s, half of it chance. */
  readonly delay?: ((attempt: number) => number) | undefined;
  /** Makes the connection. Default: the browser's `EventSource`. */
  readonly eventSource?: MakeEventSource | undefined;
  /** The clock. Default: RxJS's `asyncScheduler`. */
  readonly scheduler?: SchedulerLike | undefined;
}

/** The options, checked. */
export interface FeedPlan<T> {
  readonly url: string;
  readonly schema: StandardSchema<T> | undefined;
  readonly parse: (data: string) => unknown;
  readonly onInvalid: 'error' | ((invalid: InvalidEvent) => void);
  readonly events: readonly string[];
  readonly storage: IdStorage | undefined;
  readonly key: string;
  readonly lastEventId: string;
  readonly withCredentials: boolean;
  readonly delay: (attempt: number) => number;
  readonly eventSource: MakeEventSource;
  readonly scheduler: SchedulerLike;
}

export function planFeed<T>(at: string | URL, options: FromServerSentEventsOptions<T>): FeedPlan<T> {
  const url = String(at);
  check('url', url !== '' && (typeof at === 'string' || at instanceof URL), 'a URL');
  check('options', typeof options === 'object' && options !== null, 'an object');
  const plan: FeedPlan<T> = {
    url,
    schema: options.schema,
    parse: options.parse ?? JSON.parse,
    onInvalid: options.onInvalid ?? 'error',
    events: options.events ?? ['message'],
    storage: options.storage,
    key: options.key ?? `rxjs-redis-streams:${url}`,
    lastEventId: options.lastEventId ?? '',
    withCredentials: options.withCredentials ?? false,
    delay: options.delay ?? backOff,
    eventSource: options.eventSource ?? browsersOwn,
    scheduler: options.scheduler ?? asyncScheduler,
  };
  const { schema, onInvalid, events, storage } = plan;
  check('schema', schema === undefined || isStandardSchema(schema), 'a Standard Schema');
  check('onInvalid', onInvalid === 'error' || isFunction(onInvalid), "'error' or a function");
  check('events', Array.isArray(events) && events.length > 0 && events.every(isText), 'a list of types, at least one');
  check(
    'storage',
    storage === undefined || (isFunction(storage?.getItem) && isFunction(storage.setItem)),
    'such as sessionStorage',
  );
  for (const name of ['parse', 'delay', 'eventSource'] as const) check(name, isFunction(plan[name]), 'a function');
  for (const name of ['key', 'lastEventId'] as const) check(name, isText(plan[name]), 'a text');
  return plan;
}

/** 1 s, 2 s, 4 s … 30 s; half of it is chance, so that not all pages come at once when a server is back. */
function backOff(attempt: number): number {
  return Math.min(30_000, 500 * 2 ** attempt) * (0.5 + Math.random() / 2);
}

function check(name: string, fits: boolean, allowed: string): void {
  if (!fits) throw new TypeError(`fromServerSentEvents: ${name} must be ${allowed}.`);
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}
