import { StreamsError } from '../errors.js';
import type { Port } from '../wire/port.js';

/** Why what comes of that entry cannot be added where its ack is; undefined: it can. */
export function cannotForward(
  { stream, id }: { readonly stream: string; readonly id: string },
  to: string,
  { owesAcks, port }: { readonly owesAcks: boolean; readonly port: Pick<Port, 'areApart'> },
): Error | undefined {
  if (!owesAcks) {
    return new TypeError(
      `forwardTo adds an entry together with the ack of its cause, but entry ${id} of ${stream} owes none (fromStreams, autoAcknowledge): use publishTo.`,
    );
  }
  if (!port.areApart(stream, to)) return undefined;
  return new StreamsError(
    'OTHER_SLOT',
    `Nothing of ${stream} can be forwarded to ${to}: they are in different hash slots of the Cluster, and no script reaches both. ` +
      'Give both a common hashtag ({orders}:in, {orders}:out), or use publishTo, which is at-least-once.',
  );
}
