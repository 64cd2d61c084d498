import { dice } from '../../support/dice.js';

export type FaultKind =
  | 'connection killed'
  | 'reply cut, both sides'
  | 'reply cut, client side'
  | 'connections cut'
  | 'connections refused'
  | 'black hole'
  | 'slow line'
  | 'server paused'
  | 'server killed'
  | 'consumer stopped'
  | 'consumer killed'
  | 'slot moved'
  | 'master killed';

export interface Fault {
  readonly kind: FaultKind;
  /** ms after the start. */
  readonly at: number;
  /** Whom it hits: the number of a consumer. */
  readonly victim: number;
  /** How long it lasts, where it lasts. */
  readonly ms: number;
  /** From 0 up to 1: what else there is to choose. */
  readonly dice: number;
}

interface Habit {
  /** How many of it there are in each bag. */
  readonly often: number;
  readonly ms: readonly [shortest: number, longest: number];
}

export const HABITS: Readonly<Record<FaultKind, Habit>> = {
  'connection killed': { often: 3, ms: [0, 0] },
  'reply cut, both sides': { often: 3, ms: [0, 0] },
  'reply cut, client side': { often: 3, ms: [0, 0] },
  'connections cut': { often: 2, ms: [0, 0] },
  'connections refused': { often: 2, ms: [100, 1000] },
  'black hole': { often: 2, ms: [200, 3000] },
  'slow line': { often: 2, ms: [300, 2000] },
  'server paused': { often: 2, ms: [50, 400] },
  'server killed': { often: 1, ms: [50, 400] },
  'consumer stopped': { often: 2, ms: [200, 4000] },
  'consumer killed': { often: 2, ms: [0, 0] },
  'slot moved': { often: 1, ms: [0, 0] },
  'master killed': { often: 0, ms: [0, 0] }, // there is one replica for each
};

export interface Plan {
  readonly seconds: number;
  /** ms from one fault to the next. */
  readonly every: number;
  readonly victims: number;
  /** What may happen, … */
  readonly kinds: readonly FaultKind[];
  /** … and what happens in the middle, whatever would have been drawn. */
  readonly amid?: FaultKind | undefined;
}

/** One fault every so many ms, the same ones for the same seed. Drawn from bags, so that no kind is missing in a short run. */
export function schedule(seed: number, { seconds, every, victims, kinds, amid }: Plan): Fault[] {
  const random = dice(seed);
  const faults: Fault[] = [];
  let bag: FaultKind[] = [];
  for (let at = every; at < seconds * 1000; at += every) {
    if (bag.length === 0) bag = kinds.flatMap((kind) => Array<FaultKind>(HABITS[kind].often).fill(kind));
    const [kind] = bag.splice(Math.floor(random() * bag.length), 1) as [FaultKind];
    const [shortest, longest] = HABITS[kind].ms;
    const ms = Math.round(shortest + random() * (longest - shortest));
    faults.push({ kind, at, victim: Math.floor(random() * victims), ms, dice: random() });
  }
  const middle = Math.floor(faults.length / 2);
  return faults.map((fault, i) => (i === middle && amid !== undefined ? { ...fault, kind: amid } : fault));
}
