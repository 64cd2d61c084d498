import express, { type Express } from 'express';
import type { Redis } from 'ioredis';
import { fromStreams } from 'rxjs-redis-streams';
import { startAfter, writeServerSentEvents } from 'rxjs-redis-streams/sse';

export function serve(redis: Redis): Express {
  return express().get('/orders', (request, response) => {
    const streams = startAfter(request, { streams: 'orders' });
    writeServerSentEvents(response, fromStreams(redis, { streams })).subscribe({ error: console.error });
  });
}
