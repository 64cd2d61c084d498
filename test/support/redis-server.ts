/** A real redis-server of a test's own: on a free loopback port, in a temporary folder, gone when the test process is gone. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { guard } from './guard.js';

export interface RedisServer {
  readonly port: number;
  readonly url: string;
  readonly dir: string;
  /** Of the process that runs now: another one after `restart()`. */
  readonly pid: number;
  /** Ends the server and removes its folder, if it was ours. Calling it again does nothing. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** Ends the server and starts it again on the same port and folder; `down` is how many ms it stays away. */
  restart(options?: { signal?: NodeJS.Signals; down?: number }): Promise<void>;
}

export interface RedisServerOptions {
  /** More arguments, after ours, so they win: `['--appendonly', 'yes']`. */
  args?: string[];
  /** A sentinel, whose state is kept in that file. */
  sentinel?: string;
  dir?: string;
  port?: number;
  /** Default: what `REDIS_SERVER` says, or else `redis-server`. */
  binary?: string;
}

export async function startRedis(options: RedisServerOptions = {}): Promise<RedisServer> {
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), 'rxjs-redis-streams-')));
  let port = options.port ?? (await freePort());
  let child: Running | undefined;
  for (let attempt = 1; child === undefined; attempt++) {
    try {
      child = await launch(port, dir, options);
    } catch (error) {
      // Between finding a free port and binding it another test may have taken it.
      if (attempt >= 5 || options.port !== undefined || !String(error).includes('in use')) {
        if (options.dir === undefined) await rm(dir, { recursive: true, force: true });
        throw error;
      }
      port = await freePort();
    }
  }
  let running = child;

  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    dir,
    get pid() {
      return running.pid;
    },
    async stop(signal = 'SIGTERM') {
      await running.end(signal);
      if (options.dir === undefined) await rm(dir, { recursive: true, force: true });
    },
    async restart({ signal = 'SIGTERM', down = 0 } = {}) {
      await running.end(signal);
      if (down > 0) await sleep(down);
      running = await launch(port, dir, options);
    },
  };
}

/** Below those of outgoing connections (32,768 on Linux), one of which may take a port between our finding it free and a server's binding it. */
const PORTS = { from: 12_000, to: 32_000 };

export async function freePort(): Promise<number> {
  for (;;) {
    const port = PORTS.from + Math.floor(Math.random() * (PORTS.to - PORTS.from));
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false;
    throw error;
  }
  server.close();
  await once(server, 'close');
  return true;
}

interface Running {
  pid: number;
  end(signal: NodeJS.Signals): Promise<void>;
}

async function launch(port: number, dir: string, options: RedisServerOptions): Promise<Running> {
  const { args = [], sentinel, dir: given, binary = process.env['REDIS_SERVER'] ?? 'redis-server' } = options;
  const ours = [
    '--port',
    `${port}`,
    '--bind',
    '127.0.0.1',
    '--dir',
    dir,
    '--daemonize',
    'no',
    '--save',
    '',
    '--appendonly',
    'no',
  ];
  const first = sentinel === undefined ? [] : [sentinel, '--sentinel'];
  const child = spawn(binary, [...first, ...ours, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => (output = (output + text).slice(-4000)));
  }
  let failed: Error | undefined;
  child.once('error', (error) => (failed = new Error(`${binary} does not start: ${error.message}; run "npm run setup"`)));
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));

  const deadline = Date.now() + 20_000;
  while (!(await answers(port))) {
    if (failed) throw failed;
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`redis-server ended at once: ${output}`);
    if (Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`redis-server on port ${port} does not answer PING after 20 s: ${output}`);
    }
    await sleep(15);
  }
  // Somebody else's server may answer on that port while ours is failing to bind it.
  await sleep(5);
  if (child.exitCode !== null || child.pid === undefined) throw new Error(`redis-server ended at once: ${output}`);

  const unguard = guard(child.pid, given === undefined ? dir : '');
  const release = (): void => void child.kill('SIGKILL');
  process.once('exit', release);
  return {
    pid: child.pid,
    async end(signal) {
      unguard();
      process.off('exit', release);
      child.kill(signal);
      const late = setTimeout(release, 10_000);
      await exited;
      clearTimeout(late);
    },
  };
}

/** True once the server takes commands: +PONG, or -NOAUTH where the test set a password; -LOADING is not yet. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const done = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1000, () => done(false));
    socket.once('error', () => done(false));
    socket.once('close', () => done(false));
    socket.once('connect', () => socket.write('PING\r\n'));
    socket.once('data', (reply) => done(/^(\+PONG|-NOAUTH|-DENIED)/.test(reply.toString())));
  });
}
