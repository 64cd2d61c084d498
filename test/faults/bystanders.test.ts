/**
 * One entry that kills the process, among a hundred in the window. Each death counts as a delivery of everything that was held; after
 * enough of them the one that did it, and nothing else, is a dead letter.
 */
import { describe, expect, it } from 'vitest';
import { runChild, type Child } from '../support/child.js';
import { eventually } from '../support/eventually.js';
import { ground } from '../integration/faults/ground.js';
import { EXIT, LETTERS, MOST, type Way } from './bystanders.js';

const on = ground();

interface Begun {
  readonly id: string;
  readonly attempt: number;
  readonly beside: number;
}

/** n entries, and which of them is poison. */
async function entries(n: number, poison: number): Promise<string[]> {
  await on.admin.xgroup('CREATE', 's', 'g', '0', 'MKSTREAM');
  const pipeline = on.admin.pipeline();
  for (let i = 0; i < n; i++) pipeline.xadd('s', '*', 'n', i, ...(i === poison ? ['poison', 'yes'] : []));
  return ((await pipeline.exec()) ?? []).map(([, id]) => String(id));
}

/** Everything was delivered once, and nothing is pending. */
async function isOver(): Promise<boolean> {
  const [group] = (await on.admin.xinfo('GROUPS', 's')) as unknown[][];
  const [summary] = (await on.admin.xpending('s', 'g')) as [number];
  return Number(group?.[group.indexOf('lag') + 1]) === 0 && summary === 0;
}

const begunIn = (child: Child): Begun[] =>
  child.lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Begun);

/** Starts processes one after another until everything is settled; each with what it has begun and how it ended. */
async function runs(way: Way): Promise<{ begun: Begun[]; code: number | null }[]> {
  const all: { begun: Begun[]; code: number | null }[] = [];
  while (!(await isOver())) {
    const name = way === 'backlog' ? 'c' : `c${all.length}`;
    const child = runChild('test/faults/children/bystanders.ts', { args: [`${on.server.port}`, name, way], timeout: 30_000 });
    let ended = false;
    void child.ended.then(() => (ended = true));
    await eventually(async () => ended || (await isOver()), 'it dies, or everything is settled', { within: 30_000 });
    child.kill('SIGTERM');
    const { code, stderr } = await child.ended;
    expect(stderr).toBe('');
    all.push({ begun: begunIn(child), code });
    expect(all.length).toBeLessThanOrEqual(MOST + 1);
  }
  return all;
}

describe.each<{ way: Way; whose: string; poison: number }>([
  { way: 'backlog', whose: 'under the same name, with backlogFirst()', poison: 3 },
  { way: 'claim', whose: 'under another name, with claimIdle()', poison: 60 },
])('the next process goes on $whose', ({ way, poison }) => {
  it('exactly the entry that killed is put away, and all others are done', async () => {
    const ids = await entries(100, poison);
    const guilty = ids[poison];
    const all = await runs(way);

    // It killed each time it was delivered, and the last process found it spent.
    expect(all.map(({ code }) => code)).toEqual([...Array.from({ length: MOST }, () => EXIT), 0]);
    const deliveries = all.flatMap(({ begun }) => begun.filter(({ id }) => id === guilty));
    expect(deliveries.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    // The others were in the window with it, and their last delivery was made alone.
    expect(deliveries[0]?.beside).toBeGreaterThan(0);
    expect(all.flatMap(({ begun }) => begun).filter(({ attempt, beside }) => attempt === MOST && beside > 0)).toEqual([]);

    const letters = await on.admin.xrange(LETTERS, '-', '+');
    expect(letters.map(([, fields]) => fields[fields.indexOf('dead-letter.id') + 1])).toEqual([guilty]);
    expect(letters[0]?.[1]).toEqual(expect.arrayContaining(['poison', 'dead-letter.deliveries', `${MOST}`]));
    const done = Object.keys(await on.admin.hgetall('done'));
    expect(done.toSorted()).toEqual(ids.filter((id) => id !== guilty).toSorted());
    expect(await on.pending('s', 'g')).toEqual([]);
  });
});
