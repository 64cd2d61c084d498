import { Socket } from 'node:net';
import { expect, it } from 'vitest';
import { reachableSocket } from '../../src/wire/reachable-socket.js';
import { FakeClient } from './fake-client.js';

/** The insides of a client of ioredis that has opened its connection, and is at rest. */
function opened(change: object = {}, socket = new Socket()): [FakeClient, Socket] {
  if (socket.listenerCount('data') === 0) socket.on('data', () => undefined);
  const insides = { stream: socket, commandQueue: [], offlineQueue: [], condition: { select: 0 }, sendCommand: () => undefined };
  return [Object.assign(new FakeClient(), insides, change), socket];
}

it('is the socket of a client of ioredis at rest', () => {
  const [client, socket] = opened();
  expect(reachableSocket(client)).toBe(socket);
  expect(reachableSocket(opened({ condition: { protocol: 2 } })[0])).toBeDefined();
});

it.each([
  ['is not ready', { status: 'connect' }],
  ['waits for a reply', { commandQueue: [{}] }],
  ['has something to send', { offlineQueue: [{}] }],
  ['is subscribed', { condition: { subscriber: {} } }],
  ['speaks RESP3', { condition: { protocol: 3 } }],
  ['has no sendCommand', { sendCommand: undefined }],
  ['has no queues', { commandQueue: undefined }],
  ['has no stream', { stream: undefined }],
  ['has a stream of another make', { stream: { on: () => undefined, listenerCount: () => 1 } }],
])('there is none where the client %s', (_, change) => {
  expect(reachableSocket(opened(change)[0])).toBeUndefined();
});

it('there is none where somebody else reads the socket too, or nobody, or it is closed', () => {
  const [shared, socket] = opened();
  socket.on('data', () => undefined);
  expect(reachableSocket(shared)).toBeUndefined();
  socket.removeAllListeners('data');
  expect(reachableSocket(shared)).toBeUndefined();
  const [closed, gone] = opened();
  gone.destroy();
  expect(reachableSocket(closed)).toBeUndefined();
});

it('there is none in a client that is none of ioredis', () => {
  expect(reachableSocket(new FakeClient())).toBeUndefined();
});
