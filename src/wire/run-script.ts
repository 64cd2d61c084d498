import { catchError, throwError, type Observable } from 'rxjs';
import type { Arg, RedisClient } from './client.js';
import { send } from './command.js';
import { firstWord } from './failures.js';
import { script } from './requests.js';
import type { Script } from './scripts.js';

/** By digest; a server that does not know it (never sent, restarted, failed over, SCRIPT FLUSH) gets the text, and keeps it. */
export function runScript(
  client: RedisClient,
  source: Script,
  call: { keys: readonly string[]; args: readonly Arg[]; binary?: boolean },
): Observable<unknown> {
  return send(client, script('EVALSHA', source, call)).pipe(
    catchError((error: unknown) =>
      firstWord(error) === 'NOSCRIPT' ? send(client, script('EVAL', source, call)) : throwError(() => error),
    ),
  );
}
