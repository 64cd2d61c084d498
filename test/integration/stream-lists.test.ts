/** `streams` as an Observable of lists: streams join and leave, and what is held of one that leaves is worked off. */
import { BehaviorSubject, NEVER, of, Subject, throwError, type Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { ackAfter, backlogFirst, fromGroup, fromStreams, redeliver, whenIdle, type Streams } from '../../src/index.js';
import { eventually } from '../support/eventually.js';
import { ground } from './faults/ground.js';
import { notebook } from './faults/notebook.js';

const on = ground();

/** A group consumer of whatever the lists name; entries wait until they are let go. */
function consume(lists: Observable<Streams>, options: object = {}) {
  const redis = on.client();
  const came: string[] = [];
  const held: (() => void)[] = [];
  const told = notebook();
  let end: unknown;
  const running = fromGroup(redis, {
    ...{ streams: lists, group: 'g', consumer: 'me', autoCreate: { from: '0' }, notify: told.notify },
    ...options,
  })
    .pipe(
      ackAfter(
        ({ stream, fields }) => {
          came.push(`${stream} ${fields['n'] ?? ''}`);
          return new Promise<void>((resolve) => held.push(resolve));
        },
        { concurrency: 100 },
      ),
    )
    .subscribe({ error: (error: unknown) => (end = error), complete: () => (end = 'complete') });
  return {
    redis,
    came,
    told,
    running,
    end: () => end,
    letGo: () => {
      for (const go of held.splice(0)) go();
    },
    left: (stream: string) => eventually(() => told.of('left').some((each) => each.stream === stream), `${stream} has left`),
  };
}

describe('a list in place of another', () => {
  it('a stream joins while a read waits, and is read at once; one that leaves is read no more', async () => {
    const lists = new BehaviorSubject<Streams>(['a']);
    const { came, left, running, redis, letGo } = consume(lists);
    await on.blocked();
    lists.next(['a', 'b']);
    await on.fill('b', 1);
    await eventually(() => came.includes('b 0'), 'b is read');
    letGo();
    lists.next(['b']);
    await left('a');
    await on.fill('a', 1);
    await on.fill('b', 1, { from: 1 });
    await eventually(() => came.includes('b 1'), 'b is read on');
    expect(came).toEqual(['b 0', 'b 1']);
    letGo();
    await on.settled('b');
    running.unsubscribe();
    await on.closes(redis);
  });

  it('what is held of a stream that leaves is worked off and acked before it has left', async () => {
    const lists = new BehaviorSubject<Streams>(['a', 'b']);
    const { came, told, left, letGo, running, redis } = consume(lists);
    await on.blocked();
    await on.fill('a', 3);
    await eventually(() => came.length === 3, 'three are held');
    lists.next(['b']);
    await on.fill('b', 1);
    await eventually(() => came.length === 4, 'b is read on');
    expect([told.of('left'), (await on.pending('a', 'g')).length]).toEqual([[], 3]);
    letGo();
    await left('a');
    expect(await on.pending('a', 'g')).toEqual([]);
    running.unsubscribe();
    await on.closes(redis);
  });

  it('what was nacked of it comes again, until it is done', async () => {
    const lists = new BehaviorSubject<Streams>(['a', 'b']);
    const redis = on.client();
    const told = notebook();
    const attempts: number[] = [];
    const running = fromGroup(redis, {
      streams: lists,
      group: 'g',
      consumer: 'me',
      autoCreate: { from: '0' },
      notify: told.notify,
    })
      .pipe(
        redeliver({ delay: 200 }),
        ackAfter(
          ({ attempt }) => {
            attempts.push(attempt);
            if (attempt < 3) throw new Error('not yet');
          },
          { onError: 'nack' },
        ),
      )
      .subscribe();
    await on.blocked();
    await on.fill('a', 1);
    await eventually(() => attempts.length === 1, 'it came');
    lists.next(['b']);
    await eventually(() => told.of('left').length === 1, 'a has left');
    expect([attempts, await on.pending('a', 'g')]).toEqual([[1, 2, 3], []]);
    running.unsubscribe();
    await on.closes(redis);
  });

  it('wanted again before it has left: nothing comes twice, and it is read on', async () => {
    const lists = new BehaviorSubject<Streams>(['a', 'b']);
    const { came, told, letGo, running, redis } = consume(lists);
    await on.blocked();
    await on.fill('a', 2);
    await eventually(() => came.length === 2, 'two are held');
    lists.next(['b']);
    await on.blocked();
    await on.fill('a', 1, { from: 2 });
    lists.next(['a', 'b']);
    await eventually(() => came.length === 3, 'it is read on');
    letGo();
    await on.settled('a');
    expect([came, told.of('left')]).toEqual([['a 0', 'a 1', 'a 2'], []]);
    running.unsubscribe();
    await on.closes(redis);
  });

  it('left and joined again: it goes on where the group stands', async () => {
    const lists = new BehaviorSubject<Streams>(['a']);
    const { came, left, letGo, running, redis, told } = consume(lists);
    await on.blocked();
    await on.fill('a', 1);
    await eventually(() => came.length === 1, 'it came');
    letGo();
    lists.next([]);
    await left('a');
    await on.fill('a', 1, { from: 1 });
    lists.next({ a: '0' });
    await eventually(() => came.length === 2, 'the next one came');
    expect([came, told.of('joined').length]).toEqual([['a 0', 'a 1'], 2]);
    letGo();
    await on.settled('a');
    running.unsubscribe();
    await on.closes(redis);
  });

  it('a backlog that is not done when its stream leaves comes whole when it joins again', async () => {
    await on.admin.xgroup('CREATE', 'a', 'g', '0', 'MKSTREAM');
    await on.fill('a', 6);
    await on.admin.xreadgroup('GROUP', 'g', 'me', 'COUNT', 6, 'STREAMS', 'a', '>');
    const lists = new BehaviorSubject<Streams>(['a', 'b']);
    const redis = on.client();
    const told = notebook();
    const came: string[] = [];
    let go: (() => void) | undefined;
    const running = fromGroup(redis, { streams: lists, group: 'g', consumer: 'me', bufferSize: 1, notify: told.notify })
      .pipe(
        backlogFirst(),
        ackAfter(({ fields }) => {
          came.push(fields['n'] ?? '');
          return new Promise<void>((resolve) => (go = resolve));
        }),
      )
      .subscribe();
    await eventually(() => came.length === 1, 'the first came');
    lists.next(['b']);
    go?.();
    await eventually(() => told.of('left').length === 1, 'a has left');
    lists.next(['a', 'b']);
    for (let n = 2; n <= 6; n++) {
      await eventually(() => came.length === n, `${n} came`);
      go?.();
    }
    await on.settled('a');
    expect(came).toEqual(['0', '1', '2', '3', '4', '5']);
    running.unsubscribe();
    await on.closes(redis);
  });

  it('under a generated name the consumer goes from the stream that leaves, and its seat is free', async () => {
    const lists = new BehaviorSubject<Streams>(['a', 'b']);
    const { left, running, redis } = consume(lists, { consumer: undefined });
    await on.blocked();
    lists.next(['b']);
    await left('a');
    await eventually(
      async () => ((await on.admin.xinfo('CONSUMERS', 'a', 'g')) as unknown[]).length === 0,
      'its consumer is gone',
    );
    running.unsubscribe();
    await on.closes(redis);
  });

  it('without a group a stream that joins begins at its end, and keeps its place while it is read', async () => {
    const lists = new BehaviorSubject<Streams>(['a']);
    const redis = on.client();
    const told = notebook();
    const came: string[] = [];
    await on.fill('b', 2);
    const running = fromStreams(redis, { streams: lists, notify: told.notify }).subscribe(({ stream, fields }) =>
      came.push(`${stream} ${fields['n'] ?? ''}`),
    );
    await on.blocked();
    lists.next(['a', 'b']);
    await eventually(() => told.of('joined').length === 2, 'b has joined');
    await on.fill('b', 1, { from: 2 });
    await eventually(() => came.length === 1, 'b is read');
    lists.next(['b']);
    await eventually(() => told.of('left').length === 1, 'a has left');
    await on.fill('b', 1, { from: 3 });
    await eventually(() => came.length === 2, 'b is read on');
    expect(came).toEqual(['b 2', 'b 3']);
    running.unsubscribe();
    await on.closes(redis);
  });

  it('with a checkpoint its position is saved before it has left, and found again', async () => {
    await on.fill('a', 2);
    const lists = new BehaviorSubject<Streams>({ a: '0', b: '0' });
    const redis = on.client();
    const told = notebook();
    const came: string[] = [];
    const running = fromStreams(redis, { streams: lists, checkpoint: 'at', notify: told.notify })
      .pipe(ackAfter(({ stream, fields }) => void came.push(`${stream} ${fields['n'] ?? ''}`)))
      .subscribe();
    await eventually(() => came.length === 2, 'a was read');
    lists.next({ b: '0' });
    await eventually(() => told.of('left').length === 1, 'a has left');
    await on.fill('a', 1, { from: 2 });
    lists.next({ a: '0', b: '0' });
    await eventually(() => came.length === 3, 'a is read on');
    await on.fill('b', 1);
    await eventually(() => came.length === 4, 'and so is b');
    expect(came).toEqual(['a 0', 'a 1', 'a 2', 'b 0']);
    await eventually(() => told.of('saved').filter(({ stream }) => stream === 'b').length > 0, 'saved');
    running.unsubscribe();
    await on.closes(redis);
  });
});

describe('the life of a subscription with lists', () => {
  it('nothing is sent before the first list that names a stream', async () => {
    const lists = new Subject<Streams>();
    const { running, redis } = consume(lists);
    lists.next([]);
    await redis.ping();
    expect(await on.connections()).toHaveLength(1);
    running.unsubscribe();
    await on.closes(redis);
    expect(lists.observed).toBe(false);
  });

  it('no list ever: completed; the last list is read on', async () => {
    const none = consume(of([]));
    expect(none.end()).toBe('complete');
    const last = consume(of(['a']));
    await on.blocked();
    await on.fill('a', 1);
    await eventually(() => last.came.length === 1, 'it is read');
    last.letGo();
    await on.settled('a');
    expect(last.end()).toBe(undefined);
    last.running.unsubscribe();
    await whenIdle(last.redis);
  });

  it('an empty last list: what is held is worked off, then it completes', async () => {
    const lists = new BehaviorSubject<Streams>(['a']);
    const { came, letGo, end, redis } = consume(lists);
    await on.blocked();
    await on.fill('a', 1);
    await eventually(() => came.length === 1, 'it is held');
    lists.next([]);
    lists.complete();
    expect(end()).toBe(undefined);
    letGo();
    await eventually(() => end() === 'complete', 'completed');
    expect(await on.pending('a', 'g')).toEqual([]);
    await on.closes(redis);
  });

  it('an error of the lists, and a list that is none, end it', async () => {
    const failing = consume(throwError(() => new Error('no directory')));
    expect(failing.end()).toMatchObject({ message: 'no directory' });
    const wrong = new Subject<Streams>();
    const { end, redis } = consume(wrong);
    wrong.next(['a']);
    await on.blocked();
    wrong.next([1] as unknown as Streams);
    expect(end()).toBeInstanceOf(TypeError);
    expect(String(end())).toMatch(/streams/);
    await whenIdle(redis);
  });

  it('a stream that another consumer of that name reads is refused, and ends it', async () => {
    const redis = on.client();
    const other = fromGroup(redis, { streams: 'b', group: 'g', consumer: 'me' }).subscribe();
    const lists = new BehaviorSubject<Streams>(['a']);
    let error: unknown;
    fromGroup(redis, { streams: lists, group: 'g', consumer: 'me' }).subscribe({ error: (each: unknown) => (error = each) });
    await on.blocked(2);
    lists.next(['a', 'b']);
    await eventually(() => error !== undefined, 'refused');
    expect(error).toMatchObject({ code: 'CONSUMER_IN_USE' });
    other.unsubscribe();
    await on.closes(redis);
  });

  it('a signal completes it, before the first list as after it', async () => {
    const stop = new AbortController();
    const early = consume(NEVER, { signal: stop.signal });
    const late = consume(of(['a']), { signal: stop.signal });
    await on.blocked();
    stop.abort();
    expect(early.end()).toBe('complete');
    await eventually(() => late.end() === 'complete', 'completed');
    await whenIdle(late.redis);
  });
});
