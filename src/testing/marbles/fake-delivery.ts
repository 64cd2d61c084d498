import type { Delivery, Fields, Pairs } from '../../entry.js';
import { SETTLEMENT } from '../../settlement.js';
import type { FakeSettlement } from './fake-session.js';

/** What a fake delivery shows. */
interface Shown<T> {
  readonly id: string;
  readonly fields: Fields;
  readonly value: T;
}

/** A delivery without a server: it can be settled, as often as one likes, and the first time counts. Its methods work destructured. */
export class FakeDelivery<T = Fields> implements Delivery<T> {
  readonly stream = 'deliveries';
  readonly origin = 'fresh';
  readonly attempt = 1;
  readonly id: string;
  readonly fields: Fields;
  readonly value: T;
  readonly [SETTLEMENT]: FakeSettlement;

  constructor(settlement: FakeSettlement, { id, fields, value }: Shown<T>) {
    this.id = id;
    this.fields = fields;
    this.value = value;
    this[SETTLEMENT] = settlement;
  }

  get pairs(): Pairs {
    return Object.entries(this.fields);
  }

  get signal(): AbortSignal {
    return this[SETTLEMENT].signal;
  }

  get ack(): () => Promise<void> {
    return () => {
      this[SETTLEMENT].settle('acked');
      return Promise.resolve();
    };
  }

  get nack(): () => void {
    return () => this[SETTLEMENT].settle('nacked');
  }

  get reject(): (reason?: unknown) => Promise<void> {
    return (reason) => {
      const rejected = new Promise<void>((resolve) => resolve(this[SETTLEMENT].settle('rejected', reason)));
      rejected.catch(() => undefined); // nobody has to await it
      return rejected;
    };
  }

  get mapValue(): <R>(project: (value: T) => R) => FakeDelivery<R> {
    return (project) => new FakeDelivery(this[SETTLEMENT], { id: this.id, fields: this.fields, value: project(this.value) });
  }
}
