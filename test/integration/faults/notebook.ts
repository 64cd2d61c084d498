import type { Notice } from '../../../src/index.js';

/** Everything that was told, in order, and what there was of one kind. */
export function notebook() {
  const all: Notice[] = [];
  return {
    all,
    notify: (notice: Notice): void => void all.push(notice),
    of: <K extends Notice['type']>(type: K): Extract<Notice, { type: K }>[] =>
      all.filter((notice): notice is Extract<Notice, { type: K }> => notice.type === type),
  };
}
