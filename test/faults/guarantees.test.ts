/**
 * The table of docs/guarantees.md: what becomes of entries, for each way to consume, when something goes wrong in the middle of its
 * work. `row()` has the title of the line, and what it promises in each column; test/docs-guarantees.test.ts holds both together.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { whenIdle } from '../../src/index.js';
import { ground } from '../integration/faults/ground.js';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/redis-server.js';
import type { CutOptions, ReplyMatch } from '../support/tcp-proxy.js';
import { checkpointOf, MODES } from './guarantees/modes.js';
import { createTrial, type Trial } from './guarantees/trial.js';

const on = ground({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] });
const TIMEOUT = 100;

/**
 * `once`: each entry is done exactly once. `again`: each is done, some of them perhaps twice. `lost`: none is done twice, what was on
 * its way may be lost. `gone`: none is done twice, what Redis no longer has never comes. `anew`: everything is read again from `start`.
 * `none`: there is no such thing. In all of them reading goes on, and nothing stays pending.
 */
type Outcome = 'once' | 'again' | 'lost' | 'gone' | 'anew' | 'none';

/** In the order of the columns. */
type Outcomes = readonly [Outcome, Outcome, Outcome, Outcome, Outcome, Outcome, Outcome];

/** Goes wrong for all of them at once; resolves when it has, and when it is over. `more`: one more entry, for a fault that waits for one. */
type Fault = (trials: readonly Trial[], more: (trial: Trial) => Promise<void>) => Promise<unknown>;

function row(title: string, outcomes: Outcomes, fault: Fault): void {
  it(title, async () => {
    const trials: { trial: Trial; outcome: Outcome; before: string[]; after: string[] }[] = [];
    for (const [i, mode] of MODES.entries()) {
      const outcome = outcomes[i];
      if (outcome === undefined || outcome === 'none') continue;
      const proxy = await on.proxy();
      const redis = on.client({ port: proxy.port, socketTimeout: 1000, connectTimeout: 1000 });
      const stream = `s${i}`;
      const before = await on.fill(stream, 40);
      trials.push({
        trial: createTrial({ mode, stream, proxy, redis, timeout: TIMEOUT }),
        outcome,
        before,
        after: [],
      });
    }
    for (const { trial } of trials) await eventually(() => trial.done.length >= 3, `${trial.mode} is at work`);
    await fault(
      trials.map(({ trial }) => trial),
      async ({ stream }) => void trials.find(({ trial }) => trial.stream === stream)?.before.push(...(await on.fill(stream, 1))),
    );
    for (const each of trials) each.after.push(...(await on.fill(each.trial.stream, 20)));

    for (const { trial, outcome, before, after } of trials) {
      const due = outcome === 'lost' || outcome === 'gone' ? after : [...before, ...after];
      await eventually(
        () => due.every((id) => trial.done.includes(id)) || `${trial.done.length} done, errors: ${String(trial.errors)}`,
        `${trial.mode}: what is due is done`,
      );
      if (acks(trial)) await on.settled(trial.stream);
      if (trial.mode === '`fromStreams`, `checkpoint`') await saved(trial, after.at(-1));
    }
    for (const { trial, outcome, before, after } of trials) {
      const twice = trial.done.filter((id, i) => trial.done.indexOf(id) !== i);
      expect({ mode: trial.mode, errors: trial.errors }).toEqual({ mode: trial.mode, errors: [] });
      expect(trial.done.filter((id) => !before.includes(id) && !after.includes(id))).toEqual([]);
      if (outcome !== 'again' && outcome !== 'anew') expect({ mode: trial.mode, twice }).toEqual({ mode: trial.mode, twice: [] });
      if (outcome === 'anew') expect(trial.done.slice(-60)).toEqual([...before, ...after]);
      trial.stop();
      await whenIdle(trial.redis);
    }
  });
}

/** The checkpoint says that everything is done. */
async function saved({ stream, mode }: Trial, last = ''): Promise<void> {
  await eventually(
    async () => (await on.admin.hget(checkpointOf(stream), stream))?.split(' ')[0] === last,
    `${mode}: the position is at the last entry`,
  );
}

function alive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false; // ESRCH
  }
}

const acks = ({ mode }: Trial): boolean => mode.startsWith('`ackAfter`') || mode === '`GroupConsumer`';

/** A reply that holds entries, to whichever of our reads. */
const entriesRead: ReplyMatch = (chunk, { lastRequest }) =>
  /xread/i.test(lastRequest) && chunk.toString('latin1', 0, 3) !== '*-1';

