import { Redis } from 'ioredis';
import { catchError, from, map, Observable, of, race, throwError, timeout, timer } from 'rxjs';
import { whenIdle, type RedisClient } from '../index.js';
import { send } from '../wire/command.js';
import { firstWord } from '../wire/failures.js';
import { withoutArguments } from '../wire/without-arguments.js';
import type { Address } from './address.js';
import { NoConnection } from './stopped.js';

/** ms that a connection may take, and that until somebody has answered on it. */
const OPENS_WITHIN = 5_000;
const ANSWERS_WITHIN = 6_000;
const CLOSES_WITHIN = 5_000;
const LONGEST_PAUSE = 2_000;

/** Emits a client that is connected and logged in; unsubscribed before that, it leaves nothing. `live`: it connects again when it is lost. */
export function connect(address: Address, options: { live: boolean }): Observable<RedisClient> {
  return open(address, options).pipe(
    timeout({
      first: ANSWERS_WITHIN,
      with: () => throwError(() => refused(address, new Error(`no answer within ${ANSWERS_WITHIN / 1_000} s`))),
    }),
  );
}

function open(address: Address, { live }: { live: boolean }): Observable<RedisClient> {
  return new Observable((subscriber) => {
    let opening = true;
    let last: Error | undefined;
    const redis = new Redis(address.url, {
      lazyConnect: true,
      enableReadyCheck: false, // it needs the right to INFO
      connectTimeout: OPENS_WITHIN,
      maxRetriesPerRequest: 1, // what waits for the line fails then, and is told and asked again
      retryStrategy: (times) => (live && !opening ? Math.min(times * 100, LONGEST_PAUSE) : null),
    });
    redis.on('error', (error) => (last = error)); // of a connection that is up, whoever asks something is told
    const fail = (error: unknown): void => {
      redis.disconnect();
      subscriber.error(refused(address, withoutArguments(last ?? error)));
    };
    redis.connect().then(() => {
      const greeting = greet(redis).subscribe({
        error: fail,
        complete: () => {
          if (last !== undefined) return fail(last); // a wrong password leaves one logged in as nobody in particular
          opening = false;
          subscriber.next(redis);
          subscriber.complete();
        },
      });
      subscriber.add(() => greeting.unsubscribe());
    }, fail);
    return () => {
      if (opening) redis.disconnect();
    };
  });
}

/** Whatever it may do, a user who is logged in gets another answer to PING than one who is not. */
function greet(redis: Redis): Observable<unknown> {
  return send(redis, { name: 'PING', args: [] }).pipe(
    catchError((error: unknown) => (firstWord(error) === 'NOPERM' ? of('logged in') : throwError(() => error))),
  );
}

function refused({ shown }: Address, error: Error): NoConnection {
  const what = error.message.replace(/\.$/, '');
  const login = /^(WRONGPASS|NOAUTH)/.test(what);
  const then = login
    ? 'Check user and password in --url or REDIS_URL.'
    : 'Is the server up? Say where it is with --url redis://host:port, or in REDIS_URL.';
  return new NoConnection(`Cannot ${login ? 'log in to' : 'connect to'} Redis at ${shown}: ${what}. ${then}`);
}

/** Everything of the library on it is closed, or it took too long; then the client goes. */
export function close(redis: RedisClient): Observable<unknown> {
  return race(from(whenIdle(redis)), timer(CLOSES_WITHIN)).pipe(map(() => redis.disconnect()));
}
