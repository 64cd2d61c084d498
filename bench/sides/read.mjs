/** `node bench/sides/read.mjs <side> <port> <entries> [size]`: reads the stream `bench` from its beginning to its end, without a group, and looks at every field. `size`: the COUNT of a loop, our window. */
import { Redis } from 'ioredis';
import { bufferRefill, fromStreams, untilDrained } from '../../dist/esm/index.js';
import { bareSocket } from './bare-socket.mjs';
import { entryOf, lookAtAll } from './entry.mjs';
import { measured, sideOf } from './measured.mjs';

const [side = '', port = '', entries = '', size = '1000'] = process.argv.slice(2);
const total = Number(entries);
const COUNT = Number(size);

async function ours() {
  const redis = new Redis(Number(port));
  await redis.ping();
  const source = fromStreams(redis, { streams: { bench: '0' } }).pipe(bufferRefill({ size: COUNT }), untilDrained());
  await measured(total, async () => {
    let seen = 0;
    await source.forEach((entry) => (seen += lookAtAll(entry)));
    return seen;
  });
  await redis.quit();
}

/** The loop of the documentation: a read, its entries, the next read. */
async function loop(redis) {
  await redis.ping();
  await measured(total, async () => {
    let seen = 0;
    for (let from = '0'; ;) {
      const reply = await redis.xread('COUNT', COUNT, 'STREAMS', 'bench', from);
      if (reply === null) return seen;
      for (const [stream, found] of reply) {
        for (const raw of found) seen += lookAtAll(entryOf(stream, raw));
        from = found.at(-1)[0];
      }
    }
  });
  await redis.quit();
}

/** The next read is in the air while the entries of the last are looked at. */
async function ahead(redis) {
  await redis.ping();
  const read = (from) => redis.xread('COUNT', COUNT, 'STREAMS', 'bench', from);
  await measured(total, async () => {
    let seen = 0;
    for (let next = read('0'); ;) {
      const reply = await next;
      if (reply === null) return seen;
      const [[stream, found]] = reply;
      next = read(found.at(-1)[0]);
      for (const raw of found) seen += lookAtAll(entryOf(stream, raw));
    }
  });
  await redis.quit();
}

async function nodeRedis() {
  const { createClient } = await import('@redis/client');
  const redis = createClient({ socket: { port: Number(port), host: '127.0.0.1' } });
  await redis.connect();
  await measured(total, async () => {
    let seen = 0;
    for (let id = '0'; ;) {
      const reply = await redis.xRead([{ key: 'bench', id }], { COUNT });
      if (reply === null) return seen;
      for (const { messages } of reply) {
        for (const { id, message: fields } of messages) seen += lookAtAll({ id, fields });
        id = messages.at(-1).id;
      }
    }
  });
  await redis.close();
}

/** All that the server and the socket can do: ids are known beforehand, and nothing is made of what comes. */
async function socket() {
  const redis = new Redis(Number(port));
  const commands = [];
  for (let from = '0'; ;) {
    commands.push([['XREAD', 'COUNT', COUNT, 'STREAMS', 'bench', from], ['PING']]);
    const found = await redis.xrange('bench', from === '0' ? '-' : `(${from}`, '+', 'COUNT', COUNT);
    if (found.length === 0) break;
    from = found.at(-1)[0];
  }
  await redis.quit();
  await bareSocket(Number(port), commands, { end: '+PONG\r\n', total });
}

const local = { host: '127.0.0.1', port: Number(port) };
const sides = {
  ours,
  loop: () => loop(new Redis(local)),
  ahead: () => ahead(new Redis(local)),
  loop6: async () => loop(new (await import('ioredis6')).Redis(local)),
  iovalkey: async () => loop(new (await import('iovalkey')).Redis(local)),
  nodeRedis,
  socket,
};
await sideOf(sides, side)();
