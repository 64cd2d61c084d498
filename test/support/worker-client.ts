/**
 * The clients that tests hand to the library. With `RUN_AS=worker`, as the tests run on ioredis 5, they are those of a user who has the
 * rights that docs/security.md lists, and no other: a command that is missing there is a test that fails.
 */
import { Redis, type RedisOptions } from 'ioredis';
import { commands } from './rights.js';

const restricted = process.env['RUN_AS'] === 'worker';

const LOGIN = { username: 'suite', password: 'pw' };

/** What a client needs for itself when a test asks for a database or a name. */
const CLIENT = ['+select', '+client|setname'];

/** For a server's command line: it has that user from its start on, also after a restart. */
export const workerArgs = !restricted ? [] : ['--user', LOGIN.username, 'on', `>${LOGIN.password}`, '~*', ...commands, ...CLIENT];

/** How CLIENT LIST tells the connection of a test's own commands. */
export const OWN = 'own-commands';

/**
 * A client whose `call(name, [args])` and duplicates, which is how the library uses it, are the worker's. The commands that the test sends
 * itself (`redis.xadd(…)`, `redis.call('XCLAIM', …)`, `redis.pipeline()`) go over a connection of the default user, opened by the first
 * of them. A test that logs in as somebody (`username`, which may be undefined) gets the client it asks for.
 */
export function workerClient(options: RedisOptions): Redis {
  if (!restricted || 'username' in options) return new Redis(options);
  const client = new Redis({ ...options, ...LOGIN });
  let opened: Redis | undefined;
  const own = (): Redis => {
    if (opened === undefined) {
      opened = new Redis({ connectionName: OWN, ...options, lazyConnect: false });
      opened.on('error', () => undefined); // faults are told on the client itself
    }
    return opened;
  };
  type Method = (...args: unknown[]) => unknown;
  const methods = client as unknown as Record<string, Method>;
  const { call, client: asked, duplicate, quit, disconnect } = methods;
  const owned =
    (name: string): Method =>
    (...args) =>
      (own() as unknown as Record<string, Method>)[name]?.(...args);

  // Those that ioredis sends by itself stay the worker's.
  const itself = new Set(['auth', 'client', 'hello', 'info', 'quit', 'readonly', 'select']);
  for (const name of client.getBuiltinCommands()) if (!itself.has(name)) methods[name] = owned(name);
  methods['pipeline'] = owned('pipeline');
  methods['multi'] = owned('multi');
  methods['client'] = (...args) => (/^set/i.test(String(args[0])) ? asked?.apply(client, args) : owned('client')(...args));
  methods['call'] = (...args) => (Array.isArray(args[1]) ? call?.apply(client, args) : owned('call')(...args));
  methods['duplicate'] = (...args) => (args.length > 0 ? duplicate?.apply(client, args) : workerClient(options));
  methods['quit'] = (...args) => {
    opened?.disconnect();
    return quit?.apply(client, args);
  };
  methods['disconnect'] = (...args) => {
    opened?.disconnect();
    return disconnect?.apply(client, args);
  };
  return client;
}
