import type { OperationEnd } from '../channels.js';
import { isStreamsError } from '../index.js';

/** `error.type`: the code of an error of this library, the name of any other, `cancelled` where nobody waited for the end. */
export function errorType(end: OperationEnd): string | undefined {
  if (end.how === 'done') return undefined;
  if (end.how === 'cancelled') return 'cancelled';
  if (isStreamsError(end.error)) return end.error.code;
  return end.error instanceof Error ? end.error.name : '_OTHER';
}
