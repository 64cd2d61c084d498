import type { Row } from './markdown.js';

/** What a figure must reach: a ratio that is `atLeast` or `atMost` so much. */
export type Bar = { readonly atLeast: number } | { readonly atMost: number };

/** A figure that was measured against its bar. */
export interface Judged {
  readonly what: string;
  readonly bar: Bar;
  /** The median of the rounds. */
  readonly is: number;
  /** The same ratio of every round: how much of `is` is noise. */
  readonly rounds: readonly number[];
}

export interface Answer {
  /** What was measured, a row for each side. */
  readonly rows: readonly Row[];
  /** None: the figures are there to compare with. */
  readonly bars: readonly Judged[];
}

export interface How {
  readonly rounds: number;
  /** `quick`: with as few entries as still show something. */
  readonly kind: 'whole' | 'quick';
}

export interface Question {
  /** The question, in a line. */
  readonly asks: string;
  /** Needs what `bench/package.json` installs. */
  readonly peers?: true;
  answer(how: How): Promise<Answer>;
}
