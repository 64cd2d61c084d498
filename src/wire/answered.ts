import { Observable, type MonoTypeOperatorFunction } from 'rxjs';
import type { RedisClient } from './client.js';
import { whileAlive } from './clock.js';
import { ConnectionLost } from './failures.js';

/** ms that a command may be out, on a connection that is up, before its answer is taken for lost. */
export const PATIENCE = 10_000;

/**
 * Nothing that we ask the caller's client is waited for without an end. On a line that has gone dead ioredis waits as long as TCP
 * does, and with `autoResendUnfulfilledCommands: false` the promises of what was out when a connection broke never settle (ioredis
 * 5.11.1). The command may have been executed, so it fails as lost, and whoever asked asks again. A client that is not connected keeps
 * what it is given and sends it later: that is waited for.
 */
export function answered<T>(client: RedisClient): MonoTypeOperatorFunction<T> {
  return (source) =>
    new Observable((subscriber) => {
      const look = (): void => {
        if (client.status !== 'ready') return wait();
        subscriber.error(new ConnectionLost(`Redis did not answer within ${PATIENCE} ms`));
      };
      let cancel: () => void = () => undefined;
      const wait = (): void => {
        cancel = whileAlive(PATIENCE, look);
      };
      subscriber.add(() => cancel());
      wait();
      source.subscribe(subscriber);
    });
}
