/** What a command answers: protocol text as strings, users' bytes as Buffers, nil as null. */
export type Reply = string | number | Buffer | null | readonly Reply[];

/** A reply as ioredis hands it out: decoded as UTF-8, or with every string as a Buffer. */
export function present(reply: Reply, binary: boolean): unknown {
  if (typeof reply === 'string') return binary ? Buffer.from(reply) : reply;
  if (reply === null || typeof reply === 'number') return reply;
  if (Buffer.isBuffer(reply)) return binary ? Buffer.from(reply) : reply.toString();
  return reply.map((item) => present(item, binary));
}
