import type { Redis } from 'ioredis';
import { ackAfter, fromGroup, type Delivery } from '../../../src/index.js';
import { notebook } from './notebook.js';
import { register } from './register.js';

/** A consumer whose projects end when they are told to, and what became of it. */
export function consume(redis: Redis, options: object = {}, { gated = false, concurrency = 8 } = {}) {
  const told = notebook();
  const seen = register();
  const gates: (() => void)[] = [];
  const end: { error?: unknown } = {};
  const subscription = fromGroup(redis, {
    streams: 's',
    group: 'g',
    consumer: 'c',
    timeout: 5000,
    autoCreate: { from: '0' },
    notify: told.notify,
    ...options,
  })
    .pipe(
      ackAfter(
        (entry: Delivery) => {
          seen.came(entry);
          return gated ? new Promise<void>((open) => gates.push(open)) : undefined;
        },
        { concurrency },
      ),
    )
    .subscribe({ error: (error: unknown) => (end.error = error) });
  const open = (): void => {
    for (const gate of gates.splice(0)) gate();
  };
  return { told, seen, end, open, subscription };
}
