import type { Cutting, ReplyMatch } from '../../support/tcp-proxy.js';
import type { Crew } from './crew.js';
import type { Ground } from './ground.js';
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
  readonly ground: Ground;
  readonly crew: Crew;
}

/** A reply with entries, or one to acks: what hurts when it is lost. */
const replies: ReplyMatch = (chunk, { lastRequest }) =>
  /xack/i.test(lastRequest) || (/xreadgroup/i.test(lastRequest) && chunk.toString('latin1', 0, 3) !== '*-1');

export function createFaults({ ground, crew }: FaultsEnv): Faults {
  const counts = new Map<FaultKind, number>();
  /** What lasts, by whom it hits: its end, and the timer for it. */
  const lasting = new Map<string, { timer: NodeJS.Timeout; end: () => void }>();
  const cuttings: { kind: FaultKind; cutting: Cutting }[] = [];
  let changing = Promise.resolve();

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
  async function begin(fault: Fault): Promise<boolean> {
    const { kind, victim, ms, dice } = fault;
    const { proxies } = crew.posts[victim]!;
    /** What is left of the dice, from 0 up to 1. */
    const rest = (dice * 1000) % 1;
    const used = proxies.filter(({ connections }) => connections.some(({ state }) => state === 'open'));
    /** All that the victim reaches, or one that it uses. */
    const hit = rest < 0.5 || used.length === 0 ? proxies : [used[Math.floor((2 * rest - 1) * used.length)]!];
    const worker = crew.worker(victim);
    switch (kind) {
      case 'connection killed': {
        const lists = await Promise.all(
          (await ground.masters()).map(async (node) =>
            String(await node.call('CLIENT', 'LIST'))
              .split('\n')
              .map((line) => ({ node, line })),
          ),
        );
        const all = lists.flat();
        const theirs = all.filter(({ line }) => line.includes(` name=${worker?.name} `));
        const list = theirs.length > 0 ? theirs : all.filter(({ line }) => / name=c\d+ /.test(line));
        const found = list[Math.floor(dice * list.length)];
        const id = /^id=(\d+)/.exec(found?.line ?? '')?.[1];
        return found !== undefined && id !== undefined && (await found.node.call('CLIENT', 'KILL', 'ID', id)) === 1;
      }
      case 'reply cut, both sides':
      case 'reply cut, client side':
        for (const proxy of hit) {
          const side = kind.endsWith('both sides') ? 'both' : 'client';
          cuttings.push({ kind, cutting: proxy.cutReplies(replies, { side, pass: Math.floor(dice * 40) }) });
        }
        return false; // it is counted when a reply has come by
      case 'connections cut':
        for (const proxy of hit) proxy.cut(dice < 0.5 ? 'both' : 'client');
        return true;
      case 'connections refused':
        for (const proxy of hit) {
          proxy.refuse(true);
          proxy.cut();
          last(`${kind} ${proxy.port}`, ms, () => proxy.refuse(false));
        }
        return true;
      case 'black hole':
        for (const proxy of hit) {
          proxy.freeze();
          last(`${kind} ${proxy.port}`, ms, () => proxy.thaw());
        }
        return true;
      case 'slow line':
        for (const proxy of hit) {
          proxy.delay(Math.ceil(dice * 200));
          last(`${kind} ${proxy.port}`, ms, () => proxy.delay(0));
        }
        return true;
      case 'server paused': {
        const nodes = await ground.masters();
        await nodes[Math.floor(rest * nodes.length)]?.call('CLIENT', 'PAUSE', ms, dice < 0.5 ? 'ALL' : 'WRITE');
        return true;
      }
      case 'server killed':
      case 'slot moved':
      case 'master killed':
        changing = changing.then(() => ground.change(fault));
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
      await changing;
    },
  };
}
