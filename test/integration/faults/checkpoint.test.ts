/** `checkpoint` when things go wrong: nothing is lost, and what comes again is what was not saved. */
import { setTimeout as sleep } from 'node:timers/promises';
import { lastValueFrom, retry, toArray, type Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { ackAfter, fromStreams, untilDrained, whenIdle, type HeldEntry } from '../../../src/index.js';
import { compareIds } from '../../../src/streams/position.js';
import { runChild } from '../../support/child.js';
import { eventually } from '../../support/eventually.js';
import { ground } from './ground.js';
import { notebook } from './notebook.js';
import { register } from './register.js';

const on = ground();
const options = { streams: { s: '0' }, checkpoint: 'reports' } as const;
const position = async (stream = 's'): Promise<string> => ((await on.admin.hget('reports', stream)) ?? '').split(' ')[0] ?? '';
const idOf = ({ id }: HeldEntry): string => id;

/** How it ended. */
function ending(source: Observable<unknown>): { error?: unknown; completed?: true } {
  const end: { error?: unknown; completed?: true } = {};
  source.subscribe({ error: (error: unknown) => (end.error = error), complete: () => (end.completed = true) });
  return end;
}

describe('killed with -9 in the middle of its work, at concurrency 8', () => {
  it('again and again: nothing is lost, and what comes twice is at most what was not settled or not saved', async () => {
    const streams = ['s', 't'];
    const ids = Object.fromEntries(
      await Promise.all(streams.map(async (stream) => [stream, await on.fill(stream, 600)] as const)),
    );
    const started = new Set<string>();
    const done = new Set<string>();
    const positions = () => Promise.all(streams.map(async (stream) => [stream, await position(stream)] as const));
    const run = async (kill: (lines: readonly string[]) => boolean) => {
      const from = new Map(await positions());
      const child = runChild('test/integration/faults/children/checkpointed.ts', {
        args: [`${on.server.port}`],
        timeout: 60_000,
      });
      try {
        await child.line(() => kill(child.lines));
      } finally {
        child.kill('SIGKILL');
      }
      const { reports, signal } = await child.ended;
      expect(signal).toBe('SIGKILL');
      const told = new Map<string, string>();
      for (const { stream = '', started: id, done: finished, saved } of reports as Record<string, string>[]) {
        if (finished !== undefined) done.add(`${stream} ${finished}`);
        if (saved !== undefined) told.set(stream, saved);
        if (id === undefined) continue;
        started.add(`${stream} ${id}`);
        // Nothing that was saved comes again.
        expect(compareIds(id, from.get(stream) || '0-0')).toBeGreaterThan(0);
      }
      // What was told to be saved is.
      for (const [stream, saved] of told) expect(compareIds(await position(stream), saved)).toBeGreaterThanOrEqual(0);
    };

    for (const many of [60, 200, 90]) {
      await run((lines) => lines.filter((line) => line.includes('"done"')).length >= many);
      for (const [stream, at] of await positions()) {
        // All of it was done: the position never passes what was not.
        const unfinished = ids[stream]?.filter((id) => compareIds(id, at) <= 0 && !done.has(`${stream} ${id}`));
        expect(unfinished).toEqual([]);
        // And it is not far behind: the window, and what was settled and not saved.
        const again = ids[stream]?.filter((id) => compareIds(id, at) > 0 && started.has(`${stream} ${id}`)) ?? [];
        expect(again.length).toBeLessThanOrEqual(100);
      }
    }

    const before = new Map(await positions());
    const redis = on.client();
    const rest = await lastValueFrom(
      fromStreams(redis, { ...options, streams: { s: '0', t: '0' } }).pipe(
        untilDrained(),
        ackAfter(({ stream, id }) => ({ stream, id })),
        toArray(),
      ),
    );
    await whenIdle(redis);
    for (const stream of streams) {
      const at = before.get(stream) ?? '';
      expect(rest.filter((each) => each.stream === stream).map(({ id }) => id)).toEqual(
        ids[stream]?.filter((id) => compareIds(id, at) > 0),
      );
      expect(await position(stream)).toBe(ids[stream]?.at(-1));
    }
  });
});

describe('a second owner', () => {
  it('the newest wins: the former ends with CHECKPOINT_TAKEN at its next save, and the position is the newer one’s', async () => {
    await on.fill('s', 4);
    const ids = (await on.admin.xrange('s', '-', '+')).map(([id]) => id);
    const [one, two] = [on.client(), on.client()];
    let letGo = (): void => undefined;
    const gate = new Promise<void>((resolve) => (letGo = resolve));
    const told = notebook();
    const former = ending(
      fromStreams(one, { ...options, notify: told.notify }).pipe(
        ackAfter(({ id }) => (id === ids[1] ? gate : Promise.resolve())),
      ),
    );
    await eventually(async () => (await position()) === ids[0], 'the first is saved, the second is being worked on');
    expect(await lastValueFrom(fromStreams(two, options).pipe(untilDrained(), ackAfter(idOf), toArray()))).toEqual(ids.slice(1));
    letGo();
    await eventually(() => former.error !== undefined, 'the former owner ends');
    expect(former.error).toMatchObject({ code: 'CHECKPOINT_TAKEN', unconfirmed: [{ stream: 's', ids: [ids[1]] }] });
    expect((former.error as Error).message).toContain('checkpoint is for one reader');
    expect(await position()).toBe(ids[3]);
    await whenIdle(one);
    expect(told.all.at(-1)?.type).toBe('closed');
    await whenIdle(two);
  });

  it('on one client a second one is refused while the first lives', async () => {
    const redis = on.client();
    await on.fill('s', 1);
    const first = fromStreams(redis, options).pipe(ackAfter(idOf)).subscribe();
    const second = ending(fromStreams(redis, options));
    expect(second.error).toMatchObject({
      code: 'CONSUMER_IN_USE',
      message: expect.stringContaining('Checkpoint reports') as string,
    });
    first.unsubscribe();
    await whenIdle(redis);
  });
});

describe('Redis cannot be reached, or says no', () => {
  it('saves are tried again until they are confirmed, nothing runs twice, and closing waits for them', async () => {
    const proxy = await on.proxy();
    const ids = await on.fill('s', 30);
    const redis = on.client({ port: proxy.port, maxRetriesPerRequest: 0 });
    const duplicate = redis.duplicate.bind(redis);
    redis.duplicate = (override) => duplicate({ ...override, port: on.server.port });
    await eventually(() => redis.status === 'ready', 'the client is ready');
    const told = notebook();
    const seen = register();
    const running = fromStreams(redis, { ...options, bufferSize: 50, notify: told.notify })
      .pipe(
        ackAfter((entry) => {
          if (seen.order.length === 5) {
            proxy.refuse(true);
            proxy.cut();
          }
          seen.came(entry);
        }),
      )
      .subscribe();
    await eventually(() => told.of('retrying').some(({ what }) => what === 'save'), 'a save is tried again');
    await eventually(() => seen.order.length === 30, 'all are worked on meanwhile');
    running.unsubscribe();
    proxy.refuse(false);
    await whenIdle(redis);
    expect(await position()).toBe(ids.at(-1));
    expect(seen.duplicates).toEqual([]);
    expect(told.of('saved').at(-1)).toEqual({ type: 'saved', stream: 's', id: ids.at(-1) });
  });

  it('no rights to the hash: CHECKPOINT_REFUSED; no rights to the stream: NOT_ALLOWED', async () => {
    await on.fill('s', 1);
    const base = ['on', '>p', '+info', '+client|id', '+client|unblock', '+xread', '+xinfo|stream', '+eval', '+evalsha'];
    const end = async (...rights: string[]) => {
      await on.admin.call('ACL', ['SETUSER', 'reader', 'reset', ...base, ...rights]);
      const redis = on.client({ username: 'reader', password: 'p' });
      const ended = ending(fromStreams(redis, options).pipe(untilDrained(), ackAfter(idOf)));
      await eventually(() => ended.error !== undefined || ended.completed === true, 'it ends');
      await whenIdle(redis);
      return ended;
    };
    expect((await end('~s', '~reports', '+hget')).error).toMatchObject({ code: 'CHECKPOINT_REFUSED' });
    expect((await end('~s', '+hget', '+hset')).error).toMatchObject({ code: 'CHECKPOINT_REFUSED' });
    expect((await end('~reports', '+hget', '+hset')).error).toMatchObject({ code: 'NOT_ALLOWED' });
    // These are all that it needs: docs/security.md.
    expect(await end('~s', '~reports', '+hget', '+hset')).toEqual({ completed: true });
  });

  it('rights that are taken away while it runs: an error with the position that is not saved', async () => {
    const ids = await on.fill('s', 3);
    await on.admin.call('ACL', ['SETUSER', 'reader', 'reset', 'on', '>p', '~*', '+@all']);
    const redis = on.client({ username: 'reader', password: 'p' });
    const ended = ending(
      fromStreams(redis, options).pipe(
        ackAfter(async ({ id }) => {
          if (id !== ids[1]) return;
          await eventually(async () => (await position()) === ids[0], 'the first is saved');
          await on.admin.call('ACL', ['SETUSER', 'reader', '-hset']);
        }),
      ),
    );
    await eventually(() => ended.error !== undefined, 'it ends');
    expect(ended.error).toMatchObject({ code: 'CHECKPOINT_REFUSED', unconfirmed: [{ stream: 's', ids: [ids[1]] }] });
    expect(await position()).toBe(ids[0]);
    await whenIdle(redis);
  });

  it('FLUSHALL under the reader: the hash is made again with the positions of all streams', async () => {
    await on.fill('s', 2);
    await on.fill('t', 2);
    const redis = on.client();
    const seen: string[] = [];
    const running = fromStreams(redis, { ...options, streams: { s: '0', t: '0' }, timeout: 100 })
      .pipe(ackAfter(({ id }) => seen.push(id)))
      .subscribe();
    await eventually(async () => (await position('t')) !== '0-0' && seen.length === 4, 'all are saved');
    const t = await position('t');
    await on.admin.flushall();
    const [id = ''] = await on.fill('s', 1);
    await eventually(async () => (await position()) === id && (await position('t')) === t, 'both positions are there again');
    running.unsubscribe();
    await whenIdle(redis);
  });

  it('the server is restarted without its memory of scripts: saving goes on', async () => {
    const redis = on.client();
    const ids = await on.fill('s', 20);
    await lastValueFrom(
      fromStreams(redis, { ...options, bufferSize: 2 }).pipe(
        untilDrained(),
        ackAfter(async ({ id }) => {
          if (id === ids[10]) await on.admin.script('FLUSH');
        }),
      ),
    );
    expect(await position()).toBe(ids.at(-1));
    await whenIdle(redis);
  });
});

it('retry() behind a project that fails, at concurrency 8: none is lost, and nothing below the position comes again', async () => {
  const ids = await on.fill('s', 800);
  const redis = on.client();
  const done = new Set<string>();
  const times = new Map<string, number>();
  let failures = 0;
  let seed = 11;
  const random = (): number => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;
  await lastValueFrom(
    fromStreams(redis, { ...options, bufferSize: 32 }).pipe(
      untilDrained(),
      ackAfter(
        async ({ id }) => {
          times.set(id, (times.get(id) ?? 0) + 1);
          await sleep(random() * 3);
          if (random() < 0.02) {
            failures += 1;
            throw new Error(`${id} failed`);
          }
          done.add(id);
        },
        { concurrency: 8 },
      ),
      retry(),
    ),
    { defaultValue: undefined },
  );
  await whenIdle(redis);
  expect(failures).toBeGreaterThan(5);
  expect([...done].toSorted(compareIds)).toEqual(ids);
  expect(await position()).toBe(ids.at(-1));
  // Each failure brings back at most what the stage had begun above it, and itself.
  const again = [...times.values()].reduce((sum, count) => sum + count - 1, 0);
  expect(again).toBeLessThanOrEqual(failures * 64);
});
