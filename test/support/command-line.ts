/** The command line within the test's process: on a client that is handed in, with sinks that keep what is printed. */
import { defer, lastValueFrom, of, Subject } from 'rxjs';
import type { RedisClient } from '../../src/index.js';
import { connect } from '../../src/cli/connect.js';
import { run, type Stop, type Surroundings } from '../../src/cli/run.js';
import type { Sink } from '../../src/cli/screen.js';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

interface Running {
  /** What it printed so far. */
  readonly out: () => string;
  readonly err: () => string;
  readonly stop: (why: Stop) => void;
  readonly ended: Promise<Ran>;
}

interface Options {
  readonly env?: Record<string, string>;
  /** So many columns and rows: a terminal. */
  readonly terminal?: { readonly columns: number; readonly rows?: number };
}

/** Makes a client for each command, as the command line closes it. */
export function commandLine(make: () => RedisClient) {
  return commandLineOver(() => defer(() => of(make())));
}

/** As the process connects, to the server of `--url` or `REDIS_URL`. */
export const onServers = (): CommandLine => commandLineOver(connect);

export type CommandLine = ReturnType<typeof commandLineOver>;

function commandLineOver(connect: Surroundings['connect']) {
  const start = (argv: readonly string[], { env = {}, terminal }: Options = {}): Running => {
    const [out, err] = [keeper(terminal), keeper(terminal)];
    const stop = new Subject<Stop>();
    const code = run(argv, { out, err, env, version: '1.2.3', connect, stop });
    const ended = lastValueFrom(code).then((code) => ({ code, out: out.text(), err: err.text() }));
    return { out: out.text, err: err.text, stop: (why) => stop.next(why), ended };
  };
  return { start, run: (argv: readonly string[], options?: Options): Promise<Ran> => start(argv, options).ended };
}

/** Without Redis: whoever connects has failed. */
export const offline = commandLine(() => {
  throw new Error('this must not connect');
});

export function keeper(terminal?: { readonly columns: number; readonly rows?: number }): Sink & { text: () => string } {
  let text = '';
  const sink = {
    text: () => text,
    write: (more: string) => {
      text += more;
      return true;
    },
    once: () => undefined,
    off: () => undefined,
  };
  return terminal === undefined ? sink : { ...sink, isTTY: true, ...terminal };
}
