/**
 * `node bench/sides/decode.mjs <count> <rounds>`: reads the same reply again and again in a process of its own and prints one line of JSON, ns of CPU per
 * entry of each side. Plain JavaScript on the built package.
 */
import { createRequire } from 'node:module';
import { Decoder } from '../../dist/esm/wire/resp/decoder.js';
import { listOf } from '../../dist/esm/flat.js';

const RedisParser = createRequire(import.meta.resolve('ioredis'))('redis-parser');
const [count = 0, rounds = 0] = process.argv.slice(2).map(Number);
/** A round takes some ten milliseconds: the clock of CPU time is no finer than that on some machines. */
const REPEATS = Math.ceil(30_000 / count);
/** A socket hands out at most that much at once. */
const CHUNK = 65_536;

const bulk = (text) => `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
const list = (values) => `*${values.length}\r\n${values.join('')}`;
const entries = Array.from({ length: count }, (_, i) => {
  const fields = ['customer', `customer-${i % 977}`, 'amount', String((i * 7919) % 100_000), 'note', 'x'.repeat(60)];
  return list([bulk(`1795422034604-${i}`), list(fields.map(bulk))]);
});
const reply = Buffer.from(list([list([bulk('bench'), list(entries)])]));
const chunks = [];
for (let at = 0; at < reply.length; at += CHUNK) chunks.push(Buffer.from(reply.subarray(at, at + CHUNK)));

let seen = 0;

function look(id, flat) {
  const fields = {};
  for (let i = 0; i + 1 < flat.length; i += 2) fields[flat[i]] = flat[i + 1];
  seen += id.length + fields['customer'].length;
}

/** ioredis 5 has its parser make Buffers, and then texts of them. */
function texts(value) {
  if (Buffer.isBuffer(value)) return value.toString();
  return Array.isArray(value) ? value.map(texts) : value;
}

function parser(each) {
  const returnReply = (reply) => {
    for (const [, rows] of texts(reply)) for (const [id, flat] of rows) each(id, flat);
  };
  const parser = new RedisParser({ returnBuffers: true, returnError: () => undefined, returnReply });
  for (const chunk of chunks) parser.execute(chunk);
}

function decoder(each) {
  const decoder = new Decoder();
  for (const chunk of chunks) {
    decoder.feed(chunk);
    const reply = decoder.take({ for: 'streams', binary: false });
    for (const { entries } of reply?.streams ?? []) for (const { id, pairs } of entries) each(id, pairs);
  }
}

const sides = {
  parser: () => parser(look),
  decoder: () => decoder((id, pairs) => look(id, listOf(pairs))),
  parserUnseen: () => parser((id) => (seen += id.length)),
  decoderUnseen: () => decoder((id) => (seen += id.length)),
};

function cpuOf(run) {
  const before = process.cpuUsage();
  for (let i = 0; i < REPEATS; i++) run();
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1_000) / (REPEATS * count);
}

const names = Object.keys(sides);
for (const name of names) cpuOf(sides[name]);
const results = Object.fromEntries(names.map((name) => [name, []]));
for (let round = 0; round < rounds; round++) {
  for (const name of round % 2 === 0 ? names : names.toReversed()) results[name].push(cpuOf(sides[name]));
}
if (seen === 0) throw new Error('nothing was read');
console.log(JSON.stringify(results));
