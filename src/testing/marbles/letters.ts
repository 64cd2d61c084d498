import type { Fields } from '../../entry.js';
import { listed } from './diagram.js';

/** What the letters of a script stand for. */
export class Letters {
  constructor(
    /** Names the script in messages. */
    readonly of: string,
    readonly values: Readonly<Record<string, unknown>> | undefined,
  ) {}

  /** Fails for a letter without a value. Without `values` every letter stands for itself. */
  check(letter: string): void {
    if (this.values === undefined || Object.hasOwn(this.values, letter)) return;
    throw new TypeError(
      `${this.of}: the marble '${letter}' names an unknown value; values has ${listed(Object.keys(this.values))}.`,
    );
  }

  valueOf(letter: string): unknown {
    return this.values === undefined ? letter : this.values[letter];
  }

  /** The value itself, if it is made of texts; else the letter under the name `marble`. */
  fieldsOf(letter: string): Fields {
    const value = this.valueOf(letter);
    return isFields(value) ? value : { marble: letter };
  }
}

function isFields(value: unknown): value is Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((each) => typeof each === 'string');
}
