import type { RedisStreamsFeature } from './feature.js';
import { keysOf } from './feature.js';
import { wildcardIn } from './wildcard.js';

/** A feature that cannot be one is told where it is declared. */
export function checkFeature(feature: RedisStreamsFeature): void {
  const { name, streams, schema } = (feature ?? {}) as Partial<RedisStreamsFeature>;
  if (typeof name !== 'string' || name === '') {
    throw new TypeError(`RedisStreamsModule.forFeature: a feature has no name: give { name: 'orders', streams: 'orders' }.`);
  }
  const at = `RedisStreamsModule.forFeature, feature "${name}"`;
  if (streams === undefined) throw new TypeError(`${at}: streams is missing: give a key, a list of keys, or { key: start }.`);
  for (const key of keysOf({ streams })) {
    if (wildcardIn(key)) throw new RangeError(`${at}: ${noWildcards(key)}`);
  }
  if (schema !== undefined && !isStandardSchema(schema)) {
    throw new TypeError(
      `${at}: schema is no Standard Schema: give a schema of zod 3.24, valibot 1, arktype 2 or another of https://standardschema.dev.`,
    );
  }
}

/** Why a pattern is refused, and what to write instead. */
export function noWildcards(pattern: string): string {
  return `"${pattern}" is a wildcard, and a consumer group reads streams by their names: list them, as in streams: ['orders:eu', 'orders:us'].`;
}

function isStandardSchema(value: unknown): boolean {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null || !('~standard' in value)) return false;
  const standard = value['~standard'];
  return typeof standard === 'object' && standard !== null && 'validate' in standard && typeof standard.validate === 'function';
}
