import type { Socket } from 'node:net';

/** One direction of a connection: bytes in order, each held back for as long as the delay was when it came. */
export interface Lane {
  pass(chunk: Buffer, delay: number): void;
  /** What is held back arrives now. */
  flush(): void;
  /** What is held back never arrives; how many bytes that are. */
  drop(): number;
}

export function createLane(from: Socket, to: Socket): Lane {
  /** What is on its way, the oldest first. */
  let held: { chunk: Buffer; at: number }[] = [];
  /** Rings when the oldest is due. */
  let timer: NodeJS.Timeout | undefined;

  function write(chunk: Buffer): void {
    if (to.write(chunk)) return;
    from.pause();
    to.once('drain', () => from.resume());
  }
  function arrive(until: number): void {
    clearTimeout(timer);
    while (held[0] !== undefined && held[0].at <= until) write(held.shift()!.chunk);
    timer = held[0] && setTimeout(() => arrive(performance.now()), held[0].at - performance.now());
  }

  return {
    pass(chunk, delay) {
      if (delay === 0 && held.length === 0) return write(chunk);
      // Never before what went ahead of it, also when the delay has become shorter.
      held.push({ chunk, at: Math.max(performance.now() + delay, held.at(-1)?.at ?? 0) });
      if (held.length === 1) arrive(performance.now());
    },
    flush: () => arrive(Infinity),
    drop() {
      clearTimeout(timer);
      const dropped = held.reduce((sum, { chunk }) => sum + chunk.length, 0);
      held = [];
      return dropped;
    },
  };
}
