/** What was read and not started goes back: anyone's at once, with its count restored. What runs ends or is cancelled. */
import { NEVER, Subject, takeUntil } from 'rxjs';
import { expect, it } from 'vitest';
import { ackAfter, fromGroup } from '../../../src/index.js';
import { eventually } from '../../support/eventually.js';
import { ANYONE, ground } from './ground.js';
import { notebook } from './notebook.js';

const on = ground();
const group = (options: object = {}) => ({ streams: 's', group: 'g', consumer: 'c', ...options });

it('unsubscribed from below: what runs is cancelled and stays ours, what waits is anyone’s with its count restored', async () => {
  const redis = on.client();
  const told = notebook();
  const ids = await on.filled(10);
  const started: string[] = [];
  const running = fromGroup(redis, group({ notify: told.notify }))
    .pipe(
      ackAfter(
        ({ id }) => {
          started.push(id);
          return started.length === 1 ? id : NEVER;
        },
        { concurrency: 3 },
      ),
    )
    .subscribe();
  await eventually(() => started.length === 4, 'one is done and three run');
  running.unsubscribe();
  await on.closes(redis);

  const pending = await on.pending('s', 'g');
  expect(pending.map(({ id }) => id)).toEqual(ids.slice(1)); // the first was acked
  expect(pending.every(({ consumer }) => consumer === 'c')).toBe(true);
  expect(pending.map(({ count }) => count)).toEqual([1, 1, 1, 0, 0, 0, 0, 0, 0]);
  expect(pending.map(({ idle }) => idle > ANYONE)).toEqual([...Array<boolean>(3).fill(false), ...Array<boolean>(6).fill(true)]);
  expect(told.of('given-back').flatMap((notice) => notice.ids)).toEqual(ids.slice(4));
  expect(await on.claimable()).toEqual(ids.slice(4));
  expect(told.all.at(-1)).toEqual({ type: 'closed' });
});

it('takeUntil above the stage: what runs ends and is acked, then the stage completes', async () => {
  const redis = on.client();
  const ids = await on.filled(10);
  const stop = new Subject<void>();
  const gates: (() => void)[] = [];
  const events: string[] = [];
  fromGroup(redis, group())
    .pipe(
      takeUntil(stop),
      ackAfter(({ id }) => new Promise<string>((resolve) => gates.push(() => resolve(id))), { concurrency: 3 }),
    )
    .subscribe({ next: (id) => events.push(id), complete: () => events.push('complete') });
  await eventually(() => gates.length === 3, 'three run');
  stop.next();
  await eventually(async () => (await on.pending('s', 'g')).filter(({ count }) => count === 0).length === 7, 'seven are back');
  expect(events).toEqual([]);
  for (const open of gates) open();
  await eventually(() => events.includes('complete'), 'it completes');
  expect(events).toEqual([...ids.slice(0, 3), 'complete']);
  expect((await on.pending('s', 'g')).map(({ id }) => id)).toEqual(ids.slice(3)); // acked before it completed
  await on.closes(redis);
  expect(await on.claimable()).toEqual(ids.slice(3));
});

it.each([1, 5, 10])('unsubscribed inside next, at entry %i of 10: the rest of the batch goes back', async (at) => {
  const redis = on.client();
  const ids = await on.filled(10);
  const came: string[] = [];
  const running = fromGroup(redis, group()).subscribe(({ id }) => {
    came.push(id);
    if (came.length === at) running.unsubscribe();
  });
  await eventually(() => came.length === at, 'they came');
  await on.closes(redis);
  expect(came).toEqual(ids.slice(0, at));
  expect((await on.pending('s', 'g')).map(({ count }) => count)).toEqual(ids.map((_, i) => (i < at ? 1 : 0)));
  expect(await on.claimable()).toEqual(ids.slice(at));
});

it('an ack given before the unsubscription in the same next still arrives', async () => {
  const redis = on.client();
  const ids = await on.filled(3);
  const running = fromGroup(redis, group()).subscribe((entry) => {
    void entry.ack();
    running.unsubscribe();
  });
  await eventually(async () => (await on.pending('s', 'g')).length === 2, 'one was acked');
  await on.closes(redis);
  expect((await on.pending('s', 'g')).map(({ id, count }) => [id, count])).toEqual([
    [ids[1], 0],
    [ids[2], 0],
  ]);
});
