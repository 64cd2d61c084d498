import { Command, Redis } from 'ioredis';
import { EventEmitter } from 'node:events';
import { Connection, type Status } from './connection.js';
import { addCommandMethods, addScriptMethods } from './methods.js';
import { guardedScript, refusalIn } from './foreign-script.js';
import { Pipeline, splitCallback, withCallback, type Callback } from './pipeline.js';
import { SentCommand, type Work } from './sent-command.js';
import type { Server } from './server.js';
import type { Request, Session } from './session.js';
import { createStock, stockCommand } from './stock.js';
import { stockStore } from './stock-store.js';
import { runOrQueue, runTransaction, type Result } from './transaction.js';

export type ClientOptions = Readonly<Record<string, unknown>>;

/** Events of ioredis-mock that are for the user. */
const MESSAGES = ['message', 'messageBuffer', 'pmessage', 'pmessageBuffer'];

/** Streams in Node's sense, which ioredis-mock makes. */
const SCANS = ['scanStream', 'hscanStream', 'sscanStream', 'zscanStream'];

/** What an error of a whole transaction answers. */
const EXEC: Request = { name: 'exec', written: 'exec', args: [], binary: false };

/** The client: an ioredis by its looks. Its commands are methods made in `methods.ts`. */
export class MemoryRedisClient extends EventEmitter {
  /** Ours prefixes keys with it: who asks it what ioredis would prefix hears what we do. */
  static readonly Command = Command;

  /** What ioredis offers for making commands of one's own, and the way to ask which keys it would prefix. */
  readonly createBuiltinCommand = Redis.prototype.createBuiltinCommand;
  readonly isCluster = false;
  readonly options: ClientOptions;
  readonly server: Server;
  readonly #session: Session;

  constructor(server: Server, options: ClientOptions) {
    super();
    this.server = server;
    const keyPrefix = String((options['keyPrefix'] as string | Buffer | undefined) ?? '');
    const place = { host: server.host, port: 6379, db: options['db'] ?? 0, keyPrefix };
    this.options = { lazyConnect: false, enableOfflineQueue: true, ...options, ...place };
    const stock = createStock(this.options);
    for (const event of MESSAGES) stock.on(event, (...args: unknown[]) => this.emit(event, ...args));
    const connection = new Connection(server, {
      status: (status) => this.#onStatus(status),
      reopens: () => reopens(this.options['retryStrategy']),
    });
    const keyspace = server.keyspace(stock.context);
    Object.assign(stock, stockStore(keyspace.database, keyPrefix));
    for (const [key, value] of Object.entries(options['data'] ?? {})) stock.data.set(key, value);
    this.#session = { server, keyspace, stock, connection, keyPrefix, transaction: undefined };
    for (const name of SCANS) Object.assign(this, { [name]: stockCommand(stock, name) });
    if (this.options['lazyConnect'] !== true) this.#open();
  }

  get status(): Status {
    return this.#session.connection.status;
  }

  get mode(): 'normal' | 'subscriber' {
    return this.#session.stock.subscriberMode ? 'subscriber' : 'normal';
  }

