import { Observable, type MonoTypeOperatorFunction } from 'rxjs';
import { whileAlive } from './clock.js';
import { ConnectionLost } from './failures.js';

/** A command whose answer takes longer than so many ms fails as lost. */
export function within<T>(ms: number, what: string): MonoTypeOperatorFunction<T> {
  return (source) =>
    new Observable((subscriber) => {
      const late = (): void => subscriber.error(new ConnectionLost(`${what} was not answered within ${ms} ms`));
      subscriber.add(whileAlive(ms, late));
      source.subscribe(subscriber);
    });
}
