import { listed, readEndless, type Diagram } from './diagram.js';
import type { ScriptedServer } from './scripted-server.js';

interface Fault {
  readonly means: string;
  /** Makes no sense for `streams()`. */
  readonly needsGroup?: true;
  readonly to: (server: ScriptedServer) => void;
}

/** The letters of a line of faults. docs/testing.md has the same table. */
export const FAULTS: Readonly<Record<string, Fault>> = {
  X: {
    means: 'the connections are lost',
    to: (server) => {
      server.down = true;
      server.loseConnections();
    },
  },
  Y: { means: 'there is a connection again', to: (server) => void (server.down = false) },
  L: { means: 'the next reply with entries is lost', to: (server) => void (server.loseNext = true) },
  H: {
    means: 'the connection for reading hangs',
    to: (server) => {
      for (const connection of server.connections) connection.hang();
    },
  },
  O: { means: 'acks are refused for now (OOM)', needsGroup: true, to: (server) => void (server.acks = 'out-of-memory') },
  N: { means: 'acks are refused for good (NOPERM)', needsGroup: true, to: (server) => void (server.acks = 'not-allowed') },
  K: { means: 'acks are taken again', needsGroup: true, to: (server) => void (server.acks = 'accepts') },
  G: {
    means: 'the group is gone',
    needsGroup: true,
    to: (server) => {
      for (const stream of server.streams.values()) stream.destroyGroups();
      server.wake();
    },
  },
  Q: { means: "the caller's client is closed for good", to: (server) => server.end() },
};

export function readFaults(of: string, marbles: string, { group }: { group: boolean }): Diagram {
  const known = Object.entries(FAULTS).filter(([, fault]) => group || fault.needsGroup === undefined);
  const diagram = readEndless(`${of}: faults`, marbles, 'faults have no end.');
  for (const { frame, mark } of diagram.marks) {
    if (known.some(([letter]) => letter === mark)) continue;
    const list = listed(known.map(([letter, { means }]) => `${letter} (${means})`));
    throw new TypeError(`${of}: faults '${marbles}' has an unknown fault '${mark}' at frame ${frame}; there are ${list}.`);
  }
  return diagram;
}

export function inflict(letter: string, server: ScriptedServer): void {
  FAULTS[letter]?.to(server);
}
