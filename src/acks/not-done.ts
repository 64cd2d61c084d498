import { begin, DONE, settles, type SettleOperation } from '../channels.js';
import type { Notice } from '../notices.js';
import type { Plan } from '../plan.js';
import { deadLetterOf, noDeadLetter, spent } from './dead-letter.js';
import type { Hold } from './hold.js';
import type { Settling } from './ledger.js';
import { afterNack } from './redelivery.js';
import type { SessionEnv } from './session-env.js';

export interface NotDoneEnv extends Pick<SessionEnv, 'dice' | 'nacked' | 'changed'> {
  readonly tell: (notice: Notice) => void;
  /** Takes the entry out of the window. */
  readonly close: (hold: Hold, how: Settling) => void;
  /** Something of that hold is to be sent. */
  readonly poke: (hold: Hold) => void;
  readonly sends: boolean;
}

/** Entries that were nacked or rejected: whether they come again, or go to the dead-letter stream. */
export class NotDone {
  constructor(
    readonly plan: Plan,
    readonly env: NotDoneEnv,
  ) {}

  nacked(hold: Hold, reason: unknown, delay: number | undefined): void {
    const { dice, close, nacked, tell, changed, sends } = this.env;
    const wait = afterNack(hold, this.plan, { asked: delay, dice });
    if (wait === 'spent') return this.rejected(hold, reason ?? spent(hold));
    const { stream, id, attempt } = hold;
    close(hold, { as: 'nacked', sends, waits: wait !== undefined });
    const { group } = this.plan;
    if (group !== undefined && settles.hasSubscribers)
      begin<SettleOperation>(settles, { how: 'nack', stream, group, ids: [id] })(DONE);
    if (wait !== undefined) {
      nacked({ stream, id, attempt, delay: wait });
      tell({ type: 'waiting', stream, id, attempt, delay: wait });
    }
    changed();
  }

  rejected(hold: Hold, reason: unknown): void {
    const { close, poke, changed, sends } = this.env;
    if (this.plan.group?.redeliver?.deadLetter === undefined) throw noDeadLetter(hold, reason);
    close(hold, { as: 'rejected', sends, letter: deadLetterOf(hold.id, reason) });
    poke(hold);
    changed();
  }
}
