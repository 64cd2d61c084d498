import type { Checkpoint } from '../checkpoint.js';
import { AckError, type Unconfirmed } from '../errors.js';

type Code = 'CHECKPOINT_REFUSED' | 'CHECKPOINT_TAKEN' | 'CLIENT_ENDED' | 'DRAIN_TIMEOUT';

interface About {
  readonly checkpoint: Checkpoint;
  /** The positions that were not saved. */
  readonly unconfirmed: readonly Unconfirmed[];
  readonly cause?: unknown;
  readonly working?: number;
}

/** The text and the positions of a checkpoint that could not be saved. */
export function saveError(code: Code, { checkpoint, unconfirmed, cause, working = 0 }: About): AckError {
  const parts = unconfirmed.map(({ stream, ids }) => `${stream} up to ${ids.join(', ')}`);
  const shown = `${parts.slice(0, 3).join('; ')}${parts.length > 3 ? '; …' : ''}`;
  const busy = working > 0 ? ` ${working} entries are still being worked on.` : '';
  const unsaved = parts.length > 0 ? ` Not saved: ${shown}.` : '';
  // What a store of the caller's throws may have a password or a URL in its text: it is the cause, and not quoted.
  const why = typeof checkpoint === 'string' ? textOf(cause) : 'see cause';
  return new AckError(code, `${REASON[code](nameOf(checkpoint), why)}.${unsaved}${busy} ${NEXT[code]}`, { unconfirmed, cause });
}

/** How it is called in a sentence. */
function nameOf(checkpoint: Checkpoint): string {
  return typeof checkpoint === 'string' ? `checkpoint ${checkpoint}` : 'the checkpoint';
}

const REASON: Readonly<Record<Code, (name: string, why: string) => string>> = {
  CHECKPOINT_REFUSED: (name, why) => `${capital(name)} cannot be read or saved (${why})`,
  CHECKPOINT_TAKEN: (name) => `${capital(name)} has a newer owner, which reads on from what was saved`,
  CLIENT_ENDED: (name) => `The Redis client was closed before ${name} was saved (await whenIdle(redis) before redis.quit())`,
  DRAIN_TIMEOUT: (name) => `Closing took longer than drainTimeout, and ${name} is not up to date`,
};

const NEXT: Readonly<Record<Code, string>> = {
  CHECKPOINT_REFUSED: 'What was settled since the last save will come again.',
  CHECKPOINT_TAKEN: 'A checkpoint is for one reader at a time: give each one a name of its own.',
  CLIENT_ENDED: 'What was settled since the last save will come again.',
  DRAIN_TIMEOUT: 'What was settled since the last save will come again.',
};

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function textOf(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).replace(/\.$/, '');
}
