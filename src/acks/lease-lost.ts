import { AckError } from '../errors.js';

export function leaseLost(stream: string, id: string, cause?: unknown): AckError {
  return new AckError(
    'LEASE_LOST',
    `The ack of entry ${id} of ${stream} was refused: another consumer claimed it while it was worked on here, and works on it too. ` +
      'Make minIdle of claimIdle() longer than the process may stand still.',
    { unconfirmed: [{ stream, ids: [id] }], cause },
  );
}
