/** A process is killed with -9 at its third entry, and another one of the same name begins: for each way to consume. */
import { expect, it } from 'vitest';
import { whenIdle } from '../../src/index.js';
import { ground } from '../integration/faults/ground.js';
import { runChild } from '../support/child.js';
import { eventually } from '../support/eventually.js';
import { checkpointOf, MODES } from './guarantees/modes.js';
import { createTrial } from './guarantees/trial.js';

const on = ground();

/** What the successor does: `again`, all that was not acked; `lost`, only what was never handed out; `anew`, everything from `start`. */
const outcomes = ['again', 'again', 'lost', 'anew', 'again', 'again', 'anew'] as const;

it('the process is killed at its work', async () => {
  const proxy = await on.proxy();
  for (const [i, mode] of MODES.entries()) {
    const stream = `s${i}`;
    const ids = await on.fill(stream, 12);
    const args = [`${on.server.port}`, mode, stream];
    const child = runChild('test/faults/children/mode.ts', { args, timeout: 30_000 });
    let begun = 0;
    await child.line((line) => line.includes('"begun"') && ++begun === 3);
    const inGroup = mode === '`ackAfter`, concurrency 1' || mode === '`GroupConsumer`';
    const acked = inGroup || mode === '`fromStreams`, `checkpoint`' ? 2 : 0;
    if (inGroup) await eventually(async () => (await on.pending(stream, 'g'))[0]?.id === ids[acked], 'the first two are acked');
    else if (acked > 0) {
      const position = () => on.admin.hget(checkpointOf(stream), stream);
      await eventually(async () => (await position())?.startsWith(`${ids[acked - 1]} `), 'the first two are saved');
    }
    child.kill('SIGKILL');
    const { signal, reports } = await child.ended;
    expect(signal).toBe('SIGKILL');
    const doneByFirst = reports.flatMap(({ done }) => (typeof done === 'string' ? [done] : []));

    const redis = on.client();
    const trial = createTrial({ mode, stream, proxy, redis, timeout: 100 });
    const fresh = await on.fill(stream, 3);
    await eventually(() => fresh.every((id) => trial.done.includes(id)), `${mode}: what is fresh comes`);
    switch (outcomes[i] ?? 'again') {
      case 'again':
        if (mode !== '`fromStreams`, `checkpoint`') await on.settled(stream);
        expect([...new Set([...doneByFirst, ...trial.done])].toSorted(), mode).toEqual([...ids, ...fresh].toSorted());
        expect(trial.done, mode).toContain(ids[2]);
        if (acked > 0) expect(trial.done, mode).toEqual([...ids.slice(acked), ...fresh]);
        break;
      case 'lost':
        expect(trial.done, mode).not.toContain(ids[2]);
        expect(
          trial.done.filter((id) => doneByFirst.includes(id)),
          mode,
        ).toEqual([]);
        break;
      case 'anew':
        expect(trial.done, mode).toEqual([...ids, ...fresh]);
    }
    expect(trial.errors).toEqual([]);
    trial.stop();
    await whenIdle(redis);
  }
}, 180_000);
