import type { Position } from '../../checkpoint.js';
import { compareIds } from '../../streams/position.js';
import type { Saved } from '../../wire/port.js';

/** The positions of one name, and whose they are. The streams of a script are never made anew, so nothing is rewound. */
export class ScriptedCheckpoint {
  readonly #positions = new Map<string, Position>();
  #owner: object | undefined;

  open(owner: object, streams: readonly string[]): ReadonlyMap<string, Position> {
    this.#owner = owner;
    return new Map([...this.#positions].filter(([stream]) => streams.includes(stream)));
  }

  save(owner: object, positions: ReadonlyMap<string, Position>): Saved {
    if (this.#owner !== owner) return 'taken';
    for (const [stream, position] of positions) {
      const stored = this.#positions.get(stream);
      if (stored === undefined || compareIds(position.id, stored.id) > 0) this.#positions.set(stream, position);
    }
    return 'saved';
  }
}
