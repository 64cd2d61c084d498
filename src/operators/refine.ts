import { quote, wrongType } from '../checks.js';
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

/** The same for what makes sense in a group only. */
export function refineGroup<S>(name: string, source: S, patch: object): S {
  if (isSource(source) && source.kind !== 'group') {
    throw wrongType(`${name}() behind fromStreams()`, undefined, 'left out: only a group has pending entries');
  }
  return refine(name, source, patch);
}
