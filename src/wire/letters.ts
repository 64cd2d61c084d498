import { map, type Observable } from 'rxjs';
import { areApart, putBackAcross } from './across-slots.js';
import type { RedisClient } from './client.js';
import { send } from './command.js';
import { keyPrefix } from './key-prefix.js';
import { lastGenerated } from './last-generated.js';
import * as replies from './replies.js';
import * as requests from './requests.js';
import { runScript } from './run-script.js';
import { REPLAY } from './scripts.js';

/** An entry of a dead-letter stream. */
export interface Letter {
  readonly id: string;
  /** The stream it came from; undefined: it is no dead letter of ours. */
  readonly origin: string | undefined;
}

/** What replaying dead letters takes: cold one-shot Observables, as those of the port. Stream names are without `keyPrefix`. */
export interface Letters {
  /** last-generated-id from `XINFO STREAM`; undefined without such a key. */
  last(stream: string): Observable<string | undefined>;
  /** `XRANGE`: at most `count` entries after `after` (exclusive) up to `to`. */
  page(target: { stream: string; after: string; to: string; count: number }): Observable<readonly Letter[]>;
  /** Script (across slots: command by command): puts dead letters back to `to` and deletes them from `stream`; the ids of those that were still there. */
  putBack(target: { stream: string; to: string; ids: readonly string[] }): Observable<readonly string[]>;
  /** The caller's client was closed for good. */
  readonly ended: boolean;
}

export function createLetters(client: RedisClient): Letters {
  const { forGroup } = keyPrefix(client);
  return {
    last: (stream) => lastGenerated(send(client, requests.infoOf('STREAM', forGroup(stream)))),
    page: (target) => send(client, requests.page(target)).pipe(map(replies.letters)),
    putBack: ({ stream, to, ids }) =>
      areApart(client, stream, to)
        ? putBackAcross(client, { stream, to, ids })
        : runScript(client, REPLAY, { keys: [stream, to], args: [...ids] }).pipe(map(replies.ids)),
    get ended() {
      return client.status === 'end';
    },
  };
}
