/** Replies that Redis wrote and nobody read: the entries are pending, `>` never returns them again, and still none is lost. (A thousand of them: test/faults.) */
import { setTimeout as sleep } from 'node:timers/promises';
import { lastValueFrom, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { ackAfter, fromGroup, fromStreams, untilDrained, whenIdle } from '../../../src/index.js';
import { eventually } from '../../support/eventually.js';
import { entriesRead, everyOther } from './cut-replies.js';
import { ground } from './ground.js';
import { notebook } from './notebook.js';

const on = ground();

describe('other readers', () => {
  it.each([0, 200])('a drained source (timeout %i) completes only when what was lost has come', async (timeout) => {
    const proxy = await on.proxy();
    const redis = on.clientReadingThrough(proxy);
    const ids = await on.filled(100);
    const cutting = proxy.cutReplies(everyOther(entriesRead), { times: 6 });
    const came = await lastValueFrom(
      fromGroup(redis, { streams: 's', group: 'g', consumer: 'c', bufferSize: 8 }).pipe(
        untilDrained({ timeout }),
        ackAfter(({ id }) => id),
        toArray(),
      ),
    );
    expect(cutting.cuts).toBe(6);
    expect(came.toSorted()).toEqual(ids.toSorted());
    expect(await on.pending('s', 'g')).toEqual([]);
    await whenIdle(redis);
  });

  it('fromStreams loses nothing and sees nothing twice', async () => {
    const proxy = await on.proxy();
    const redis = on.clientReadingThrough(proxy);
    const came: string[] = [];
    const cutting = proxy.cutReplies(
      everyOther((chunk) => chunk.toString('latin1', 0, 3) === '*1\r'),
      { times: 20 },
    );
    const subscription = fromStreams(redis, { streams: { s: '0' }, bufferSize: 5, timeout: 300 }).subscribe(({ id }) =>
      came.push(id),
    );
    const ids: string[] = [];
    while (cutting.cuts < 20) {
      ids.push(...(await on.fill('s', 4)));
      await sleep(4); // a producer that never stops; nothing is waited for
    }
    await eventually(() => came.length >= ids.length, 'all came');
    expect(came).toEqual(ids);
    subscription.unsubscribe();
    await whenIdle(redis);
  });

  it('autoAcknowledge is at most once: what was lost is lost, and reading goes on', async () => {
    const proxy = await on.proxy();
    const redis = on.clientReadingThrough(proxy);
    const told = notebook();
    const came: string[] = [];
    const subscription = fromGroup(redis, {
      streams: 's',
      group: 'g',
      consumer: 'c',
      timeout: 300,
      autoAcknowledge: true,
      autoCreate: { from: '0' },
      notify: told.notify,
    }).subscribe(({ id }) => came.push(id));
    await on.blocked();
    const cutting = proxy.cutReplies(entriesRead);
    await on.fill('s', 1);
    await cutting.done;
    const [id] = await on.fill('s', 1);
    await eventually(() => came.length === 1, 'the next came');
    expect(came).toEqual([id]);
    expect(told.of('recovered')).toEqual([]);
    subscription.unsubscribe();
    await whenIdle(redis);
  });
});
