import type { Redis } from 'ioredis';
import type { RedisServer } from '../../support/redis-server.js';
import type { Cutting, ReplyMatch } from '../../support/tcp-proxy.js';
import type { Crew } from './crew.js';
import type { Fault, FaultKind } from './schedule.js';

export interface Faults {
  /** Resolves when it has begun; how it ends is seen to. */
  inject(fault: Fault): Promise<void>;
  /** Ends whatever lasts. */
  lift(): Promise<void>;
  /** How often each was injected. */
  readonly counts: ReadonlyMap<FaultKind, number>;
}

export interface FaultsEnv {
  readonly server: RedisServer;
  readonly admin: Redis;
  readonly crew: Crew;
}

/** A reply with entries, or one to acks: what hurts when it is lost. */
const replies: ReplyMatch = (chunk, { lastRequest }) =>
  /xack/i.test(lastRequest) || (/xreadgroup/i.test(lastRequest) && chunk.toString('latin1', 0, 3) !== '*-1');

export function createFaults({ server, admin, crew }: FaultsEnv): Faults {
  const counts = new Map<FaultKind, number>();
  /** What lasts, by whom it hits: its end, and the timer for it. */
  const lasting = new Map<string, { timer: NodeJS.Timeout; end: () => void }>();
  const cuttings: { kind: FaultKind; cutting: Cutting }[] = [];
  let restarting = Promise.resolve();

  /** A second one of the same kind, on the same victim, makes it last longer. */
  function last(key: string, ms: number, end: () => void): void {
    clearTimeout(lasting.get(key)?.timer);
    const over = (): void => {
      lasting.delete(key);
      end();
    };
    lasting.set(key, { timer: setTimeout(over, ms), end: over });
  }

  /** False: there was nothing that it could hit, so far. */
  async function begin({ kind, victim, ms, dice }: Fault): Promise<boolean> {
    const { proxy } = crew.posts[victim]!;
    const worker = crew.worker(victim);
    switch (kind) {
      case 'connection killed': {
        const all = String(await admin.call('CLIENT', 'LIST')).split('\n');
        const theirs = all.filter((line) => line.includes(` name=${worker?.name} `));
        const list = theirs.length > 0 ? theirs : all.filter((line) => / name=c\d+ /.test(line));
        const id = /^id=(\d+)/.exec(list[Math.floor(dice * list.length)] ?? '')?.[1];
        return id !== undefined && (await admin.call('CLIENT', 'KILL', 'ID', id)) === 1;
      }
      case 'reply cut, both sides':
      case 'reply cut, client side':
        cuttings.push({
          kind,
          cutting: proxy.cutReplies(replies, {
            side: kind.endsWith('both sides') ? 'both' : 'client',
            pass: Math.floor(dice * 40),
          }),
        });
        return false; // it is counted when a reply has come by
      case 'connections cut':
        proxy.cut(dice < 0.5 ? 'both' : 'client');
        return true;
      case 'connections refused':
        proxy.refuse(true);
        proxy.cut();
        last(`${kind} ${victim}`, ms, () => proxy.refuse(false));
        return true;
      case 'black hole':
        proxy.freeze();
        last(`${kind} ${victim}`, ms, () => proxy.thaw());
        return true;
      case 'slow line':
        proxy.delay(Math.ceil(dice * 200));
        last(`${kind} ${victim}`, ms, () => proxy.delay(0));
        return true;
      case 'server paused':
        await admin.call('CLIENT', 'PAUSE', ms, dice < 0.5 ? 'ALL' : 'WRITE');
        return true;
      case 'server killed':
        restarting = restarting.then(() => server.restart({ signal: 'SIGKILL', down: ms }));
        return true;
      case 'consumer stopped':
        if (worker === undefined) return false;
        crew.stop(worker);
        last(`${kind} ${worker.child.pid}`, ms, () => crew.goOn(worker));
        return true;
      case 'consumer killed':
        if (worker === undefined) return false;
        crew.kill(worker);
        return true;
    }
  }

  return {
    counts,
    async inject(fault) {
      if (await begin(fault)) counts.set(fault.kind, (counts.get(fault.kind) ?? 0) + 1);
    },
    async lift() {
      for (const { kind, cutting } of cuttings) {
        cutting.cancel();
        counts.set(kind, (counts.get(kind) ?? 0) + cutting.cuts);
      }
      for (const { timer, end } of [...lasting.values()]) {
        clearTimeout(timer);
        end();
      }
      await restarting;
    },
  };
}