const each =
  (fault: (trial: Trial) => Promise<unknown> | void): Fault =>
  (trials) =>
    Promise.all(trials.map(async (trial) => fault(trial)));

row('the connection for reading is lost', ['once', 'once', 'lost', 'once', 'once', 'once', 'once'], async () => {
  for (const line of await on.connections()) {
    if (/ cmd=xread/.test(line)) await on.admin.call('CLIENT', 'KILL', 'ID', /^id=(\d+)/.exec(line)?.[1] ?? '');
  }
});

/** The next such reply is lost. Entries are added until there is one: on a slow machine all that were there may be done by now. */
const lost =
  (match: ReplyMatch, options: CutOptions = {}): Fault =>
  (trials, more) =>
    Promise.all(
      trials.map(async (trial) => {
        const cutting = trial.proxy.cutReplies(match, options);
        while (cutting.cuts === 0) {
          await Promise.race([cutting.done, sleep(100)]);
          if (cutting.cuts === 0) await more(trial);
        }
      }),
    );

row('the reply to a read is lost', ['once', 'once', 'lost', 'once', 'once', 'once', 'once'], lost(entriesRead));

row(
  'the reply to a read is lost, and the server does not notice',
  ['once', 'once', 'lost', 'once', 'once', 'once', 'once'],
  lost(entriesRead, { side: 'client' }),
);

row(
  'the reply to an ack is lost',
  ['once', 'once', 'none', 'none', 'once', 'once', 'none'],
  // `forward` is how a position is saved.
  lost((_, { lastRequest }) => /xack|forward/i.test(lastRequest)),
);

row(
  'every connection is lost, and refused for a second',
  ['once', 'once', 'lost', 'once', 'once', 'once', 'once'],
  each(async ({ proxy }) => {
    proxy.refuse(true);
    proxy.cut();
    await sleep(1000); // how long it is refused
    proxy.refuse(false);
  }),
);

row(
  'the line goes dead without a word',
  ['once', 'once', 'lost', 'once', 'once', 'once', 'once'],
  each(async ({ proxy }) => {
    proxy.freeze();
    await sleep(500); // long enough for what is out to go into the void
    proxy.thaw();
  }),
);

row('Redis is killed, and comes back with its data', ['once', 'once', 'lost', 'once', 'once', 'once', 'once'], () =>
  on.server.restart({ signal: 'SIGKILL', down: 200 }),
);

row('Redis comes back without its data', ['gone', 'gone', 'gone', 'gone', 'gone', 'gone', 'gone'], async () => {
  const { pid, dir } = on.server;
  const back = on.server.restart({ signal: 'SIGKILL', down: 500 });
  await eventually(() => !alive(pid), 'it is dead');
  await rm(join(dir, 'appendonlydir'), { recursive: true });
  await back;
});

row('Redis fails over: it is a replica for a while', ['once', 'once', 'lost', 'once', 'once', 'once', 'once'], async () => {
  await on.admin.replicaof('127.0.0.1', await freePort());
  await sleep(300); // how long it is one
  await on.admin.replicaof('NO', 'ONE');
});

row(
  'the group is destroyed',
  ['once', 'once', 'once', 'none', 'none', 'once', 'none'],
  each(({ stream }) => on.admin.xgroup('DESTROY', stream, 'g')),
);

row(
  'the key is deleted',
  ['gone', 'gone', 'gone', 'gone', 'gone', 'gone', 'gone'],
  each(({ stream }) => on.admin.del(stream)),
);

row('FLUSHALL', ['gone', 'gone', 'gone', 'gone', 'gone', 'gone', 'gone'], () => on.admin.flushall());

row(
  'the stream is trimmed under the reader',
  ['gone', 'gone', 'gone', 'gone', 'gone', 'gone', 'gone'],
  each(({ stream }) => on.admin.xtrim(stream, 'MAXLEN', 0)),
);

row(
  'it is unsubscribed (or closed), and subscribed again',
  ['again', 'again', 'lost', 'anew', 'again', 'again', 'anew'],
  each(async (trial) => {
    trial.stop();
    await trial.again();
  }),
);

row(
  'its signal is aborted, and it is subscribed again',
  ['once', 'once', 'lost', 'anew', 'once', 'again', 'anew'],
  each(async (trial) => {
    trial.abort();
    await trial.again();
  }),
);
