/** Programs of a user of the packed package: run, and compiled, where it is installed. */
export const assertions = `
const same = (api, expected, how) => {
  const names = Object.keys(api).filter((name) => name !== 'default' && name !== 'module.exports').sort();
  const missing = expected.filter((name) => !names.includes(name));
  const more = names.filter((name) => !expected.includes(name));
  if (missing.length || more.length) {
    throw new Error(how + ': missing exports [' + missing + '], exports nobody listed in scripts/check-package.ts [' + more + ']');
  }
};
const says = (createMemoryRedis, how) => {
  let message = 'nothing';
  try { createMemoryRedis(); } catch (error) { message = error.message; }
  const expected = 'createMemoryRedis() is built on ioredis-mock, which is not installed: run "npm install --save-dev ioredis-mock"';
  if (message !== expected) throw new Error(how + ': without ioredis-mock createMemoryRedis() says: ' + message);
};
const works = async (testing, how) => {
  const redis = testing.createMemoryRedis();
  await redis.xadd('check', '1-1', 'a', 'b');
  const length = await redis.xlen('check');
  if (length !== 1) throw new Error(how + ': the in-memory Redis has ' + length + ' entries, not 1');
  redis.disconnect();
};
`;

export const mainEntry = {
  'main.mjs': `
import * as api from 'rxjs-redis-streams';
import expected from './names.cjs';
same(api, expected['rxjs-redis-streams'], 'import');
`,
  'main.cjs': `
const api = require('rxjs-redis-streams');
same(api, require('./names.cjs')['rxjs-redis-streams'], 'require');
`,
};

/** With rxjs alone, too; and what a page loads has nothing of Node in it. */
export const serverSentEvents = {
  'sse.mjs': `
import { register } from 'node:module';
import * as sse from 'rxjs-redis-streams/sse';
import expected from './names.cjs';
same(sse, expected['rxjs-redis-streams/sse'], 'import');
const hooks = "export const resolve = (name, context, next) => { if (name.startsWith('node:') && context.parentURL?.includes('/browser/')) " +
  "throw new Error('a page would load ' + name); return next(name, context); };";
register('data:text/javascript,' + encodeURIComponent(hooks));
same(await import('rxjs-redis-streams/browser'), expected['rxjs-redis-streams/browser'], 'import');
`,
  'sse.cjs': `
same(require('rxjs-redis-streams/sse'), require('./names.cjs')['rxjs-redis-streams/sse'], 'require');
same(require('rxjs-redis-streams/browser'), require('./names.cjs')['rxjs-redis-streams/browser'], 'require');
`,
};

/** With OpenTelemetry's API beside it, which the main entry does not need. */
export const telemetry = {
  'otel.mjs': `
import * as otel from 'rxjs-redis-streams/otel';
import expected from './names.cjs';
same(otel, expected['rxjs-redis-streams/otel'], 'import');
otel.instrumentStreams()();
`,
  'otel.cjs': `
const otel = require('rxjs-redis-streams/otel');
same(otel, require('./names.cjs')['rxjs-redis-streams/otel'], 'require');
otel.instrumentStreams()();
`,
};

/** The main entry never loads what is for tests or for Nest; and whoever asks for that does, or this would see nothing. */
export const loaded = {
  'loaded.mjs': `
import { register } from 'node:module';
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
const hooks = 'let to; export const initialize = ({ port }) => { to = port; };' +
  'export const load = (url, context, next) => { to.postMessage(url); return next(url, context); };';
const { port1, port2 } = new MessageChannel();
register('data:text/javascript,' + encodeURIComponent(hooks), { data: { port: port2 }, transferList: [port2] });
const forOthers = () => {
  const urls = [];
  for (let next = receiveMessageOnPort(port1); next; next = receiveMessageOnPort(port1)) urls.push(next.message);
  if (!urls.some((url) => url.includes('/rxjs-redis-streams/dist/'))) throw new Error('import: nothing was seen of what is loaded');
  return urls.filter((url) => url.includes('/testing/') || url.includes('nestjs') || url.includes('/sse/') || url.includes('/browser/') || url.includes('/otel/'));
};
await import('rxjs-redis-streams');
const early = forOthers();
if (early.length) throw new Error('import: the main entry loads ' + early);
await import('rxjs-redis-streams/testing');
if (!forOthers().length) throw new Error('import: /testing loads nothing of its own: this checks nothing');
port1.close();
`,
  'loaded.cjs': `
const forOthers = () => Object.keys(require.cache).filter((file) => /[\\\\/]rxjs-redis-streams[\\\\/].*[\\\\/]testing[\\\\/]/.test(file));
require('rxjs-redis-streams');
if (forOthers().length) throw new Error('require: the main entry loads ' + forOthers());
require('rxjs-redis-streams/testing');
if (!forOthers().length) throw new Error('require: /testing loads nothing of its own: this checks nothing');
`,
};

