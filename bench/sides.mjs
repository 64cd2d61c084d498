/**
 * One side of a race in a process of its own: `node bench/sides.mjs <side> <port> <entries>` prints one line of JSON. Plain JavaScript on the built
 * package, so that no loader's transformation is measured.
 * Each side works off the same stream to the end and leaves nothing pending.
 */
import { Redis } from 'ioredis';
import { lastValueFrom } from 'rxjs';
import { ackAfter, backlogFirst, bufferRefill, claimIdle, fromGroup, redeliver, untilDrained } from 'rxjs-redis-streams';

const [side = '', port = '', entries = ''] = process.argv.slice(2);
const redis = new Redis(Number(port));
const total = Number(entries);
let sum = 0;

/** The synchronous work of every side: it looks at one field. */
function work(value) {
  sum += value === undefined ? 0 : value.length;
}

async function ours() {
  const done = fromGroup(redis, { streams: 'bench', group: side, consumer: 'one', autoCreate: { from: '0' } }).pipe(
    bufferRefill({ size: 256 }),
    untilDrained(),
    ackAfter(({ fields }) => work(fields['customer'])),
  );
  await lastValueFrom(done);
}

/** The same without leases: their timer never rings. */
async function bare() {
  const options = {
    streams: 'bench',
    group: side,
    consumer: 'one',
    autoCreate: { from: '0' },
    lease: { renewEvery: 2 ** 31 - 1 },
  };
  const source = fromGroup(redis, options).pipe(bufferRefill({ size: 256 }), untilDrained());
  await lastValueFrom(source.pipe(ackAfter(({ fields }) => work(fields['customer']))));
}

/** With everything that production needs: leases, the backlog, claims, redelivery and dead letters. */
async function equipped() {
  const source = fromGroup(redis, { streams: 'bench', group: side, consumer: 'one', autoCreate: { from: '0' } }).pipe(
    backlogFirst(),
    bufferRefill({ size: 256 }),
    claimIdle({ minIdle: 30_000, every: 1_000 }),
    redeliver({ maxDeliveries: 5, deadLetter: 'dead' }),
    untilDrained(),
  );
  await lastValueFrom(source.pipe(ackAfter(({ fields }) => work(fields['customer']), { onError: 'nack' })));
}

/** XREADGROUP COUNT 100, then one XACK with all ids: the loop of the Redis documentation. */
async function hand() {
  const reader = redis.duplicate();
  await redis.xgroup('CREATE', 'bench', side, '0');
  for (;;) {
    const reply = await reader.call('XREADGROUP', 'GROUP', side, 'one', 'COUNT', 100, 'STREAMS', 'bench', '>');
    if (reply === null) break;
    const ids = [];
    for (const [, found] of reply) {
      for (const [id, flat] of found) {
        const fields = {};
        for (let i = 0; i < flat.length; i += 2) fields[flat[i] ?? ''] = flat[i + 1] ?? '';
        work(fields['customer']);
        ids.push(id);
      }
    }
    await redis.xack('bench', side, ...ids);
  }
  reader.disconnect();
}

/** The same, but every entry awaits an XACK of its own. */
async function naive() {
  await redis.xgroup('CREATE', 'bench', side, '0');
  for (let left = total; left > 0;) {
    const reply = await redis.call('XREADGROUP', 'GROUP', side, 'one', 'COUNT', Math.min(100, left), 'STREAMS', 'bench', '>');
    for (const [, found] of reply) {
      for (const [id, flat] of found) {
        work(flat[1]);
        await redis.xack('bench', side, id);
        left -= 1;
      }
    }
  }
}

const sides = { ours, bare, equipped, hand, naive };
const run = sides[side];
if (run === undefined) throw new Error(`No side ${side}: one of ${Object.keys(sides).join(', ')}`);
await redis.ping();
const began = process.hrtime.bigint();
const cpu = process.cpuUsage();
await run();
const seconds = Number(process.hrtime.bigint() - began) / 1e9;
const { user, system } = process.cpuUsage(cpu);
const [pending] = await redis.xpending('bench', side);
await redis.quit();
console.log(JSON.stringify({ perSecond: total / seconds, cpuMicros: (user + system) / total, pending, sum }));
