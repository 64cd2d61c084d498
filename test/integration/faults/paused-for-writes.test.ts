/**
 * A server that is paused for writes (CLIENT PAUSE, each manual failover) holds XREADGROUP back. Before redis#14164 and valkey#2117 (July 2025)
 * CLIENT UNBLOCK of a command that is held back ended the server: "Unknown btype in replyToBlockedClientOnTimeout()".
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { whenIdle } from '../../../src/index.js';
import { eventually } from '../../support/eventually.js';
import { consume } from './gated-consumer.js';
import { ground } from './ground.js';

const on = ground();
/** ms; the next read leaves amid the pause. */
const BLOCK = 100;
const PAUSE = 1_000;

async function process(): Promise<string | undefined> {
  return /^run_id:(\w+)/m.exec(await on.admin.info('server'))?.[1];
}

it.each([
  ['it acks', {}],
  ['it need not', { autoAcknowledge: true }],
])('stopped amid such a pause, a consumer (%s) ends its read when that is over, and the server lives', async (_, options) => {
  const before = await process();
  const redis = on.client();
  const { seen, end, subscription } = consume(redis, { timeout: BLOCK, ...options });
  await on.fill('s', 1);
  await eventually(() => seen.order.length === 1, 'the entry came');
  await on.settled();
  await on.admin.call('CLIENT', 'PAUSE', PAUSE, 'WRITE');
  await sleep(3 * BLOCK); // the read that was out has come back, and the next is held back
  subscription.unsubscribe();
  await whenIdle(redis);
  expect(await process()).toBe(before);
  expect([seen.order.length, end]).toEqual([1, {}]);
  expect(await on.pending('s', 'g')).toEqual([]);
});
