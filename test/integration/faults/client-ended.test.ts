/** The caller's client is closed too early: everything on it fails at once, and nothing hangs. */
import { NEVER, type Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { ackAfter, AckError, fromGroup, fromStreams, isStreamsError, whenIdle } from '../../../src/index.js';
import { eventually } from '../../support/eventually.js';
import { ground } from './ground.js';
import { notebook } from './notebook.js';

const on = ground();
const group = (options: object = {}) => ({ streams: 's', group: 'g', consumer: 'c', timeout: 30_000, ...options });

/** How it ended. */
function ending(source: Observable<unknown>): { error?: unknown; completed?: true } {
  const end: { error?: unknown; completed?: true } = {};
  source.subscribe({ error: (error: unknown) => (end.error = error), complete: () => (end.completed = true) });
  return end;
}
async function nothingLeft(): Promise<void> {
  await eventually(async () => (await on.connections()).length === 0, 'no connection is left', { within: 2000 });
}

describe.each(['quit', 'disconnect'] as const)('%s() of the caller’s client', (how) => {
  it.each([
    ['fromGroup', (client: Parameters<typeof fromGroup>[0]) => fromGroup(client, group())],
    ['fromStreams', (client: Parameters<typeof fromGroup>[0]) => fromStreams(client, { streams: 's', timeout: 30_000 })],
  ])('while %s is blocked: CLIENT_ENDED at once', async (_, source) => {
    const redis = on.client();
    const end = ending(source(redis));
    await on.blocked();
    const start = performance.now();
    void redis[how]();
    await eventually(() => end.error !== undefined, 'it errors');
    await whenIdle(redis);
    expect(performance.now() - start).toBeLessThan(1500);
    expect(end.error).toMatchObject({ code: 'CLIENT_ENDED' });
    expect(isStreamsError(end.error)).toBe(true);
    await nothingLeft();
  });

  it('while projects run and acks are owed: the ids are listed', async () => {
    const redis = on.client();
    const ids = await on.filled(3);
    const worked: string[] = [];
    let closed = false;
    const end = ending(
      fromGroup(redis, group()).pipe(
        ackAfter(({ id }) => {
          worked.push(id);
          if (id !== ids[0]) return id;
          closed = true;
          void redis[how](); // before the ack of this one can be sent
          return id;
        }),
      ),
    );
    await eventually(() => end.error !== undefined || end.completed === true, 'it ends');
    await whenIdle(redis);
    expect(closed).toBe(true);
    expect(end.error).toMatchObject({ code: 'CLIENT_ENDED' });
    if (end.error instanceof AckError) {
      const unconfirmed = end.error.unconfirmed.flatMap((each) => each.ids);
      // An ack that is not confirmed may have arrived, on the connection for reading; what did not is listed.
      const pending = (await on.pending('s', 'g')).map(({ id }) => id);
      expect(unconfirmed).toEqual(expect.arrayContaining(pending.filter((id) => worked.includes(id))));
      expect(worked).toEqual(expect.arrayContaining(unconfirmed));
    }
    await nothingLeft();
  });

  it('while a project runs that never ends: not even drainTimeout is waited for', async () => {
    const redis = on.client();
    await on.filled(3);
    let started = 0;
    const end = ending(
      fromGroup(redis, group({ bufferSize: 3 })).pipe(
        ackAfter(() => {
          started += 1;
          return NEVER;
        }),
      ),
    );
    await eventually(() => started === 1, 'one runs');
    void redis[how]();
    await eventually(() => end.error !== undefined, 'it errors', { within: 1500 });
    await whenIdle(redis);
    expect(end.error).toMatchObject({ code: 'CLIENT_ENDED' });
    await nothingLeft();
  });

  it('after unsubscribe and before it has closed: closes all the same', async () => {
    const redis = on.client();
    const told = notebook();
    const running = fromGroup(redis, group({ notify: told.notify })).subscribe();
    await on.blocked();
    running.unsubscribe();
    void redis[how]();
    const start = performance.now();
    await whenIdle(redis);
    expect(performance.now() - start).toBeLessThan(1500);
    expect(told.all.at(-1)?.type).toBe('closed');
    await nothingLeft();
  });

  it('before the subscription: CLIENT_ENDED', async () => {
    const redis = on.client();
    await redis.ping();
    await redis[how]();
    await eventually(() => redis.status === 'end', 'the client has ended');
    const end = ending(fromGroup(redis, group()));
    await eventually(() => end.error !== undefined, 'it errors', { within: 1000 });
    expect(end.error).toMatchObject({ code: 'CLIENT_ENDED' });
  });
});
