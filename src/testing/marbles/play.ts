import { outOfRange, wrongType } from '../../checks.js';
import type { Fields } from '../../entry.js';
import type { Clock } from './clock.js';
import { deletionsOf } from './deletions.js';
import { readDiagram, readEndless } from './diagram.js';
import { inflict, readFaults } from './faults.js';
import { grouped } from './grouped.js';
import { Letters } from './letters.js';
import { ScriptedServer } from './scripted-server.js';

/** A diagram; or one for each of several streams. */
export type Lines = string | Readonly<Record<string, string>>;

/** What `group()` and `streams()` have in common. */
export interface Play {
  readonly kind: 'group' | 'streams';
  /** Names the script in messages. */
  readonly of: string;
  /** What is in the streams when the script begins. */
  readonly before: Lines | undefined;
  readonly live: Lines | undefined;
  readonly faults: string | undefined;
  readonly deleted: string | undefined;
  readonly values: Readonly<Record<string, unknown>> | undefined;
  /** Called when everything before is there. */
  readonly begin: (server: ScriptedServer) => void;
}

/** One entry of the script. */
interface Written {
  readonly stream: string;
  readonly letter: string;
  readonly frame: number;
}

/** A script that plays on a server. */
export interface Played {
  readonly server: ScriptedServer;
  readonly letters: Letters;
  /** The letter of each id. */
  readonly names: ReadonlyMap<string, string>;
  readonly streams: readonly string[];
}

/** The stream of a script with one diagram. */
const ONLY = 'stream';

/**
 * Reads the lines of a script and puts them on the clock. Ids count the entries of the script: `1-0` is the first, of what is there
 * before and then by time. In one frame faults come first, then what is added, all of it together, then what is deleted.
 */
export function play(script: Play, clock: Clock): Played {
  const { of, before, live, faults, deleted } = script;
  const letters = new Letters(of, script.values);
  const old = lines(of, 'backlog', before).flatMap(([stream, marbles]) => readBefore(of, stream, marbles));
  const added = lines(of, 'live', live).flatMap(([stream, marbles]) => {
    const { marks, last } = readEndless(
      `${of}: live`,
      marbles,
      'a stream has no end; untilDrained(), a signal or take() end a source.',
    );
    clock.reach(last);
    return marks.map(({ mark, frame }): Written => ({ stream, letter: mark, frame }));
  });
  const entries = [...old, ...added.sort((a, b) => a.frame - b.frame)].map((each, i) => ({ ...each, id: `${i + 1}-0` }));
  for (const { letter } of entries) letters.check(letter);
  const names = [...lines(of, 'backlog', before), ...lines(of, 'live', live)].map(([stream]) => stream);
  const streams = names.length === 0 ? [ONLY] : [...new Set(names)];
  const server = new ScriptedServer(of, streams, clock.now);
  const add = ({ stream, id, letter }: Written & { id: string }): void =>
    server.stream(stream).add(id, flat(letters.fieldsOf(letter)));

  for (const entry of entries.slice(0, old.length)) add(entry);
  script.begin(server);

  if (faults !== undefined) {
    const { marks, last } = readFaults(of, faults, { group: script.kind === 'group' });
    clock.reach(last);
    for (const { frame, mark } of marks) clock.at(frame, () => inflict(mark, server));
  }
  for (const [frame, together] of grouped(entries.slice(old.length), (entry) => entry.frame)) {
    clock.at(frame, () => {
      for (const entry of together) add(entry);
      server.wake();
    });
  }
  if (deleted !== undefined) {
    const diagram = readEndless(`${of}: deleted`, deleted, 'write the letters of entries where they are deleted.');
    clock.reach(diagram.last);
    for (const { frame, gone } of deletionsOf(of, diagram, entries)) {
      clock.at(frame, () => {
        for (const { stream, id } of gone) server.stream(stream).delete(id);
      });
    }
  }
  return { server, letters, names: new Map(entries.map(({ id, letter }) => [id, letter])), streams };
}

function lines(of: string, line: string, marbles: unknown): [stream: string, marbles: string][] {
  if (marbles === undefined) return [];
  if (typeof marbles === 'string') return [[ONLY, marbles]];
  if (typeof marbles === 'object' && marbles !== null) return Object.entries(marbles as Readonly<Record<string, string>>);
  throw wrongType(`${of}: ${line}`, marbles, 'a marble diagram, or an object of streams and diagrams');
}

function readBefore(of: string, stream: string, marbles: string): Written[] {
  const { marks, ends } = readDiagram(`${of}: backlog`, marbles);
  if (marbles.includes('-') || ends.some(({ mark }) => mark === '#')) {
    throw outOfRange(
      `${of}: backlog`,
      marbles,
      "letters, and a '|' where you like one: it is there when the script begins and has no time",
    );
  }
  return marks.map(({ mark }) => ({ stream, letter: mark, frame: -1 }));
}

function flat(fields: Fields): string[] {
  return Object.entries(fields).flat();
}