  connect(callback?: Callback): Promise<void> {
    return withCallback(this.#session.connection.open(), callback);
  }

  disconnect(reconnect = false): void {
    this.#session.connection.close({ reopen: reconnect });
  }

  end(): void {
    this.disconnect();
  }

  /** Shares the data; seeds of the first client are not sown again. */
  duplicate(override: ClientOptions = {}): MemoryRedisClient {
    return new MemoryRedisClient(this.server, { ...this.options, data: {}, ...override });
  }

  call(name: string, ...args: unknown[]): Promise<unknown> {
    return this.#call(name, args, false);
  }

  callBuffer(name: string, ...args: unknown[]): Promise<unknown> {
    return this.#call(name, args, true);
  }

  send(name: string, given: readonly unknown[], binary: boolean, written = name): Promise<unknown> {
    const { args, callback } = splitCallback(given);
    return withCallback(this.#submit({ name, written, args, binary }), callback);
  }

  pipeline(commands: readonly (readonly unknown[])[] = []): Pipeline {
    return this.#pipeline({ atomic: false }).addBatch(commands);
  }

  multi(given?: readonly (readonly unknown[])[] | { pipeline?: boolean }): Pipeline | Promise<unknown> {
    if (Array.isArray(given)) return this.#pipeline({ atomic: true }).addBatch(given as unknown[][]);
    const inPipeline = (given as { pipeline?: boolean } | undefined)?.pipeline !== false;
    return inPipeline ? this.#pipeline({ atomic: true }) : this.send('multi', [], false);
  }

  defineCommand(name: string, definition: { lua: string }): void {
    const { stock } = this.#session;
    stockCommand(stock, 'defineCommand')?.(name, { ...definition, lua: guardedScript(definition.lua) });
    const run = stockCommand(stock, name);
    Object.assign(stock, {
      [name]: (...args: unknown[]) =>
        (run?.(...args) as Promise<unknown>).catch((error: unknown) => {
          throw refusalIn(error);
        }),
    });
    addScriptMethods(this, [name]);
  }

  /** As a server answers: pairs of error and value are what the method `exec()` makes of the results of a transaction. */
  #call(name: string, args: readonly unknown[], binary: boolean): Promise<unknown> {
    const lower = name.toLowerCase();
    if (lower !== 'exec') return this.send(lower, args, binary, name);
    const { callback, args: given } = splitCallback(args);
    const results = this.send(lower, given, binary, name) as Promise<Result[] | null>;
    return withCallback(
      results.then((all) => all && all.map(([error, value]) => error ?? value)),
      callback,
    );
  }

  #pipeline(how: { atomic: boolean }): Pipeline {
    const pipeline = new Pipeline(
      {
        submit: (request) => this.#submit(request),
        submitTransaction: (requests) => this.#schedule(EXEC, (session) => runTransaction(session, requests)),
      },
      how,
    );
    addScriptMethods(pipeline, Object.keys(this.#session.stock.customCommands));
    return pipeline;
  }

  #submit(request: Request): Promise<unknown> {
    return this.#schedule(request, runOrQueue);
  }

  /** In its turn on the connection, which it opens when nobody has. */
  #schedule<T>(request: Request, work: Work): Promise<T> {
    const { connection } = this.#session;
    if (connection.status === 'wait') this.#open();
    return new Promise((resolve, reject) => {
      const { status } = connection;
      if (status !== 'ready' && status !== 'end') {
        if (this.options['enableOfflineQueue'] === false) {
          return reject(new Error("Stream isn't writeable and enableOfflineQueue options is false"));
        }
        if (request.name === 'quit' && connection.idle) {
          connection.close();
          return resolve('OK' as T);
        }
      }
      connection.submit(new SentCommand(this.#session, request, work, { resolve, reject }));
    });
  }

  #open(): void {
    this.#session.connection.open().catch(() => {}); // commands that wait for it are told
  }

  #onStatus(status: Status): void {
    const { stock } = this.#session;
    if (status === 'ready') {
      stock.connected = true;
      stock.context.modifiedKeyEvents.off('modified', stock._signalModifiedKey).on('modified', stock._signalModifiedKey);
    } else if (status === 'close') {
      this.#session.transaction = undefined;
      stock.watching.clear();
      stock.dirty = false;
      stock.subscriberMode = false;
      stock.disconnect();
    }
    process.nextTick(() => this.emit(status)); // as ioredis: listeners find the change complete
  }
}

addCommandMethods(MemoryRedisClient.prototype);
addCommandMethods(Pipeline.prototype);

/** ioredis reconnects by itself unless its strategy says no. */
function reopens(strategy: unknown): boolean {
  if (strategy === undefined) return true;
  return typeof strategy === 'function' && typeof (strategy as (times: number) => unknown)(1) === 'number';
}
