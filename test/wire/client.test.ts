import { Cluster, Redis } from 'ioredis';
import { Cluster as Cluster6, Redis as Redis6 } from 'ioredis6';
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
    ['', 'got an empty string'],
    ['redis://user:secret@localhost', 'got a string'],
    [{ host: 'localhost', password: 'secret' }, 'got an object (Object)'],
    [{ ...new FakeClient(), options: undefined }, 'got an object (Object)'],
    [Redis, 'got a function'],
    [6379, 'got a number'],
  ])('refuses what is no client, and says what kind of thing it is without quoting it: %s', (value, kind) => {
    expect(() => checkClient(value)).toThrow(TypeError);
    expect(() => checkClient(value)).toThrow(kind);
    expect(() => checkClient(value)).not.toThrow(/secret|localhost|6379/);
  });

  it.each([Cluster, Cluster6])('takes a cluster of either major, unless it reads from replicas', (Either) => {
    const cluster = (options: object) => new Either(['127.0.0.1:1'], { ...options, lazyConnect: true });
    expect(checkClient(cluster({})).isCluster).toBe(true);
    const refused = () => checkClient(cluster({ scaleReads: 'slave' }));
    expect(refused).toThrow(TypeError);
    expect(refused).toThrow(/got one with scaleReads: "slave"; give redis.duplicate\(\[\], \{ scaleReads: 'master' \}\)/);
    expect(() => checkClient(cluster({ scaleReads: () => [] }))).toThrow(/scaleReads: a function/);
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
