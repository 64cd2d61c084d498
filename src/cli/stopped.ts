/** Why a command ends without having reached its result; each class has the exit code that docs/command-line.md tells. */
export abstract class Stopped extends Error {
  abstract readonly exit: 1 | 2 | 3;
}

/** The command was called wrongly: says what, with which value, and what to do. */
export class WrongUsage extends Stopped {
  override readonly name = 'WrongUsage';
  readonly exit = 2;
}

/** Nobody answers, or the login is refused. */
export class NoConnection extends Stopped {
  override readonly name = 'NoConnection';
  readonly exit = 3;
}

/** What was asked for is not there. */
export class NotThere extends Stopped {
  override readonly name = 'NotThere';
  readonly exit = 1;
}
