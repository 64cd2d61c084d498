import type { FastifyInstance } from 'fastify';
import type { Redis } from 'ioredis';
import { fromStreams } from 'rxjs-redis-streams';
import { startAfter, writeServerSentEvents } from 'rxjs-redis-streams/sse';

export function serve(app: FastifyInstance, redis: Redis): void {
  app.get('/orders', (request, reply) => {
    reply.hijack(); // the response is ours
    const streams = startAfter(request, { streams: 'orders' });
    writeServerSentEvents(reply.raw, fromStreams(redis, { streams })).subscribe({ error: console.error });
  });
}
