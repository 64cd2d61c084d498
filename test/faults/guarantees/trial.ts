import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { whenIdle, type Notice } from '../../../src/index.js';
import type { Proxy } from '../../support/tcp-proxy.js';
import { start, type Mode } from './modes.js';

/** One way to consume one stream of its own, through a proxy of its own, while something goes wrong. */
export interface Trial {
  readonly mode: Mode;
  readonly stream: string;
  readonly proxy: Proxy;
  readonly redis: Redis;
  /** Ids whose work has begun, and has ended, each as often as that. */
  readonly begun: string[];
  readonly done: string[];
  readonly told: Notice[];
  readonly errors: unknown[];
  /** Unsubscribes, or closes. */
  stop(): void;
  /** The graceful way. */
  abort(): void;
  /** Again, once everything is closed. */
  again(): Promise<void>;
}

export interface TrialOptions {
  readonly mode: Mode;
  readonly stream: string;
  readonly proxy: Proxy;
  readonly redis: Redis;
  readonly timeout: number;
}

export function createTrial({ mode, stream, proxy, redis, timeout }: TrialOptions): Trial {
  const begun: string[] = [];
  const done: string[] = [];
  const told: Notice[] = [];
  const errors: unknown[] = [];
  let controller = new AbortController();
  const go = (): (() => void) => {
    controller = new AbortController();
    return start(mode, {
      redis,
      stream,
      timeout,
      signal: controller.signal,
      notify: (notice) => told.push(notice),
      failed: (error) => errors.push(error),
      work: async ({ id }) => {
        begun.push(id);
        await sleep(2);
        done.push(id);
      },
    });
  };
  let stop = go();
  return {
    ...{ mode, stream, proxy, redis, begun, done, told, errors },
    stop: () => stop(),
    abort: () => controller.abort(),
    async again() {
      await whenIdle(redis);
      stop = go();
    },
  };
}
