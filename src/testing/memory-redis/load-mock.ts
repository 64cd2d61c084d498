import { createRequire } from 'node:module';

/**
 * ioredis-mock is an optional peer: whoever makes no in-memory Redis does without. An `import` that fails does so before any of our
 * code runs; only `require` can be tried.
 */
export function loadMock(): unknown {
  try {
    return createRequire(thisFile())('ioredis-mock');
  } catch (error) {
    const isMissing = error instanceof Error && error.message.startsWith("Cannot find module 'ioredis-mock'");
    throw isMissing ? new Error(MISSING, { cause: error }) : error;
  }
}

const MISSING = 'createMemoryRedis() is built on ioredis-mock, which is not installed: run "npm install --save-dev ioredis-mock"';

/** ES modules say `import.meta.url` and CommonJS `__filename`, and each is an error in the other: a stack knows in both. */
function thisFile(): string {
  const { prepareStackTrace } = Error;
  Error.prepareStackTrace = (_, sites) => sites[0]?.getFileName();
  const file = new Error().stack as string;
  Error.prepareStackTrace = prepareStackTrace;
  return file;
}
