import type { FieldValue } from './entry.js';

/** What every fields object is: it inherits nothing. An own constructor, unlike `Object.create(null)`, keeps property access fast. */
export const NamesOnly = function () {} as unknown as { new (): Record<string, FieldValue>; prototype: object };
NamesOnly.prototype = Object.freeze(Object.create(null) as object);
