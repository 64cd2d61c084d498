import { expect, test } from 'vitest';
import { whenEnded } from '../../src/wire/when-ended.js';
import { FakeClient } from './fake-client.js';

test('one listener on the client for all who wait, and none when nobody does', () => {
  const client = new FakeClient();
  const ended: string[] = [];
  const stops = ['a', 'b', 'c'].map((name) => whenEnded(client, () => ended.push(name)));
  expect(client.listenerCount('end')).toBe(1);
  stops[0]?.(); // the one that came first and brought the listener
  stops[0]?.();
  client.emit('end');
  expect(ended).toEqual(['b', 'c']);
  stops[2]?.();
  expect(client.listenerCount('end')).toBe(1);
  stops[1]?.();
  expect(client.listenerCount('end')).toBe(0);
  whenEnded(client, () => ended.push('again'));
  client.emit('end');
  expect(ended).toEqual(['b', 'c', 'again']);
});

test('who stops while it is called is not called, and nobody is left out', () => {
  const client = new FakeClient();
  const ended: string[] = [];
  const stop = whenEnded(client, () => {
    ended.push('first');
    stop();
  });
  whenEnded(client, () => ended.push('second'));
  client.emit('end');
  client.emit('end');
  expect(ended).toEqual(['first', 'second', 'second']);
});
