import { catchError, concat, concatMap, defer, map, of, reduce, takeUntil, tap, type Observable } from 'rxjs';
import { quote } from '../checks.js';
import type { RedisClient } from '../index.js';
import { addressOf, type Address } from './address.js';
import { readArguments } from './arguments.js';
import type { Command, Ready, Session, Verdict } from './command.js';
import { commands } from './commands.js';
import { close } from './connect.js';
import { COMMON, helpOf, overview } from './help.js';
import { createScreen, type Screen, type Sink } from './screen.js';
import { WrongUsage } from './stopped.js';
import { toldError } from './told-error.js';

/** Why a command is to end before its end: its exit code where that is no good end. */
export type Stop = 130 | 143 | 'reader-gone';

/** What a command line is run in. */
export interface Surroundings {
  readonly out: Sink;
  readonly err: Sink;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  readonly connect: (address: Address, options: { live: boolean }) => Observable<RedisClient>;
  /** Emits when it is to end: Ctrl-C, SIGTERM, nobody reads any more. */
  readonly stop: Observable<Stop>;
}

/** What was asked for: a text, or a command that is ready to run. */
type Task =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'command'; readonly ready: Ready; readonly address: Address; readonly json: boolean };

/** Runs a command line; emits its exit code once everything of it is closed. */
export function run(argv: readonly string[], around: Surroundings): Observable<number> {
  return defer(() => {
    const screen = (json: boolean): Screen => createScreen({ ...around, json });
    try {
      const task = taskOf(argv, around);
      if (task.type === 'text') return concat(screen(false).lines([task.text]), of(0));
      return perform(task, screen(task.json), around);
    } catch (error) {
      const { text, exit } = toldError(error, { shown: '' });
      screen(false).note(text);
      return of(exit);
    }
  });
}

function taskOf([name = '--help', ...rest]: readonly string[], { env, version }: Surroundings): Task {
  if (name === '--help' || name === '-h' || name === 'help') return { type: 'text', text: overview(commands) };
  if (name === '--version') return { type: 'text', text: version };
  const command = commands.find((each) => each.name === name);
  if (command === undefined) throw noCommand(name);
  return rest.includes('--help') || rest.includes('-h')
    ? { type: 'text', text: helpOf(command) }
    : readyToRun(command, rest, env);
}

/** A URL has a password: it is not quoted. */
function noCommand(name: string): WrongUsage {
  if (name.includes('://'))
    return new WrongUsage('A URL was given where a command is expected: give it as --url behind that, or better in REDIS_URL.');
  return new WrongUsage(`There is no command ${quote(name)}: ${commands.map((each) => each.name).join(', ')}. See --help.`);
}

function readyToRun(command: Command, rest: readonly string[], env: Surroundings['env']): Task {
  const given = readArguments(rest, { ...command.options, ...COMMON }, { help: `${command.name} --help` });
  const ready = command.prepare(given);
  return { type: 'command', ready, address: addressOf(given.text('url'), env), json: given.flag('json') };
}

function perform(
  { ready, address, json }: Task & { type: 'command' },
  screen: Screen,
  { connect, stop }: Surroundings,
): Observable<number> {
  let stopped: Stop | undefined;
  const stopping = stop.pipe(tap((why) => (stopped = why)));
  let redis: RedisClient | undefined;
  const verdicts = connect(address, ready).pipe(
    tap((client) => (redis = client)),
    concatMap((client): Observable<Verdict> => ready.run({ redis: client, screen, json } satisfies Session)),
    takeUntil(stopping),
  );
  const code = verdicts.pipe(
    reduce((_, verdict) => verdict, 'ok' as Verdict),
    map((verdict): number => {
      if (stopped === 'reader-gone') return 0;
      if (stopped !== undefined) return ready.live ? 0 : stopped;
      return verdict === 'findings' ? 1 : 0;
    }),
    catchError((error: unknown) => {
      const { text, exit } = toldError(error, address);
      screen.note(text);
      return of(exit);
    }),
  );
  return code.pipe(concatMap((exit) => (redis === undefined ? of(exit) : close(redis).pipe(map(() => exit)))));
}
