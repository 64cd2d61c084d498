import { interrupt, isBlocked } from './resume.js';
import { changed, type State } from './state.js';
import type { Step } from './step.js';

/**
 * CLIENT UNBLOCK is on its way to end a read, and may hit the next one, if that one came back by itself: until both the read and the answer
 * are here, a read that brings nothing says nothing.
 */
export interface Recall {
  readonly read: boolean;
  readonly answer: boolean;
}

/** The request was answered elsewhere: a read that waits is ended, so that it takes no entry that nobody has asked for. */
export function recalled(state: State): Step {
  const unwanted: State = changed(state, { wanted: false });
  if (!isBlocked(state)) return [unwanted, []];
  return interrupt({ ...unwanted, recall: { read: true, answer: true } });
}

export function isRecalled({ recall }: State): boolean {
  return recall !== undefined;
}

export function readCameBack(state: State): State {
  return left(state, { answer: state.recall?.answer === true, read: false });
}

/** CLIENT UNBLOCK was answered; where it came too early it is sent again. */
export function unblockAnswered(state: State, { again }: { again: boolean }): State {
  const read = state.recall?.read === true;
  return left(state, { read, answer: read && again });
}

function left(state: State, recall: Recall): State {
  if (state.recall === undefined) return state;
  return changed(state, { recall: recall.read || recall.answer ? recall : undefined });
}
