import { Module } from 'node:module';

/*
 * What someone with ioredis 6 has: one ioredis, which ioredis-mock finds too. Here both majors are installed, the alias of vitest
 * does not reach into what Node itself requires, and ioredis-mock would take version 5.
 */

type Resolve = (request: string, ...rest: unknown[]) => string;
const loader = Module as unknown as { _resolveFilename: Resolve };
const { _resolveFilename: resolve } = loader;

loader._resolveFilename = (request, ...rest) => resolve(request.replace(/^ioredis(?=$|\/)/, 'ioredis6'), ...rest);
