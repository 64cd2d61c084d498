import { catchError, map, of, throwError, type Observable } from 'rxjs';
import { isNoSuchKey } from './failures.js';
import * as replies from './replies.js';

/** The last-generated-id in an answer to `XINFO STREAM`; undefined where there is no such key. */
export function lastGenerated(info: Observable<unknown>): Observable<string | undefined> {
  return info.pipe(
    map((reply) => replies.text(replies.named(reply).get('last-generated-id'))),
    catchError((error: unknown) => (isNoSuchKey(error) ? of(undefined) : throwError(() => error))),
  );
}
