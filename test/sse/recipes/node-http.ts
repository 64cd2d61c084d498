import { createServer, type Server } from 'node:http';
import type { Redis } from 'ioredis';
import { fromStreams } from 'rxjs-redis-streams';
import { startAfter, writeServerSentEvents } from 'rxjs-redis-streams/sse';

export function serve(redis: Redis): Server {
  return createServer((request, response) => {
    const streams = startAfter(request, { streams: 'orders' });
    writeServerSentEvents(response, fromStreams(redis, { streams })).subscribe({ error: console.error });
  });
}
