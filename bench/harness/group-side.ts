import type { Side } from './in-rounds.js';

export const TUNED = 'hand-tuned loop on ioredis 5: next read in the air, one XACK per reply, COUNT 500';

/** A side of `bench/sides/group.mjs`. */
export function groupSide(
  name: string,
  label: string,
  { port, entries, window = 1_000 }: { port: number; entries: number; window?: number },
): Side {
  return { label, file: 'group.mjs', args: [name, port, entries, window] };
}
