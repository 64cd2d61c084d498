import { Cluster, Redis } from 'ioredis';
import { Redis as Redis6 } from 'ioredis6';
import { describe, expect, it } from 'vitest';
import { checkClient } from '../../src/wire/client.js';
import { FakeClient } from './fake-client.js';

describe('checkClient', () => {
  it('gives back a client of either major, and connects nothing', () => {
    for (const client of [new Redis({ lazyConnect: true }), new Redis6({ lazyConnect: true }), new FakeClient()]) {
      const { status } = client;
      expect(checkClient(client)).toBe(client);
      expect(client.status).toBe(status);
    }
  });

  it.each([
    [undefined, 'got undefined'],
    [null, 'got null'],
    ['redis://localhost', "got 'redis://localhost'"],
    [{ host: 'localhost' }, "got { host: 'localhost' }"],
    [{ ...new FakeClient(), options: undefined }, 'got {'],
    [Redis, 'got [class Redis'],
    ['x'.repeat(5000), "got 'xxx"],
  ])('refuses what is no client, and quotes it: %s', (value, quote) => {
    expect(() => checkClient(value)).toThrow(TypeError);
    expect(() => checkClient(value)).toThrow(quote);
    expect(() => checkClient(value)).not.toThrow(/x{100}/);
  });

  it('refuses a cluster', () => {
    const cluster = new Cluster(['127.0.0.1:1'], { lazyConnect: true });
    expect(() => checkClient(cluster)).toThrow(/a Cluster is not supported yet/);
    cluster.disconnect();
  });

  it('refuses a client that only takes subscriptions', () => {
    expect(() => checkClient(Object.assign(new FakeClient(), { mode: 'subscriber' }))).toThrow(/subscriber mode/);
    expect(() => checkClient(Object.assign(new FakeClient(), { condition: { subscriber: {} } }))).toThrow(/subscriber mode/);
    expect(() => checkClient(new Redis({ lazyConnect: true, monitor: true }))).toThrow(/monitor mode/);
  });

  it('takes a subscribed client of ioredis 6 under RESP3, which says `normal`', () => {
    const client = Object.assign(new FakeClient(), { mode: 'normal', condition: { subscriber: {} } });
    expect(checkClient(client)).toBe(client);
  });
});
