/** Packs the package as npm would, and looks at the tarball: publint, attw, and two programs that import and require what is in it. */
import { execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkCommandLine } from './check-command-line.js';
import { nestPrograms, typedNest } from './nest-programs.js';
import {
  assertions,
  everything,
  loaded,
  mainEntry,
  serverSentEvents,
  telemetry,
  typed,
  withoutMock,
} from './package-programs.js';

/** Every name the package exports at run time. A new one is added here on purpose. */
const exported = {
  'rxjs-redis-streams': [
    'AckError',
    'Consumer',
    'DecodeError',
    'GroupConsumer',
    'StreamsError',
    'ackAfter',
    'ackUnless',
    'backlogFirst',
    'bufferRefill',
    'forwardTo',
    'fromGroup',
    'fromStreams',
    'claimIdle',
    'exponentialDelay',
    'groupLag',
    'publishTo',
    'redeliver',
    'shardOf',
    'shards',
    'replayDeadLetters',
    'isStreamsError',
    'untilDrained',
    'whenIdle',
  ],
  'rxjs-redis-streams/testing': ['createMarbles', 'createMemoryRedis'],
  'rxjs-redis-streams/nestjs': [
    'InjectGroup',
    'InjectRedis',
    'InjectStreams',
    'OnStream',
    'REDIS_STREAMS',
    'RedisStreamsClient',
    'RedisStreamsContext',
    'RedisStreamsHealthIndicator',
    'RedisStreamsModule',
    'RedisStreamsStrategy',
    'getGroupToken',
    'getRedisToken',
    'getStreamsToken',
  ],
  'rxjs-redis-streams/sse': ['EncodeError', 'startAfter', 'toServerSentEvents', 'writeServerSentEvents'],
  'rxjs-redis-streams/browser': ['InvalidEvent', 'fromServerSentEvents'],
  'rxjs-redis-streams/otel': ['instrumentStreams', 'observeGroupLag'],
};
/** Both module formats, their types, the in-memory Redis, /nestjs, /sse, /browser, /otel, and the command line. */
const maxTarball = 780_000;

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = (name: string): string => join(root, 'node_modules/.bin', name);
const temporary = await mkdtemp(join(tmpdir(), 'package-check-'));
try {
  await check();
} finally {
  await rm(temporary, { recursive: true, force: true });
}

async function check(): Promise<void> {
  execFileSync('npm', ['pack', '--silent', '--pack-destination', temporary], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const name = (await readdir(temporary)).find((file) => file.endsWith('.tgz'));
  if (!name) throw new Error('npm pack made no tarball');
  const tarball = join(temporary, name);

  run(bin('publint'), ['--strict', tarball], root);
  run(bin('attw'), ['--profile', 'node16', tarball], root);

  const { size } = await stat(tarball);
  console.log(`tarball: ${size} bytes of at most ${maxTarball}`);
  if (size > maxTarball) throw new Error('the tarball is too large');
  const app = join(temporary, 'app');
  const modules = join(app, 'node_modules');
  await mkdir(modules, { recursive: true });
  execFileSync('tar', ['-xzf', tarball, '-C', temporary]);
  await cp(join(temporary, 'package'), join(modules, 'rxjs-redis-streams'), { recursive: true });
  await writeFile(join(app, 'names.cjs'), `module.exports = ${JSON.stringify(exported)};`);
  const link = (module: string): Promise<void> => symlink(join(root, 'node_modules', module), join(modules, module), 'dir');

  // With rxjs alone: the main entry needs nothing else at run time, neither a Redis client nor the in-memory one.
  await link('rxjs');
  for (const [file, text] of Object.entries(mainEntry)) {
    await writeFile(join(app, file), assertions + text);
    run(process.execPath, [file], app);
  }
  // So does a page, and a response of server-sent events.
  for (const [file, text] of Object.entries(serverSentEvents)) {
    await writeFile(join(app, file), assertions + text);
    run(process.execPath, [file], app);
  }
  // ioredis-mock is an optional peer: only those who make an in-memory Redis are told that it is missing.
  await link('ioredis');
  for (const [file, text] of Object.entries({ ...loaded, ...withoutMock })) {
    await writeFile(join(app, file), assertions + text);
    run(process.execPath, [file], app);
  }
  await checkCommandLine(app);
  for (const module of ['ioredis-mock', '@types', '@opentelemetry']) await link(module);
  for (const [file, text] of Object.entries(telemetry)) {
    await writeFile(join(app, file), assertions + text);
    run(process.execPath, [file], app);
  }
  for (const [file, text] of Object.entries(everything)) {
    await writeFile(join(app, file), assertions + text);
    run(process.execPath, [file], app);
  }
  for (const [file, text] of Object.entries(typed)) await writeFile(join(app, file), text);
  const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022', '--types', 'node'];
  run(bin('tsc'), ['--ignoreConfig', ...options, ...Object.keys(typed)], app);

  // On Nest 12, which is ESM alone, and on Nest 11, which is CommonJS: from modules of both kinds.
  for (const [major, folder] of Object.entries({ 12: 'node_modules', 11: 'test/nest11/node_modules' })) {
    await rm(join(modules, '@nestjs'), { force: true });
    await symlink(join(root, folder, '@nestjs'), join(modules, '@nestjs'), 'dir');
    for (const [file, text] of Object.entries(nestPrograms)) {
      await writeFile(join(app, file), assertions + text);
      run(process.execPath, [file, major], app);
    }
  }
  // Against the types of 11 (those of 12 are what the sources are compiled with); what Nest's own refer to is not all installed.
  for (const [file, text] of Object.entries(typedNest)) await writeFile(join(app, file), text);
  const ofNest = ['--experimentalDecorators', '--skipLibCheck', ...Object.keys(typedNest)];
  run(bin('tsc'), ['--ignoreConfig', ...options, ...ofNest], app);
  console.log('package: imported, required and compiled against');
}

function run(command: string, args: string[], cwd: string): void {
  execFileSync(command, args, { cwd, stdio: ['ignore', 'inherit', 'inherit'] });
}
