import { Subject, type Observable } from 'rxjs';
import type { FakeDelivery } from './fake-delivery.js';

/** A project whose work ends when the test says so. */
export function workshop() {
  const running = new Map<string, Subject<string>>();
  const started: string[] = [];
  return {
    started,
    project({ id }: FakeDelivery): Observable<string> {
      started.push(id);
      const work = new Subject<string>();
      running.set(id, work);
      return work;
    },
    fail(id: string): void {
      running.get(id)?.error(new Error('failed'));
    },
    end(...ids: string[]): void {
      for (const id of ids) running.get(id)?.complete();
    },
  };
}
