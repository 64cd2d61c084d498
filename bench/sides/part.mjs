/**
 * `node bench/sides/part.mjs <part> <entries>`: one part of the library that only computes, for so many entries (a multiple of 1,000), and nothing
 * that depends on time or chance: run twice, it executes the same instructions. Prints µs of CPU per entry.
 */
import { sideOf } from './measured.mjs';

const [part = '', count = ''] = process.argv.slice(2);
const total = Number(count);
const BATCH = 1_000;
const flat = (i) => ['customer', `customer-${i % 977}`, 'amount', String((i * 7919) % 100_000), 'note', 'x'.repeat(60)];
const batch = Array.from({ length: BATCH }, (_, i) => [`1795422034604-${i}`, flat(i)]);
let seen = 0;

/** Replies of 1,000 entries, in chunks as a socket hands them out, and every field looked at. */
async function decoder() {
  const { Decoder } = await import('../../dist/esm/wire/resp/decoder.js');
  const { listOf } = await import('../../dist/esm/flat.js');
  const bulk = (text) => `$${text.length}\r\n${text}\r\n`;
  const list = (values) => `*${values.length}\r\n${values.join('')}`;
  const entries = batch.map(([id, fields]) => list([bulk(id), list(fields.map(bulk))]));
  const reply = Buffer.from(list([list([bulk('bench'), list(entries)])]));
  const chunks = [];
  for (let at = 0; at < reply.length; at += 65_536) chunks.push(Buffer.from(reply.subarray(at, at + 65_536)));
  return () => {
    for (let left = total; left > 0; left -= BATCH) {
      const decoder = new Decoder();
      for (const chunk of chunks) {
        decoder.feed(chunk);
        const reply = decoder.take({ for: 'streams', binary: false });
        for (const { entries } of reply?.streams ?? []) for (const { pairs } of entries) seen += listOf(pairs).length;
      }
    }
  };
}

/** Every entry is opened and settled; acks travel by the hundred. */
async function ledger() {
  const { bookOf, emptyLedger } = await import('../../dist/esm/acks/book.js');
  const { land, open, settle, take } = await import('../../dist/esm/acks/ledger.js');
  const held = batch.map(([id]) => ({ id, attempt: 1 }));
  return () => {
    const ledger = emptyLedger();
    const book = bookOf(ledger, 'bench');
    for (let left = total; left > 0; left -= BATCH) {
      for (const each of held) open(ledger, book, each);
      for (let i = 0; i < BATCH; i++) {
        settle(ledger, book, held[i], { as: 'acked', sends: true });
        if (i % 100 < 99) continue;
        take(book);
        land(ledger, book);
      }
    }
    seen = ledger.settled;
  };
}

/** What every settled entry asks of the window that several readers share. */
async function window() {
  const { SharedWindow } = await import('../../dist/esm/sources/shared-window.js');
  return () => {
    const window = new SharedWindow({ bufferSize: BATCH, refillAt: BATCH / 2 });
    const shares = Array.from({ length: 4 }, () =>
      window.share(
        () => undefined,
        () => {},
      ),
    );
    for (let i = 0; i < total; i++) {
      const { held } = shares[i % 4].count({ held: i % 200, taken: 0, unconfirmed: i % 100, settled: i });
      seen += held;
    }
  };
}

/** From the reply to the ack: `fromGroup` and `ackAfter` on a client that answers at once. */
async function pipeline() {
  const { ackAfter, bufferRefill, fromGroup, untilDrained } = await import('../../dist/esm/index.js');
  const { work } = await import('./entry.mjs');
  return async () => {
    const worked = fromGroup(answering(), { streams: 'bench', group: 'g', consumer: 'one' }).pipe(
      bufferRefill({ size: BATCH }),
      untilDrained(),
      ackAfter(work),
    );
    await worked.forEach((value) => (seen += value));
  };
}

/** As much of a client as the pipeline needs. Ids rise from read to read. */
function answering() {
  let left = total;
  const answers = {
    XREADGROUP: (args) => {
      if (left === 0) return null;
      const size = Math.min(left, Number(args[args.indexOf('COUNT') + 1]));
      const from = total - left;
      left -= size;
      return [['bench', Array.from({ length: size }, (_, i) => [`1795422034604-${from + i}`, flat(from + i)])]];
    },
    XACK: (args) => args.length - 2,
    XGROUP: () => 'OK',
    XINFO: () => [['name', 'g', 'consumers', 1, 'pending', 0, 'last-delivered-id', '0-0']],
    XPENDING: () => [],
    INFO: () => 'run_id:0\r\nloading:0',
    CLIENT: () => 1,
  };
  const client = {
    ...{ status: 'ready', options: {}, isCluster: false },
    call: async (name, args) => answers[name](args),
    callBuffer: async (name, args) => answers[name](args),
    duplicate: () => client,
    disconnect: () => {},
    on: () => client,
    off: () => client,
  };
  return client;
}

const run = await sideOf({ decoder, ledger, window, pipeline }, part)();
const before = process.cpuUsage();
await run();
const { user, system } = process.cpuUsage(before);
if (total > 0 && seen === 0) throw new Error('nothing was seen');
console.log(JSON.stringify({ cpuMicros: (user + system) / total }));
