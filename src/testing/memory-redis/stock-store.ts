import type { Database } from './database.js';
import { ReplyError, WRONGTYPE } from './errors.js';
import { keyOf, keyText } from './key-of.js';
import { Stream } from './stream.js';

/** Where the commands of ioredis-mock keep values. Keys are those of the caller. */
export interface StockData {
  clear(): void;
  has(key: unknown): boolean;
  get(key: unknown): unknown;
  set(key: unknown, value: unknown): void;
  delete(key: unknown): void;
  /** Full ones, all of them: KEYS, SCAN and DBSIZE know no prefix. */
  keys(): string[];
}

/** When keys expire. */
export interface StockExpires {
  clear(): void;
  has(key: unknown): boolean;
  get(key: unknown): number | undefined;
  set(key: unknown, deadline: unknown): void;
  isExpired(key: unknown): boolean;
  delete(key: unknown): void;
}

/** A database as the commands of the mock see it: with the prefix before each key, copies of what they may change, and no streams. */
export function stockStore(database: Database, prefix: string): { data: StockData; expires: StockExpires } {
  const before = keyOf(prefix);
  const full = (key: unknown): string => before + keyOf(key);
  return {
    data: {
      clear: () => database.clear(),
      has: (key) => database.has(full(key)),
      get: (key) => {
        const value = database.get(full(key));
        if (value instanceof Stream) throw new ReplyError(WRONGTYPE);
        return copyOf(value);
      },
      set: (key, value) => database.set(full(key), copyOf(value)),
      delete: (key) => database.delete(full(key)),
      keys: () => database.keys().map(keyText),
    },
    expires: {
      clear: () => undefined, // deadlines go with the values
      has: (key) => database.deadline(full(key)) !== undefined,
      get: (key) => database.deadline(full(key)),
      set: (key, deadline) => database.setDeadline(full(key), Number(deadline)),
      isExpired: (key) => database.isExpired(full(key)),
      delete: (key) => database.setDeadline(full(key), undefined),
    },
  };
}

function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice();
  if (Buffer.isBuffer(value)) return Buffer.from(value);
  if (value instanceof Set) return new Set(value);
  if (value instanceof Map) return new Map(value);
  return typeof value === 'object' && value !== null ? { ...value } : value;
}
