/** `node bench/sides/group.mjs <side> <port> <entries>`: works off the stream `bench` in a group of its own, and leaves nothing pending. */
import { Redis } from 'ioredis';
import { ackAfter, backlogFirst, bufferRefill, claimIdle, fromGroup, redeliver, untilDrained } from '../../dist/esm/index.js';
import { bareSocket } from './bare-socket.mjs';
import { entryOf, work } from './entry.mjs';
import { measured, sideOf } from './measured.mjs';

const COUNT = 500;
const [side = '', port = '', entries = '', window = '1000'] = process.argv.slice(2);
const total = Number(entries);
const local = { host: '127.0.0.1', port: Number(port) };
const group = side;
const admin = new Redis(local);

/** The source that every one of our sides begins with. */
function source(redis, options = {}) {
  const it = fromGroup(redis, { streams: 'bench', group, consumer: 'one', ...options });
  return it.pipe(bufferRefill({ size: Number(window) }), untilDrained());
}

async function finish(redis, worked) {
  await redis.ping();
  await measured(total, async () => {
    let seen = 0;
    await worked.forEach((value) => (seen += value));
    return seen;
  });
  redis.disconnect();
}

const ours = (redis, project = work, options = {}) => finish(redis, source(redis).pipe(ackAfter(project, options)));

async function async(entry) {
  await Promise.resolve();
  return work(entry);
}

/** Leases never ring. */
async function bare() {
  const redis = new Redis(local);
  const lease = { renewEvery: 2 ** 31 - 1 };
  await finish(redis, source(redis, { lease }).pipe(ackAfter(work)));
}

/** With everything that production needs: leases, the backlog, claims, redelivery and dead letters. */
async function equipped() {
  const redis = new Redis(local);
  const all = fromGroup(redis, { streams: 'bench', group, consumer: 'one' }).pipe(
    backlogFirst(),
    bufferRefill({ size: Number(window) }),
    claimIdle({ minIdle: 30_000, every: 1_000 }),
    redeliver({ maxDeliveries: 5, deadLetter: 'dead' }),
    untilDrained(),
  );
  await finish(redis, all.pipe(ackAfter(work, { onError: 'nack' })));
}

/** The loop of the documentation: XREADGROUP COUNT 100, then one XACK with all ids, one after the other. */
async function plain(redis) {
  const reader = redis.duplicate();
  await reader.ping();
  await measured(total, async () => {
    let seen = 0;
    for (;;) {
      const reply = await reader.xreadgroup('GROUP', group, 'one', 'COUNT', 100, 'STREAMS', 'bench', '>');
      if (reply === null) return seen;
      const ids = [];
      for (const [stream, found] of reply) {
        for (const raw of found) {
          seen += work(entryOf(stream, raw));
          ids.push(raw[0]);
        }
      }
      await redis.xack('bench', group, ...ids);
    }
  });
  redis.disconnect();
  reader.disconnect();
}

/**
 * The best that can be written by hand: the next read is in the air while the entries of the last are worked on, and the acks of a reply travel in
 * one XACK that nobody waits for before the end.
 */
async function tuned(redis, each) {
  const reader = redis.duplicate();
  await reader.ping();
  const read = () => reader.xreadgroup('GROUP', group, 'one', 'COUNT', COUNT, 'STREAMS', 'bench', '>');
  await measured(total, async () => {
    let seen = 0;
    const acks = [];
    for (let next = read(); ;) {
      const reply = await next;
      if (reply === null) break;
      next = read();
      for (const [stream, found] of reply) {
        const ids = [];
        if (each === undefined) {
          for (const raw of found) {
            seen += work(entryOf(stream, raw));
            ids.push(raw[0]);
          }
        } else {
          for (let at = 0; at < found.length; at += 64) {
            const some = found.slice(at, at + 64);
            for (const value of await Promise.all(some.map((raw) => each(entryOf(stream, raw))))) seen += value;
            for (const [id] of some) ids.push(id);
          }
        }
        acks.push(redis.xack('bench', group, ...ids));
      }
    }
    await Promise.all(acks);
    return seen;
  });
  redis.disconnect();
  reader.disconnect();
}

/** As `tuned`, on node-redis. */
async function nodeRedis() {
  const { createClient } = await import('@redis/client');
  const redis = createClient({ socket: local });
  const reader = redis.duplicate();
  await redis.connect();
  await reader.connect();
  const read = () => reader.xReadGroup(group, 'one', { key: 'bench', id: '>' }, { COUNT });
  await measured(total, async () => {
    let seen = 0;
    const acks = [];
    for (let next = read(); ;) {
      const reply = await next;
      if (reply === null) break;
      next = read();
      const ids = [];
      for (const { id, message: fields } of reply[0].messages) {
        seen += work({ fields });
        ids.push(id);
      }
      acks.push(redis.xAck('bench', group, ids));
    }
    await Promise.all(acks);
    return seen;
  });
  await redis.close();
  await reader.close();
}

/** All that the server and the socket can do: ids are known beforehand, and nothing is made of what comes. */
async function socket() {
  const lists = [];
  for (let from = '-'; ;) {
    const found = await admin.xrange('bench', from, '+', 'COUNT', COUNT);
    if (found.length === 0) break;
    const read = ['XREADGROUP', 'GROUP', group, 'one', 'COUNT', found.length, 'STREAMS', 'bench', '>'];
    lists.push([read, ['XACK', 'bench', group, ...found.map(([id]) => id)], ['PING']]);
    from = `(${found.at(-1)[0]}`;
  }
  await bareSocket(Number(port), lists, { end: '+PONG\r\n', total });
}

/** Every entry awaits an XACK of its own. */
async function naive() {
  const redis = new Redis(local);
  await redis.ping();
  await measured(total, async () => {
    let seen = 0;
    for (let left = total; left > 0;) {
      const most = Math.min(100, left);
      const reply = await redis.xreadgroup('GROUP', group, 'one', 'COUNT', most, 'STREAMS', 'bench', '>');
      for (const [stream, found] of reply) {
        for (const raw of found) {
          seen += work(entryOf(stream, raw));
          await redis.xack('bench', group, raw[0]);
          left -= 1;
        }
      }
    }
    return seen;
  });
  redis.disconnect();
}

const five = () => new Redis(local);
const six = async () => new (await import('ioredis6')).Redis(local);
const sides = {
  ours: () => ours(five()),
  ours6: async () => ours(await six()),
  oursAsync: () => ours(five(), async, { concurrency: 64 }),
  bare,
  equipped,
  plain: () => plain(five()),
  tuned: () => tuned(five()),
  tunedAsync: () => tuned(five(), async),
  tuned6: async () => tuned(await six()),
  iovalkey: async () => tuned(new (await import('iovalkey')).Redis(local)),
  nodeRedis,
  socket,
  naive,
};
const run = sideOf(sides, side);
await admin.xgroup('DESTROY', 'bench', group);
await admin.xgroup('CREATE', 'bench', group, '0');
await run();
const [pending] = await admin.xpending('bench', group);
if (pending > 0) throw new Error(`${side} has left ${pending} entries pending`);
await admin.xgroup('DESTROY', 'bench', group);
admin.disconnect();
