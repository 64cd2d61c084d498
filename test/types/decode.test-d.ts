import { expectTypeOf } from 'vitest';
import { fromStreams, type RedisClient, type StandardSchema } from '../../src/index.js';

declare const redis: RedisClient;

interface Order {
  readonly number: number;
}

/** As arktype makes them: called, it returns its errors. */
interface Callable extends StandardSchema<Order> {
  (value: unknown): Order | { readonly summary: string };
}
declare const callable: Callable;

// The output of a schema that is a function as well has to be named: inferred, the errors it returns when called would be part of it.
fromStreams<Order>(redis, { streams: 's', decode: callable }).subscribe(({ value }) =>
  expectTypeOf(value).toEqualTypeOf<Order>(),
);
