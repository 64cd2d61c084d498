import { catchError, concatMap, forkJoin, from, map, mergeMap, of, take, toArray, type Observable } from 'rxjs';
import { groupLag, type RedisClient, type StreamLag } from '../../index.js';
import { send, type Command } from '../../wire/command.js';
import { classify, firstWord, isSyntaxError } from '../../wire/failures.js';
import * as replies from '../../wire/replies.js';
import { groupsOf } from '../streams-and-groups.js';
import type { Lifetime } from './eviction.js';
import { SAMPLES, type Right } from './features.js';
import { allowedBy, type Allowed, type Rights } from './rights.js';
import { infoOf, type Capability } from './server.js';

/** Looks at once. */
const TOGETHER = 20;
/** Nobody has such a key: what is asked about it changes nothing. */
const NOBODYS = 'rxjs-redis-streams:doctor';

/** The answer, or undefined where the server refuses it, for want of rights or because it does not know the command; a lost connection stays an error. */
function asked(redis: RedisClient, command: Command): Observable<unknown> {
  return send(redis, command).pipe(
    catchError((error: unknown) => {
      if (classify(error).kind === 'lost') throw error;
      return of(undefined);
    }),
  );
}

export function lookAtInfo(redis: RedisClient): Observable<ReadonlyMap<string, string> | undefined> {
  const sections = ['server', 'memory'].map((section) => asked(redis, { name: 'INFO', args: [section] }));
  return forkJoin(sections).pipe(
    map((texts) => (texts.every((text) => text === undefined) ? undefined : infoOf(texts.map(replies.text).join('\n')))),
  );
}

/** By asking for the thing itself, never by the version: forks and managed servers have numbers of their own. */
export function lookAtCapabilities(redis: RedisClient): Observable<Capability[]> {
  const idle = send(redis, { name: 'XPENDING', args: [NOBODYS, 'g', 'IDLE', 0, '-', '+', 1] }).pipe(
    map((): Capability['is'] => 'there'),
    catchError((error: unknown) => {
      if (classify(error).kind === 'lost') throw error;
      return of<Capability['is']>(firstWord(error) === 'NOGROUP' ? 'there' : isSyntaxError(error) ? 'missing' : 'unknown');
    }),
  );
  // It came with the option, and unlike the option can be asked for without adding anything.
  const idmp = asked(redis, { name: 'COMMAND', args: ['INFO', 'XCFGSET'] }).pipe(
    map((reply): Capability['is'] => (Array.isArray(reply) ? (reply[0] ? 'there' : 'missing') : 'unknown')),
  );
  return forkJoin([idle, idmp]).pipe(
    map(([hasIdle, hasIdmp]) => [
      { name: 'XPENDING … IDLE', is: hasIdle, needed: true, without: 'claimIdle() is UNSUPPORTED, and so is pending --older' },
      { name: 'XADD … IDMP', is: hasIdmp, needed: false, without: 'publishTo() is at-least-once when a connection is lost' },
    ]),
  );
}

export function lookAtLifetimes(streams: readonly string[], redis: RedisClient): Observable<Lifetime[]> {
  return from(streams).pipe(
    mergeMap(
      (stream) =>
        asked(redis, { name: 'PTTL', args: [stream] }).pipe(
          map((ttl) => ({ stream, ttl: Number(ttl) > 0 ? Number(ttl) : undefined })),
        ),
      TOGETHER,
    ),
    toArray(),
  );
}

export function lookAtGroups(
  streams: readonly string[],
  redis: RedisClient,
  { named }: { named: boolean },
): Observable<StreamLag[]> {
  return groupsOf(streams, redis, { group: undefined, named }).pipe(
    concatMap((groups) => from(groups)),
    mergeMap(({ stream, group }) => groupLag(redis, { streams: [stream], group }).pipe(take(1)), TOGETHER),
    concatMap(({ streams: each }) => from(each)),
    toArray(),
  );
}

/** Undefined where the server cannot be asked: before Redis 7.0, or without the right to ask. */
export function lookAtRights(streams: readonly string[], redis: RedisClient): Observable<readonly Rights[] | undefined> {
  return asked(redis, { name: 'ACL', args: ['WHOAMI'] }).pipe(
    concatMap((name) => {
      if (typeof name !== 'string') return of(undefined);
      const all = (streams.length === 0 ? [undefined] : streams).map((stream) => ofStream(name, stream, redis));
      return forkJoin(all).pipe(
        map((each) => (each.every(({ may }) => [...may.values()].every((is) => is === 'unknown')) ? undefined : each)),
      );
    }),
  );
}

function ofStream(user: string, stream: string | undefined, redis: RedisClient): Observable<Rights> {
  const rights = Object.entries(SAMPLES) as [Right, (typeof SAMPLES)[Right]][];
  const each = rights.map(([right, sample]) =>
    asked(redis, { name: 'ACL', args: ['DRYRUN', user, ...sample(stream ?? NOBODYS)] }).pipe(
      map((answer): [Right, Allowed] => [right, answer === undefined ? 'unknown' : allowedBy(replies.text(answer))]),
    ),
  );
  return forkJoin(each).pipe(map((may) => ({ user, stream, may: new Map(may) })));
}
