/** Compiles, or the structural client no longer accepts what users have. */
import type { Cluster as Cluster5, Redis as Redis5 } from 'ioredis';
import type { Cluster as Cluster6, Redis as Redis6 } from 'ioredis6';
import type { RedisClient } from '../../src/wire/client.js';

declare const five: Redis5;
declare const six: Redis6;
declare const sixResp3: Redis6<'resp3'>;
declare const clusters: [Cluster5, Cluster6];

export const accepted: RedisClient[] = [five, six, sixResp3, five.duplicate(), six.duplicate({ protocol: 3 })];

// Accepted by shape, so that the error can be a sentence: `checkClient` refuses clusters for now.
export const acceptedByShape: RedisClient[] = [...clusters];

// @ts-expect-error a URL is no client
export const url: RedisClient = 'redis://127.0.0.1';
// @ts-expect-error nor are options
export const options: RedisClient = { host: '127.0.0.1', port: 6379 };
// @ts-expect-error a pipeline has no connection to duplicate
export const pipeline: RedisClient = five.pipeline();
