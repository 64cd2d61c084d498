#!/usr/bin/env node
import { createRequire } from 'node:module';
import { Subject, take } from 'rxjs';
import { connect } from './connect.js';
import { run, type Stop } from './run.js';

const { version } = createRequire(import.meta.url)('rxjs-redis-streams/package.json') as { version: string };
const { stdout, stderr } = process;
const stop = new Subject<Stop>();

// A second Ctrl-C ends the process at once.
process.once('SIGINT', () => stop.next(130));
process.once('SIGTERM', () => stop.next(143));
for (const sink of [stdout, stderr]) {
  sink.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    stop.next('reader-gone'); // as with `| head`
  });
}

run(process.argv.slice(2), { out: stdout, err: stderr, env: process.env, version, connect, stop: stop.pipe(take(1)) }).subscribe({
  next: (code) => (process.exitCode = code),
  error: (error: unknown) => {
    throw error; // a mistake of this program, with its stack
  },
});
