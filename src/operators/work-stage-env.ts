import type { Subscriber } from 'rxjs';
import type { Processing } from '../channels.js';
import type { AckAfterPlan } from './ack-after-options.js';
import type { Owed } from './owed.js';
import type { Work } from './work-queue.js';
import type { WorkedOn } from './worked-on.js';

export interface WorkStageEnv<In> extends AckAfterPlan<In> {
  readonly project: (value: In, index: number) => unknown;
  readonly downstream: Subscriber<unknown>;
  /** Whose work whoever listens is told of. Default: `project` is no work. */
  readonly stage?: Processing['stage'];
  /** Why it takes nothing of that kind, whatever `onError` says. Default: it takes whatever can be settled. */
  readonly admit?: (value: In) => Error | undefined;
  /** Settles what was done, instead of acking it; what it throws is a failure of that value. */
  readonly done?: (result: unknown, value: In) => void;
}

/** What is followed for one project call; `work` where that had waited, `watched` where somebody listens. */
export interface Started<In> {
  readonly value: In;
  readonly owed: Owed;
  readonly work: Work<In> | undefined;
  readonly watched: WorkedOn | undefined;
}
