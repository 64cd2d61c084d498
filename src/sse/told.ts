import type { Notice } from '../notices.js';
import { teller } from '../sources/tell.js';

/** What must not be lost where nobody listens. */
type Bad = Notice & { type: 'not-sent' | 'response-ended' };

export interface Told {
  /** To `notify` and the diagnostics channel; without a `notify`, the first time as a process warning. */
  once(notice: Bad): void;
}

export function tellerOf(notify: ((notice: Notice) => void) | undefined): Told {
  const tell = teller(notify);
  let warned = notify !== undefined;
  return {
    once: (notice) => {
      tell(notice);
      if (warned) return;
      warned = true;
      const { type, error } = notice;
      process.emitWarning(`${type}: ${error instanceof Error ? error.message : String(error)}`, {
        type: 'RxjsRedisStreamsWarning',
        code: `RXJS_REDIS_STREAMS_${type.toUpperCase().replace('-', '_')}`,
      });
    },
  };
}
