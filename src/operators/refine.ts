import { quote } from '../checks.js';
import { isSource } from '../sources/source.js';

/** The new source that a refiner makes; a `TypeError` for whatever is no source (any more). */
export function refine<S>(name: string, source: S, patch: object): S {
  if (!isSource(source)) {
    throw new TypeError(
      `${name}() got ${quote(source)}, but must be given a source: put it first in pipe(), right behind fromStreams() or fromGroup(), before any other operator.`,
    );
  }
  return source.with(patch) as S;
}
