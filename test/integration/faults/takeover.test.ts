/** What a subscription takes over from the one before: in the order of the stream, before fresh entries, nothing twice. */
import { firstValueFrom, lastValueFrom, toArray } from 'rxjs';
import { expect, it } from 'vitest';
import { ackAfter, fromGroup, untilDrained, whenIdle } from '../../../src/index.js';
import { eventually } from '../../support/eventually.js';
import { ground, onServer } from './ground.js';
import { notebook } from './notebook.js';

const on = ground();

it('is in id order and before fresh ones; what another consumer has claimed meanwhile stays there', async () => {
  const redis = on.client();
  const told = notebook();
  const ids = await on.filled(10);
  const source = fromGroup(redis, { streams: 's', group: 'g', consumer: 'c', notify: told.notify });
  await firstValueFrom(source); // settles nothing: the first stays ours as it is, the others are given back
  await whenIdle(redis);
  await on.admin.xclaim('s', 'g', 'other', 60_000, ids[3] ?? '', 'JUSTID');
  const fresh = await on.fill('s', 3, { from: 10 });
  const came = await lastValueFrom(
    source.pipe(
      untilDrained(),
      ackAfter(({ id, origin, attempt }) => ({ id, origin, attempt })),
      toArray(),
    ),
  );
  expect(came.map(({ id }) => id)).toEqual([...ids.filter((_, i) => i !== 3), ...fresh]);
  expect(came.map(({ origin }) => origin)).toEqual([...Array<string>(9).fill('recovered'), ...Array<string>(3).fill('fresh')]);
  expect(came.map(({ attempt }) => attempt)).toEqual([2, ...Array<number>(11).fill(1)]);
  expect(told.of('recovered').map(({ after }) => after)).toEqual(['takeover']);
  expect((await on.pending('s', 'g')).map(({ id, consumer }) => [id, consumer])).toEqual([[ids[3], 'other']]);
});

for (const [what, options] of [
  ['what is taken over', {}],
  ['the backlog', { startFromBacklog: true }],
] as const) {
  onServer(`after a lost reply that is not settled yet, nothing comes twice: neither with ${what}`, async () => {
    const proxy = await on.proxy();
    const redis = on.clientReadingThrough(proxy);
    const told = notebook();
    await on.admin.xgroup('CREATE', 's', 'g', '0', 'MKSTREAM');
    const source = fromGroup(redis, {
      ...{ streams: 's', group: 'g', consumer: 'c', timeout: 3000, notify: told.notify },
      ...options,
    });
    let held = 0;
    const first = source.subscribe(() => (held += 1));
    await on.blocked();
    const cutting = proxy.cutReplies((chunk) => chunk.includes('n'));
    const ids = await on.fill('s', 1);
    await cutting.done;
    await eventually(() => held === 1, 'it is recovered'); // and looked for once more when the block has run out
    ids.push(...(await on.fill('s', 3, { from: 1 })));
    await eventually(() => held === 4, 'the others came');
    first.unsubscribe();

    const came: [id: string, attempt: number][] = [];
    const second = source.subscribe((entry) => {
      came.push([entry.id, entry.attempt]);
      if (came.length < 4) return;
      void entry.ack();
    });
    await eventually(() => came.length >= 4, 'they came again');
    const [fresh] = await on.fill('s', 1, { from: 4 });
    await eventually(() => came.at(-1)?.[0] === fresh, 'a fresh one came');
    expect(came.map(([id]) => id)).toEqual([...ids, fresh]);
    expect(came.map(([, attempt]) => attempt)).toEqual([2, 2, 2, 2, 1]);
    second.unsubscribe();
    await whenIdle(redis);
  });
}

it('brings nothing twice where backlogFirst() brings it anyway', async () => {
  const redis = on.client();
  const ids = await on.filled(10);
  const source = fromGroup(redis, { streams: 's', group: 'g', consumer: 'c', startFromBacklog: true });
  await firstValueFrom(source);
  const came = await lastValueFrom(
    source.pipe(
      untilDrained(),
      ackAfter(({ id }) => id),
      toArray(),
    ),
  );
  expect(came).toEqual(ids);
  await whenIdle(redis);
  expect(await on.pending('s', 'g')).toEqual([]);
});
