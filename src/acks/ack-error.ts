import { AckError, type Unconfirmed } from '../errors.js';

/** The text and the ids of acks that did not reach Redis. */
export function ackError(
  code: AckError['code'] & ('ACK_REFUSED' | 'CLIENT_ENDED' | 'DRAIN_TIMEOUT'),
  { unconfirmed, cause, working = 0 }: { unconfirmed: readonly Unconfirmed[]; cause?: unknown; working?: number },
): AckError {
  const count = unconfirmed.reduce((sum, { ids }) => sum + ids.length, 0);
  const parts = unconfirmed.map(({ stream, ids }) => `${stream}: ${ids.slice(0, 3).join(', ')}${ids.length > 3 ? ', …' : ''}`);
  const acks = `${count} acks are not confirmed${parts.length > 0 ? ` (${parts.join('; ')})` : ''}`;
  const busy = working > 0 ? ` and ${working} entries are still being worked on` : '';
  return new AckError(code, `${REASON[code](cause)}: ${acks}${busy}. These entries stay pending and will come again.`, {
    unconfirmed,
    cause,
  });
}

const REASON = {
  ACK_REFUSED: (cause: unknown) => `Redis refused an XACK (${cause instanceof Error ? cause.message : String(cause)})`,
  CLIENT_ENDED: () => 'The Redis client was closed too early (await whenIdle(redis) before redis.quit())',
  DRAIN_TIMEOUT: () => 'drainTimeout ran out while closing',
};
