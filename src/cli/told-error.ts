import { isStreamsError } from '../index.js';
import { classify } from '../wire/failures.js';
import { withoutArguments } from '../wire/without-arguments.js';
import type { Address } from './address.js';
import { Stopped } from './stopped.js';

/** An error as it ends the process: a sentence for stderr, without a stack, and the exit code. */
export interface Told {
  readonly text: string;
  readonly exit: 1 | 2 | 3;
}

export function toldError(error: unknown, { shown }: Pick<Address, 'shown'>): Told {
  if (error instanceof Stopped) return { text: error.message, exit: error.exit };
  if (isStreamsError(error) && error.code !== 'CLIENT_ENDED') return { text: `${error.message} (${error.code})`, exit: 1 };
  if (isStreamsError(error) || classify(error).kind === 'lost') {
    return { text: `The connection to Redis at ${shown} was lost. Run it again once Redis is there.`, exit: 3 };
  }
  return { text: withoutArguments(error).message, exit: 1 };
}
