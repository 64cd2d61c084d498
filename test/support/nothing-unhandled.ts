import { afterEach, beforeEach, expect } from 'vitest';

/** To be called once at the top of a file: none of its tests leaves a rejection that nobody handles. */
export function nothingUnhandled(): void {
  let unhandled: unknown[] = [];
  const note = (error: unknown): void => void unhandled.push(error);
  beforeEach(() => {
    unhandled = [];
    process.on('unhandledRejection', note);
  });
  afterEach(async () => {
    await new Promise((resolve) => setImmediate(resolve)); // they are told behind the turn
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });
}
