import type { Takeover } from './effects.js';

/** What is left to take over once these were asked for: those that did not come are somebody else's by now. */
export function remaining(
  takeover: readonly Takeover[],
  { stream, asked }: { stream: string; asked: readonly string[] },
): readonly Takeover[] {
  const done = new Set(asked);
  return takeover
    .map((each) => (each.stream === stream ? { stream, ids: each.ids.filter((id) => !done.has(id)) } : each))
    .filter((each) => each.ids.length > 0);
}
