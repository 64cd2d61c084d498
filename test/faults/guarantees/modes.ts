/** The ways to consume, each as a service would use it: they differ in nothing but that. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { Observable } from 'rxjs';
import { ackAfter, Consumer, fromGroup, fromStreams, GroupConsumer, type Entry, type Notice } from '../../../src/index.js';

/** The columns of the table in docs/guarantees.md, in their order. */
export const MODES = [
  '`ackAfter`, concurrency 1',
  '`ackAfter`, concurrency n',
  '`autoAcknowledge`',
  '`fromStreams`',
  '`fromStreams`, `checkpoint`',
  '`GroupConsumer`',
  '`Consumer`',
] as const;

export type Mode = (typeof MODES)[number];

export interface Job {
  readonly redis: Redis;
  readonly stream: string;
  /** ms of a blocking read. */
  readonly timeout: number;
  readonly signal: AbortSignal;
  readonly notify: (notice: Notice) => void;
  readonly failed: (error: unknown) => void;
  readonly work: (entry: Entry) => Promise<void>;
}

/** Starts it, with whatever it left unfinished under its name; what it returns unsubscribes, or closes. */
export function start(mode: Mode, job: Job): () => void {
  const { redis, stream: streams, timeout, signal, notify, work } = job;
  const common = { streams, bufferSize: 8, timeout, signal, notify };
  const group = { ...common, group: 'g', consumer: 'c', autoCreate: { from: '0' } };
  const pulled = { streams: { [streams]: '0' }, bufferSize: 4, timeout, signal, notify };
  switch (mode) {
    case '`ackAfter`, concurrency 1':
      return run(fromGroup(redis, { ...group, startFromBacklog: true }).pipe(ackAfter(work)), job);
    case '`ackAfter`, concurrency n':
      return run(fromGroup(redis, { ...group, startFromBacklog: true }).pipe(ackAfter(work, { concurrency: 4 })), job);
    case '`autoAcknowledge`':
      return run(fromGroup(redis, { ...group, autoAcknowledge: true }).pipe(ackAfter(work)), job);
    case '`fromStreams`':
      return run(fromStreams(redis, { ...common, streams: { [streams]: '0' } }).pipe(ackAfter(work)), job);
    case '`fromStreams`, `checkpoint`': {
      const options = { ...common, streams: { [streams]: '0' }, checkpoint: checkpointOf(streams) };
      return run(fromStreams(redis, options).pipe(ackAfter(work)), job);
    }
    case '`GroupConsumer`': {
      const options = { ...pulled, group: 'g', consumer: 'c', startFromBacklog: true, autoCreate: { from: '0' } };
      return pull(new GroupConsumer(redis, options), job, (entry) => entry.ack());
    }
    case '`Consumer`':
      return pull(new Consumer(redis, pulled), job, () => undefined);
  }
}

/** Where the position of that stream is kept. */
export function checkpointOf(stream: string): string {
  return `${stream}:position`;
}

function run(source: Observable<unknown>, { failed }: Job): () => void {
  const subscription = source.subscribe({ error: failed });
  return () => subscription.unsubscribe();
}

interface Pulling<E> {
  getEntry(): Promise<E | undefined>;
  close(): Promise<void>;
}

function pull<E extends Entry>(consumer: Pulling<E>, { work, signal, failed }: Job, done: (entry: E) => unknown): () => void {
  let stopped = false;
  const loop = async (): Promise<void> => {
    while (!stopped && !signal.aborted) {
      const entry = await consumer.getEntry();
      if (entry === undefined)
        await sleep(5); // nothing there within its timeout
      else {
        await work(entry);
        void done(entry);
      }
    }
  };
  loop().catch(failed);
  return () => {
    stopped = true;
    consumer.close().catch(failed);
  };
}
