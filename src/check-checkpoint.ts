import type { Checkpoint, CheckpointStore } from './checkpoint.js';
import { name, oneOf, outOfRange, wrongType } from './checks.js';
import type { StreamStart } from './plan.js';

/** The name of a hash that is none of the streams, or a store. */
export function checkCheckpoint(value: unknown, streams: readonly StreamStart[]): Checkpoint | undefined {
  if (value === undefined || isStore(value)) return value;
  if (typeof value !== 'string') {
    throw wrongType('checkpoint', value, 'the name of a Redis hash, or an object with the functions load and save');
  }
  name('checkpoint', value);
  if (streams.some(({ stream }) => stream === value)) throw outOfRange('checkpoint', value, 'another key than the streams');
  return value;
}

/** With a checkpoint an entry keeps its place until it is settled: otherwise nobody would know up to where all is settled. */
export function checkSettle(value: unknown, checkpoint: Checkpoint | undefined): 'auto' | 'manual' {
  if (value === undefined) return checkpoint === undefined ? 'auto' : 'manual';
  const settle = oneOf('settle', value, ['auto', 'manual']);
  if (settle === 'auto' && checkpoint !== undefined)
    throw outOfRange('settle', value, "'manual', or left out, with a checkpoint");
  return settle;
}

function isStore(value: unknown): value is CheckpointStore {
  if (typeof value !== 'object' || value === null) return false;
  const { load, save } = value as { load?: unknown; save?: unknown };
  return typeof load === 'function' && typeof save === 'function';
}
