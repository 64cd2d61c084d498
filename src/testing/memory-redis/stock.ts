import { Command } from 'ioredis';
import type { EventEmitter } from 'node:events';
import { keyOf } from './key-of.js';
import { loadMock } from './load-mock.js';
import type { StockData, StockExpires } from './stock-store.js';

/** The part of ioredis-mock that we build on: its own types promise an ioredis client and hide the rest. */
export interface Stock extends EventEmitter {
  connected: boolean;
  subscriberMode: boolean;
  dirty: boolean;
  /** Keys of WATCH. It compares them with full keys, so we put full keys in. */
  readonly watching: Set<string>;
  readonly customCommands: Record<string, unknown>;
  readonly context: StockContext;
  /** Its own ones are replaced. */
  data: StockData;
  expires: StockExpires;
  _signalModifiedKey(key: string): void;
  disconnect(): void;
}

/** What instances of the same host, port and db share. */
export interface StockContext {
  /** `modified` with the full key: WATCH listens. */
  readonly modifiedKeyEvents: EventEmitter;
  readonly channels: EventEmitter;
  readonly patternChannels: EventEmitter;
}

/** A command of the mock, on the instance. */
export type StockCommand = (...args: unknown[]) => unknown;

interface StockClass {
  new (options: object): Stock;
  readonly Command: { readonly transformers: { readonly reply: Record<string, Transformer> } };
}

type Transformer = (reply: unknown, context?: object) => unknown;

let loaded: StockClass | undefined;

/** With the first client, so that those who make none need no ioredis-mock. */
function stockClass(): StockClass {
  if (!loaded) {
    loaded = loadMock() as StockClass;
    giveTransformersAContext(loaded);
  }
  return loaded;
}

/**
 * The mock calls ioredis's reply transformers without the context that those of ioredis 6 read. They get one that says RESP2;
 * ioredis itself passes its own and notices nothing.
 */
function giveTransformersAContext({ Command: { transformers } }: StockClass): void {
  const { reply } = transformers;
  for (const [name, transform] of Object.entries(reply)) {
    if (transform.length > 1)
      reply[name] = (value, context = { protocol: 2, replyMapping: 'legacy' }) => transform(value, context);
  }
}

export function createStock(options: object): Stock {
  const stock = new (stockClass())({ ...options, data: {}, lazyConnect: false, enableOfflineQueue: true });
  const { channels, patternChannels, modifiedKeyEvents } = stock.context;
  for (const emitter of [channels, patternChannels, modifiedKeyEvents]) emitter.setMaxListeners(0);
  return stock;
}

/** The command of the mock; undefined for one it does not have (there it keeps a function that throws). */
export function stockCommand(stock: Stock, name: string): StockCommand | undefined {
  const property = Object.getOwnPropertyDescriptor(stock, name);
  return property?.enumerable === true && typeof property.value === 'function' ? (property.value as StockCommand) : undefined;
}

/** The arguments with `keyPrefix` before every key, as the installed ioredis does it (version 5 leaves XGROUP and XINFO alone). */
export function withPrefix(name: string, args: readonly unknown[], keyPrefix: string): unknown[] {
  return new Command(name, args as string[], { keyPrefix }).args;
}

/** Which of the arguments are keys. */
export function keysOf(name: string, args: readonly unknown[]): string[] {
  return new Command(name, args as string[]).getKeys().map(keyOf);
}
