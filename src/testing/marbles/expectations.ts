import type { Block } from './block.js';
import { readDiagram } from './diagram.js';
import { readLines, readReads } from './expect-reads.js';
import { readSettled, settledLines } from './expect-settled.js';
import type { MarbleScript } from './marble-script.js';

/** Compares as the assertion of a test runner does: throws when the two differ. */
export type Assertion = (actual: unknown, expected: unknown) => void;

type Tools = Pick<MarbleScript, 'expectReads' | 'expectSettled' | 'now' | 'pending' | 'pendingList' | 'settlements' | 'signal'>;

/** What a block asks and expects of its sources. */
export function expectations(block: Block, same: Assertion): Tools {
  const { clock } = block;
  return {
    expectSettled: (source) => {
      const { tally } = block.of('expectSettled()', source);
      const said = block.mustSay(`expectSettled(${tally.of})`);
      return {
        toBe: (marbles, values) => {
          said();
          const { diagram, lines, check } = readSettled(tally, marbles, values);
          clock.reach(diagram.last);
          block.expect(() => {
            check();
            same(settledLines(tally), lines);
          });
        },
      };
    },

    expectReads: (source) => {
      const { server } = block.playedOf('expectReads()', source);
      const said = block.mustSay(`expectReads(${server.of})`);
      return {
        toBe: (marbles, values) => {
          said();
          const { diagram, lines } = readReads(server, marbles, values);
          clock.reach(diagram.last);
          block.expect(() => same(readLines(server), lines));
        },
      };
    },

    settlements: (source) => {
      const { tally } = block.of('settlements()', source);
      block.flush();
      return [...tally.settled];
    },

    pending: (source) => {
      const asked = source === undefined ? block.all : [block.of('pending()', source)];
      block.flush();
      return asked.flatMap(({ tally }) => tally.pending);
    },

    pendingList: (source) => {
      const { server, names } = block.playedOf('pendingList()', source);
      block.flush();
      return server.pendingList().map((row) => ({ ...row, name: names.get(row.id) ?? row.id }));
    },

    signal: (marbles) => {
      const { marks, ends, last } = readDiagram('signal()', marbles);
      const [end, ...more] = ends.filter(({ mark }) => mark === '|');
      const [other] = [...marks, ...ends.filter(({ mark }) => mark !== '|'), ...more];
      if (other !== undefined) {
        const where = `'${other.mark}' at frame ${other.frame}`;
        throw new TypeError(`signal('${marbles}') has ${where}, but it is aborted once, at its '|', and nothing else happens.`);
      }
      if (end === undefined) throw new TypeError(`signal('${marbles}') has no '|', at which it is aborted.`);
      clock.reach(last);
      const stop = new AbortController();
      clock.at(end.frame, () => stop.abort());
      return stop.signal;
    },

    now: clock.now,
  };
}
