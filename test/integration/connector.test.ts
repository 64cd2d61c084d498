/** What the connection for reading is opened with: sockets that read into one buffer, and otherwise what ioredis would open. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, Socket } from 'node:net';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { Connector, opensItself, takeBytes } from '../../src/wire/connector.js';
import { eventually } from '../support/eventually.js';

let servers: Server[] = [];
afterEach(() => {
  for (const server of servers) server.close();
  servers = [];
});

/** What it was sent, and its end of each connection. */
async function listening(where: number | string = 0) {
  const peers: Socket[] = [];
  const server = createServer((peer) => peers.push(peer.on('error', () => undefined)));
  servers.push(server);
  server.listen(where);
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, peers };
}

async function opened(target: object): Promise<[Socket, Connector]> {
  const connector = new Connector(target);
  const socket = await connector.connect();
  await once(socket, 'connect');
  return [socket, connector];
}

describe('the bytes of its sockets', () => {
  it('come as the event data, each chunk with bytes of its own, until somebody takes them', async () => {
    const { port, peers } = await listening();
    const [socket] = await opened({ port, host: '127.0.0.1' });
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    await eventually(() => peers.length === 1, 'it is accepted');
    peers[0]?.write('+OK\r\n');
    await once(socket, 'data');
    peers[0]?.write('+NO\r\n');
    await once(socket, 'data');
    expect(chunks.map(String)).toEqual(['+OK\r\n', '+NO\r\n']);
    const taken: string[] = [];
    expect(takeBytes(socket, (bytes) => taken.push(bytes.toString()))).toBe(true);
    peers[0]?.write('+YES\r\n');
    peers[0]?.end();
    await once(socket, 'end');
    expect([taken.join(''), chunks.length]).toEqual(['+YES\r\n', 2]);
    socket.destroy();
  });

  it('of two sockets do not mix', async () => {
    const { port, peers } = await listening();
    const both = await Promise.all([opened({ port, host: '127.0.0.1' }), opened({ port, host: '127.0.0.1' })]);
    const taken: [string, string] = ['', ''];
    await eventually(() => peers.length === 2, 'both are accepted');
    both.forEach(([socket], i) => takeBytes(socket.resume(), (bytes) => (taken[i as 0 | 1] += bytes.toString())));
    for (const [i, peer] of peers.entries()) for (let n = 0; n < 50; n++) peer.write(`${i}`.repeat(5_000));
    for (const peer of peers) peer.end();
    await Promise.all(both.map(([socket]) => once(socket, 'end')));
    expect(taken.map((text) => [text.length, new Set(text).size])).toEqual([
      [250_000, 1],
      [250_000, 1],
    ]);
    for (const [socket] of both) socket.destroy();
  });

  it('of any other socket are not to be had', () => {
    expect(takeBytes(new Socket(), () => undefined)).toBe(false);
  });
});

it('connects to a path', async () => {
  const path = join(tmpdir(), `connector-${process.pid}.sock`);
  await rm(path, { force: true });
  await listening(path);
  const [socket] = await opened({ path, port: 1 });
  expect(socket.readyState).toBe('open');
  socket.destroy();
});

it('is the port of Redis where nobody names one', async () => {
  const socket = await new Connector({ host: '127.0.0.1', port: null }).connect();
  const [error] = (await once(socket.resume(), 'connect').catch((cause: unknown) => [cause])) as [{ port?: number } | undefined];
  expect(error?.port ?? socket.remotePort).toBe(6379);
  socket.destroy();
});

it('tells why nobody could be reached, also when it is asked later', async () => {
  const { port } = await listening();
  servers[0]?.close();
  const connector = new Connector({ port, host: '127.0.0.1' });
  const socket = await connector.connect();
  await once(socket, 'error');
  expect(connector.firstError).toMatchObject({ code: 'ECONNREFUSED', port });
});

it('a target that is none fails the connecting', async () => {
  await expect(new Connector({ port: 99_999 }).connect()).rejects.toThrow(RangeError);
});

describe('disconnecting', () => {
  it('before it is connected: there is no socket at all', async () => {
    const { port, peers } = await listening();
    const connector = new Connector({ port, host: '127.0.0.1' });
    const connecting = connector.connect();
    connector.disconnect();
    await expect(connecting).rejects.toThrow('Connection is closed.');
    expect(peers).toHaveLength(0);
  });

  it('ends the socket; one whose peer does not answer is destroyed', async () => {
    const { port } = await listening();
    const [socket, connector] = await opened({ port, host: '127.0.0.1', disconnectTimeout: 20 });
    connector.disconnect();
    expect(socket.writableEnded).toBe(true);
    await once(socket, 'close');
    expect(socket.destroyed).toBe(true);
    const timers = process.getActiveResourcesInfo();
    connector.disconnect();
    expect(process.getActiveResourcesInfo()).toEqual(timers);
  });

  it('of one that was never opened does nothing', () => {
    new Connector({ port: 1 }).disconnect();
  });
});

it.each([
  ['a plain server', {}, true],
  ['sentinels', { sentinels: [{ host: 'h', port: 1 }] }, false],
  ['a connector of the caller', { Connector: class {} }, false],
])('is for %s: %j', (_, options, is) => {
  expect(opensItself(options)).toBe(is);
});