export const withoutMock = {
  'without-mock.mjs': `
import { createMemoryRedis } from 'rxjs-redis-streams/testing';
says(createMemoryRedis, 'import');
`,
  'without-mock.cjs': `
const { createMemoryRedis } = require('rxjs-redis-streams/testing');
says(createMemoryRedis, 'require');
`,
};

export const everything = {
  'all.mjs': `
import { createRequire } from 'node:module';
import * as api from 'rxjs-redis-streams';
import * as testing from 'rxjs-redis-streams/testing';
import expected from './names.cjs';
const require = createRequire(import.meta.url);
same(testing, expected['rxjs-redis-streams/testing'], 'import');
await works(testing, 'import');
const other = require('rxjs-redis-streams');
if (other.StreamsError === api.StreamsError) throw new Error('import and require gave the same copy: this checks nothing');
if (!api.isStreamsError(new other.StreamsError('NO_GROUP', 'from the other copy'))) throw new Error('errors are not known across copies');
if (require('rxjs-redis-streams/package.json').name !== 'rxjs-redis-streams') throw new Error('no package.json');
`,
  'all.cjs': `
const testing = require('rxjs-redis-streams/testing');
same(testing, require('./names.cjs')['rxjs-redis-streams/testing'], 'require');
works(testing, 'require');
`,
};

// Our declarations are checked too (no skipLibCheck): what they refer to must be in the package or its peers.
const usage = `
import { Redis } from 'ioredis';
import { ackAfter, backlogFirst, fromGroup, isStreamsError } from 'rxjs-redis-streams';
import { fromStreams } from 'rxjs-redis-streams';
import { fromServerSentEvents } from 'rxjs-redis-streams/browser';
import { instrumentStreams, observeGroupLag, type InstrumentOptions } from 'rxjs-redis-streams/otel';
import { startAfter, toServerSentEvents, writeServerSentEvents } from 'rxjs-redis-streams/sse';
import { createMemoryRedis } from 'rxjs-redis-streams/testing';
import type { IncomingMessage, ServerResponse } from 'node:http';
export const respond = (redis: Redis, request: IncomingMessage, response: ServerResponse) =>
  writeServerSentEvents(response, fromStreams(redis, { streams: startAfter(request, { streams: 's' }) }));
export const watched = (redis: Redis, options: InstrumentOptions) => [instrumentStreams(options), observeGroupLag(redis, { streams: 's', group: 'g' })];
export const events = (redis: Redis) =>
  fromStreams(redis, { streams: 's', decode: Number }).pipe(toServerSentEvents({ data: ({ value }) => value.toFixed(2) }));
// in a page: that of the browser fits
export const page = fromServerSentEvents('/s', { storage: sessionStorage, eventSource: (url, init) => new EventSource(url, init) });
export const run = (redis: Redis) =>
  fromGroup(redis, { streams: ['s'], group: 'g', consumer: 'c' })
    .pipe(backlogFirst(), ackAfter((entry) => entry.fields['a']))
    .subscribe({ next: (value: string | undefined) => value, error: (error: unknown) => isStreamsError(error) && error.code });
export const memory = () => createMemoryRedis();
`;
export const typed = { 'esm.mts': usage, 'cjs.cts': usage };
