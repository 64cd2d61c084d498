import { Observable } from 'rxjs';
import { answered } from './answered.js';
import type { Arg, RedisClient } from './client.js';
import { withoutArguments } from './without-arguments.js';

/** A command as it is sent, apart from the key prefix that the client adds itself. */
export interface Command {
  readonly name: string;
  readonly args: readonly Arg[];
  /** Values of the reply as Buffers. */
  readonly binary?: boolean;
}

/** One command on the caller's client: it is answered in the end, or fails. */
export function send(client: RedisClient, command: Command): Observable<unknown> {
  return transmit(client, command).pipe(answered(client));
}

/**
 * One command as a cold one-shot Observable, however long its answer takes. Here promises end: a rejection is always handled, also when
 * nobody listens any more, and a client that throws at once (ioredis-mock does for commands it lacks) fails the same way. Its errors are
 * passed on without what was sent. Unsubscribing ignores the reply; a command that was sent cannot be taken back.
 */
export function transmit(client: RedisClient, { name, args, binary = false }: Command): Observable<unknown> {
  return new Observable((subscriber) => {
    try {
      const reply = binary ? callForBytes(client, name, args) : client.call(name, args);
      Promise.resolve(reply).then(
        (value) => {
          subscriber.next(value);
          subscriber.complete();
        },
        (error: unknown) => subscriber.error(withoutArguments(error)),
      );
    } catch (error) {
      subscriber.error(withoutArguments(error));
    }
  });
}

/**
 * On a client with `enableAutoPipelining`, `callBuffer` throws outside of any promise and ends the process: the auto-pipeline puts the
 * command's name back for `call` only (ioredis 5.11.1 and 6.0.0, autoPipelining.js). Its named methods (`xrangeBuffer`) work.
 */
function callForBytes(client: RedisClient, name: string, args: readonly Arg[]): unknown {
  const { enableAutoPipelining } = client.options as { enableAutoPipelining?: boolean };
  if (!enableAutoPipelining) return client.callBuffer(name, args);
  const methods = client as unknown as Record<string, (args: readonly Arg[]) => unknown>;
  return methods[`${name.toLowerCase()}Buffer`]?.(args);
}
