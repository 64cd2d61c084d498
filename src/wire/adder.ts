import { map, type Observable } from 'rxjs';
import type { Addition } from '../settlement.js';
import type { RedisClient } from './client.js';
import { send } from './command.js';
import { producersOf, type Identity, type Producers } from './producers.js';
import { text } from './replies.js';
import { addHead } from './requests.js';

/** What publishing takes: cold one-shot Observables, as those of the port. Stream names are without `keyPrefix`. */
export interface Adder {
  /** `XADD`, with `as` so that a repeat adds nothing; the id of the new entry, or of the one that is there already. */
  add(what: Addition, as: Identity | undefined): Observable<string>;
  readonly producers: Producers;
  /** The caller's client was closed for good. */
  readonly ended: boolean;
}

export function createAdder(client: RedisClient): Adder {
  return {
    add: ({ to, trim, fields }, as) =>
      send(client, { name: 'XADD', args: [to, ...addHead(trim, as), ...fields] }).pipe(map(text)),
    producers: producersOf(client),
    get ended() {
      return client.status === 'end';
    },
  };
}
