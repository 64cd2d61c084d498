import type { SessionEnv } from './session-env.js';

/** What a session has, and where its settled entries belong. */
export interface FlushEnv extends Omit<SessionEnv, 'nacked'> {
  readonly group: string;
  readonly consumer: string;
  /** The dead-letter stream, where there is one. */
  readonly deadLetter: string;
}
