import { compareIds, lowest, ZERO, type Track } from './position.js';
import type { Floors, Read } from './effects.js';

/** After the server's block has run out it may still be up to one tick of its timer late. */
export const SLACK = 250;

/**
 * Replies that the server may have written and nobody read. Their entries are pending under our name, and `>` never returns them
 * again. All of them are higher than what had been read when the reply got lost.
 */
export interface Loss {
  readonly floors: Floors;
  /** When the block of the lost read has surely run out: a server that does not know that we are gone may deliver until then. */
  readonly until: number;
  /** To be looked for now, not only when the time has come. */
  readonly due: boolean;
  /** Connections whose block the server may still hold; undefined: one of an earlier subscription. */
  readonly blocked: readonly (number | undefined)[];
  /** A reply is lost, or may be; otherwise there is only the block that whoever had the name before may have left. */
  readonly certain: boolean;
}

/** A read's reply is lost, perhaps on top of an earlier one. Its block may have begun as late as now. */
export function lose(
  loss: Loss | undefined,
  tracks: readonly Track[],
  lost: { read: Read; now: number; clientId: number | undefined },
): Loss {
  const { block } = lost.read;
  const floors = lost.read.from.flatMap(([stream]) => {
    const read = tracks.find((track) => track.stream === stream)?.read;
    return read === undefined ? [] : [[stream, read] as const];
  });
  const blocked = [...(loss?.blocked ?? []), ...(block === undefined ? [] : [lost.clientId])];
  return { ...widened(loss, floors, { block: block ?? 0, now: lost.now }), due: true, blocked, certain: true };
}

/** A block that may still be served under our name, and that runs out within the time of one of ours. */
export function suspect(loss: Loss | undefined, floors: Floors, since: { block: number; now: number }): Loss {
  return {
    ...widened(loss, floors, since),
    due: loss?.due ?? false,
    blocked: loss?.blocked ?? [],
    certain: loss?.certain ?? false,
  };
}

function widened(
  loss: Loss | undefined,
  floors: Floors,
  { block, now }: { block: number; now: number },
): Pick<Loss, 'floors' | 'until'> {
  const lowestOf = new Map(loss?.floors);
  for (const [stream, floor] of floors) lowestOf.set(stream, lowest(lowestOf.get(stream) ?? floor, floor));
  return { floors: [...lowestOf], until: Math.max(loss?.until ?? 0, now + block + SLACK) };
}

/** A group that stands below the floor was made anew meanwhile, in a stream whose ids began anew: any of them may have been in that reply. */
export function standingAt(loss: Loss, standing: ReadonlyMap<string, string>): Loss {
  const floors = loss.floors.map(([stream, floor]) => {
    const from = standing.get(stream) ?? floor;
    return [stream, compareIds(from, floor) < 0 ? ZERO : floor] as const;
  });
  return { ...loss, floors };
}

/** The server has answered that a connection is not blocked any more: it delivers nothing to it. */
export function unblocked(loss: Loss, clientId: number): Loss {
  return { ...loss, blocked: loss.blocked.filter((each) => each !== clientId) };
}

/** The server may hand the next entry to a connection that is gone, as a delivery to a consumer that it makes again for that. */
export function mayStillDeliver(loss: Loss | undefined, now: number): boolean {
  return loss !== undefined && loss.blocked.length > 0 && now < loss.until;
}

/** One pass is done: over, or to be repeated once the lost read's block has run out. */
export function looked(loss: Loss, now: number): Loss | undefined {
  return now >= loss.until ? undefined : { ...loss, due: false };
}

/** Which of our pending entries a lost reply held: not the ones that we know of. */
export function victims(
  pending: readonly { id: string; count: number }[],
  known: (id: string) => boolean,
): { id: string; count: number }[] {
  return pending.filter(({ id }) => !known(id)).sort((a, b) => compareIds(a.id, b.id));
}
