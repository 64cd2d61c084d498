import type { Notice } from '../index.js';
import type { Screen } from './screen.js';

/** Tells on stderr when a live command has lost Redis, and when it has it back: once each, however many tries it takes. */
export function lostLine(screen: Screen): { readonly notify: (notice: Notice) => void; readonly back: () => void } {
  let away = false;
  const back = (): void => {
    if (away) screen.note('Redis answers again.');
    away = false;
  };
  return {
    back,
    notify: (notice) => {
      if (notice.type === 'connected') back();
      if (notice.type !== 'retrying' || away) return;
      away = true;
      screen.note(`Redis does not answer (${notice.error.message}): trying again, up to 5 s apart. Ctrl-C ends.`);
    },
  };
}
