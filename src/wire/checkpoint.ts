import { defer, from, map, of, type Observable } from 'rxjs';
import { fullId, quote } from '../checks.js';
import type { CheckpointStore, Position } from '../checkpoint.js';
import { OPEN_CHECKPOINT, SAVE_POSITIONS } from './checkpoint-scripts.js';
import type { RedisClient } from './client.js';
import type { Port, Saved } from './port.js';
import * as replies from './replies.js';
import { runScript } from './run-script.js';

type CheckpointCommands = Pick<Port, 'openCheckpoint' | 'savePositions'>;

const SAVED: Readonly<Record<number, Saved>> = { 0: 'taken', 1: 'saved', 2: 'anew' };

/** The commands of checkpoints, whether in a hash of this client's server or in a store of the caller's. `owner` owns what it opens. */
export function checkpointCommands(client: RedisClient, owner: () => string): CheckpointCommands {
  return {
    openCheckpoint({ checkpoint, streams }) {
      if (typeof checkpoint !== 'string') return storeCommands.openCheckpoint({ checkpoint, streams });
      return runScript(client, OPEN_CHECKPOINT, { keys: [checkpoint], args: [owner(), ...streams] }).pipe(
        map((reply) => {
          const found = replies.items(reply);
          return stored(streams.map((stream, i) => [stream, found[i]]));
        }),
      );
    },

    savePositions({ checkpoint, positions, rewind }) {
      if (typeof checkpoint !== 'string') return storeCommands.savePositions({ checkpoint, positions, rewind });
      const pairs = [...positions].flatMap(([stream, { id, added }]) => [stream, added === undefined ? id : `${id} ${added}`]);
      const args = [owner(), rewind ? 'rewind' : 'forward', ...pairs];
      return runScript(client, SAVE_POSITIONS, { keys: [checkpoint], args }).pipe(
        map((reply) => SAVED[Number(reply)] ?? 'saved'),
      );
    },
  };
}

/** The port's commands for a store of the caller's. */
interface StoreCommands {
  openCheckpoint(target: { checkpoint: CheckpointStore; streams: readonly string[] }): Observable<ReadonlyMap<string, Position>>;
  savePositions(target: {
    checkpoint: CheckpointStore;
    positions: ReadonlyMap<string, Position>;
    rewind: boolean;
  }): Observable<Saved>;
}

/** The border to promises: what the store throws, and what it rejects with, is a failed command. */
export const storeCommands: StoreCommands = {
  openCheckpoint: ({ checkpoint, streams }) =>
    answerOf(() => checkpoint.load(streams)).pipe(
      map((loaded) => {
        if (loaded === undefined || loaded === null) return new Map<string, Position>();
        if (typeof loaded !== 'object') {
          throw new TypeError(`load() gave ${quote(loaded)}, but must give an object of streams and ids`);
        }
        const own = loaded as Record<string, unknown>;
        return stored(streams.map((stream) => [stream, Object.hasOwn(own, stream) ? own[stream] : undefined]));
      }),
    ),

  savePositions({ checkpoint, positions, rewind }) {
    // No prototype, so that `__proto__` is a stream like any other.
    const ids = Object.create(null) as Record<string, string>;
    for (const [stream, { id }] of positions) ids[stream] = id;
    return answerOf(() => checkpoint.save(ids, { rewind })).pipe(map((kept): Saved => (kept === false ? 'taken' : 'saved')));
  },
};

/** At once where it is no promise. */
function answerOf(call: () => unknown): Observable<unknown> {
  return defer(() => {
    const answer = call();
    return isThenable(answer) ? from(Promise.resolve(answer)) : of(answer);
  });
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

const POSITION = /^([\d-]+)(?: (\d{1,15}))?$/;

/** What is there of each stream, which anybody may have written. */
function stored(values: readonly (readonly [stream: string, value: unknown])[]): ReadonlyMap<string, Position> {
  const found = new Map<string, Position>();
  for (const [stream, value] of values) {
    if (value === undefined || value === null) continue;
    const [, text, added] = (typeof value === 'string' && POSITION.exec(value)) || [];
    const id = text === undefined ? undefined : fullId(text);
    if (id === undefined) {
      throw new TypeError(
        `the position stored for stream ${stream} is ${quote(value)}, but must be an id such as '1526919030474-55'`,
      );
    }
    found.set(stream, { id, added: added === undefined ? undefined : Number(added) });
  }
  return found;
}
