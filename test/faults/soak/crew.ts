import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runChild, type Child, type Ended } from '../../support/child.js';
import type { Ground, Way } from './ground.js';
import { readJournal } from './journal.js';
import type { Life, Stop } from './verdict.js';

/** Where one consumer works, whoever it is at present: behind proxies of its own. */
interface Post extends Way {
  /** Undefined between a death and the replacement. */
  worker: Worker | undefined;
  replacing: Promise<void> | undefined;
}

interface Worker {
  readonly name: string;
  readonly path: string;
  readonly child: Child;
  killed: boolean;
  readonly stops: Stop[];
  /** When it was stopped, while it is. */
  stopped: number | undefined;
}

export interface Crew {
  readonly posts: readonly Post[];
  /** Resolves when everybody is at work. */
  ready(): Promise<void>;
  /** Who works at that post; where nobody does, at the next. */
  worker(post: number): Worker | undefined;
  /** With -9; somebody else takes the place. */
  kill(worker: Worker): void;
  /** With SIGSTOP, until it may go on. */
  stop(worker: Worker): void;
  goOn(worker: Worker): void;
  /** Asks all of them to end, and waits for it. Who ended in another way than was asked is told with what it said. */
  dismiss(): Promise<string[]>;
  /** Everybody who ever worked, and what they wrote down. */
  lives(): Life[];
  /** Whatever is still running is killed. */
  end(): Promise<void>;
}

export async function hireCrew(
  ground: Ground,
  { size, folder, seconds }: { size: number; folder: string; seconds: number },
): Promise<Crew> {
  const workers: Worker[] = [];
  const posts: Post[] = [];
  const complaints: string[] = [];
  let ending = false;

  function hire(post: Post): void {
    if (ending) return;
    const name = `c${workers.length}`; // nobody comes back: what the dead one held is claimed
    const path = join(folder, `${workers.length}.${name}`);
    writeFileSync(path, ''); // also for who is killed before it has written
    const args = [JSON.stringify(post.where), JSON.stringify(ground.streams), name, path];
    const child = runChild('test/faults/soak/consumer.ts', { args, timeout: (2 * seconds + 180) * 1000 });
    const worker: Worker = { name, path, child, killed: false, stops: [], stopped: undefined };
    workers.push(worker);
    post.worker = worker;
    post.replacing = undefined;
    void child.ended.then((ended) => {
      if (!worker.killed && (ended.code !== 0 || ended.stderr !== '' || !ending)) complaints.push(`${name} ${how(ended)}`);
    });
  }

  for (let number = 0; number < size; number++) {
    const post: Post = { ...(await ground.way()), worker: undefined, replacing: undefined };
    posts.push(post);
    hire(post);
  }

  return {
    posts,
    async ready() {
      for (const post of posts) {
        await post.replacing;
        await post.worker?.child.line(/^joined$/);
      }
    },
    worker: (number) => [...posts.slice(number), ...posts.slice(0, number)].find((post) => post.worker)?.worker,
    kill(worker) {
      const number = posts.findIndex((post) => post.worker === worker);
      const post = posts[number];
      if (post === undefined) return;
      worker.killed = true;
      worker.child.kill('SIGKILL');
      post.worker = undefined;
      post.replacing = worker.child.ended.then(() => hire(post));
    },
    stop(worker) {
      worker.stopped ??= Date.now();
      worker.child.kill('SIGSTOP');
    },
    goOn(worker) {
      if (worker.stopped !== undefined) worker.stops.push({ from: worker.stopped, to: Date.now() });
      worker.stopped = undefined;
      worker.child.kill('SIGCONT');
    },
    async dismiss() {
      ending = true;
      for (const { worker } of posts) worker?.child.kill('SIGTERM');
      await Promise.all(posts.flatMap(({ worker }) => (worker ? [worker.child.ended] : [])));
      return complaints;
    },
    lives: () => workers.map(({ name, path, killed, stops }) => ({ name, killed, stops, lines: readJournal(path) })),
    async end() {
      ending = true;
      for (const { child } of workers) child.kill('SIGKILL');
      await Promise.all(workers.map(({ child }) => child.ended));
      for (const { proxies } of posts) await Promise.all(proxies.map((proxy) => proxy.close()));
    },
  };
}

function how({ code, signal, stderr }: Ended): string {
  return `ended by itself with ${signal ?? code}; its stderr: ${stderr}`;
}
