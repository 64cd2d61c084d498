import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const own = [
  { find: /^rxjs-redis-streams$/, replacement: here('./src/index.ts') },
  { find: /^rxjs-redis-streams\/testing$/, replacement: here('./src/testing/index.ts') },
  { find: /^rxjs-redis-streams\/nestjs$/, replacement: here('./src/nestjs/index.ts') },
  { find: /^rxjs-redis-streams\/sse$/, replacement: here('./src/sse/index.ts') },
  { find: /^rxjs-redis-streams\/browser$/, replacement: here('./src/browser/index.ts') },
];

/** Tests of faults that take no proxy, no configuration and no process of a server. */
const inMemory = [
  ...['acked-while-healing', 'client-ended', 'closing', 'consumer-in-use', 'giving-back', 'gone-entries', 'healed-by-halves'],
  ...['remove-consumer', 'repeat', 'retry', 'signal', 'takeover', 'vanished-between', 'vanished-group', 'vanished-in-backlog'],
  ...['vanished-options', 'vanished-while-held'],
]
  .map((file) => `integration/faults/${file}`)
  .concat('faults/flushall', 'faults/trimmed-under', 'integration/stream-lists');

const soaks = ['test/faults/soak.test.ts', 'test/cluster/soak.test.ts'];

/** Once on each major of ioredis, as integration tests, and beside them: on six servers of its own each file waits for most of its time. */
function onCluster(major: '5' | '6') {
  return {
    resolve: { alias: major === '6' ? [...own, { find: /^ioredis$/, replacement: 'ioredis6' }] : own },
    test: {
      name: `cluster-ioredis${major}`,
      isolate: false,
      include: ['test/cluster/**/*.test.ts'],
      exclude: soaks,
      env: { IOREDIS_MAJOR: major },
      testTimeout: 60_000,
      hookTimeout: 60_000,
      sequence: { groupOrder: 1 },
    },
  };
}

/**
 * Once on each major of Nest, on the in-memory Redis. Not among the unit tests: an application that has just ended may still close its
 * sockets and servers in the next file, where somebody counts the timers that are left.
 */
function onNest(major: '11' | '12') {
  const eleven = { find: /^@nestjs\/(\w[\w-]*)$/, replacement: here('./test/nest11/node_modules/@nestjs/$1') };
  return {
    resolve: { alias: major === '11' ? [...own, eleven] : own },
    test: {
      name: `nest${major}`,
      isolate: false,
      include: ['test/nestjs/**/*.test.ts'],
      env: { IOREDIS_MAJOR: '5', NEST_MAJOR: major },
      testTimeout: 20_000,
      sequence: { groupOrder: 0 },
    },
  };
}

/** Integration tests run once on each major of ioredis; a test that must know which asks `process.env.IOREDIS_MAJOR`. */
function integration(major: '5' | '6', exclude: string[] = []) {
  const six = major === '6';
  // On 5 the library reads the replies itself, on 6 the client does; `READ_BY=own` or `READ_BY=client` turns that round.
  const readBy = process.env['READ_BY'] ?? (six ? 'client' : 'own');
  const reader = { find: /^\.\/reachable-socket\.js$/, replacement: here('./test/support/read-by.ts') };
  return {
    resolve: { alias: [...own, reader, ...(six ? [{ find: /^ioredis$/, replacement: 'ioredis6' }] : [])] },
    test: {
      name: `integration-ioredis${major}`,
      isolate: false, // as above; each file starts and stops servers of its own
      // what the in-memory Redis is tested with on 5 is among the unit tests
      include: [
        ...['test/integration/**/*.test.ts', 'test/faults/*.test.ts'],
        ...(six ? ['test/testing/memory-redis-*.test.ts'] : []),
      ],
      exclude: [...soaks, ...exclude],
      setupFiles: six ? ['test/support/mock-on-ioredis6.ts'] : [],
      env: { IOREDIS_MAJOR: major, RUN_AS: major === '5' ? 'worker' : 'default', READ_BY: readBy }, // what docs/security.md allows, see test/support/worker-client
      testTimeout: 60_000,
      hookTimeout: 60_000,
      sequence: { groupOrder: 1 }, // after the unit tests: what fails fast comes first
    },
  };
}

export default defineConfig({
  test: {
    maxWorkers: 3, // integration tests wait more than they work
    reporters: ['default', './scripts/counts-reporter.ts'],
    projects: [
      {
        resolve: { alias: own },
        test: {
          name: 'unit',
          isolate: false, // half of the time went into loading the same modules for each file; nothing in them outlives a test
          include: ['test/**/*.test.ts'],
          exclude: ['test/integration/**', 'test/faults/*.test.ts', 'test/cluster/**', 'test/nestjs/**'],
          env: { IOREDIS_MAJOR: '5' },
          testTimeout: 20_000,
          sequence: { groupOrder: 0 },
        },
      },
      onNest('11'),
      onNest('12'),
      integration('5'),
      {
        resolve: { alias: own },
        // what happens to a source that needs nothing but commands: the same tests, on the in-memory Redis
        test: {
          name: 'integration-in-memory',
          isolate: false, // nothing in it is global: loading everything anew for each file would take longer than the tests
          include: inMemory.map((file) => `test/${file}.test.ts`),
          env: { BACKEND: 'memory', IOREDIS_MAJOR: '5' },
          testTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
      // many processes, whose deaths are the same on both; and neither what thousands of streams cost nor what the in-memory Redis
      // answers is the client's
      integration('6', [
        'test/integration/memory-differential.test.ts',
        'test/faults/bystanders.test.ts',
        'test/faults/forwarded.test.ts',
        'test/faults/killed.test.ts',
        'test/integration/many-streams.test.ts',
      ]),
      onCluster('5'),
      onCluster('6'),
      {
        // Seven processes and more that want both cores: nothing else may run beside them, nor they beside each other. On one major only, because its faults are those of
        // processes, sockets and the server; what the majors make of each is tested one by one above.
        test: { name: 'soak', include: soaks, env: { IOREDIS_MAJOR: '5' }, maxWorkers: 1, sequence: { groupOrder: 2 } },
      },
    ],
  },
});
