import { concat, reduce, type Observable } from 'rxjs';
import type { Checkpoint, Position } from '../checkpoint.js';
import type { Port, Saved } from '../wire/port.js';
import type { Line } from './journal.js';

/** Those that move back by themselves in a write of their own: the others never shall. */
export function writePositions(
  positions: ReadonlyMap<string, Position>,
  { port, checkpoint, lines }: { port: Port; checkpoint: Checkpoint; lines: ReadonlyMap<string, Line> },
): Observable<Saved> {
  const writes = [true, false]
    .map((rewind) => ({ rewind, positions: new Map([...positions].filter(([name]) => lines.get(name)?.rewinds === rewind)) }))
    .filter((write) => write.positions.size > 0)
    .map((write) => port.savePositions({ checkpoint, ...write }));
  return concat(...writes).pipe(reduce((all, how) => (how === 'saved' ? all : how)));
}
