import type { Observable } from 'rxjs';
import type { RedisClient } from '../index.js';
import type { Given } from './arguments.js';
import type { Screen } from './screen.js';

/** What a command came to: `findings` is exit code 1. */
export type Verdict = 'ok' | 'findings';

/** What a running command has. */
export interface Session {
  readonly redis: RedisClient;
  readonly screen: Screen;
  /** One line of JSON for each reading, in place of text. */
  readonly json: boolean;
}

interface Option {
  /** What it takes, as the help shows it (`<id>`); without: a flag. */
  readonly takes?: string;
  readonly about: string;
}
export type Options = Readonly<Record<string, Option>>;

/** A command whose arguments were checked. */
export interface Ready {
  /** It has no end of its own: Ctrl-C is how it ends well, and lost connections are waited for. */
  readonly live: boolean;
  run(session: Session): Observable<Verdict>;
}

export interface Command {
  readonly name: string;
  /** What follows the name. */
  readonly usage: string;
  /** One line, in the list of all commands. */
  readonly summary: string;
  /** More of it, in its own help. */
  readonly about: readonly string[];
  readonly options: Options;
  readonly examples: readonly string[];
  /** Throws `WrongUsage`; sends nothing. */
  prepare(given: Given): Ready;
}
