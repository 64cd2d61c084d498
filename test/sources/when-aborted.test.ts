import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { whenAborted } from '../../src/sources/when-aborted.js';

const listeners = (signal: AbortSignal) => getEventListeners(signal, 'abort').length;

test('one listener on the signal for all who wait, and none when nobody does', () => {
  const { signal } = new AbortController();
  const stops = Array.from({ length: 15 }, () => whenAborted(signal, () => undefined));
  expect(listeners(signal)).toBe(1);
  stops[0]?.(); // the one that came first and brought the listener
  stops[0]?.();
  expect(listeners(signal)).toBe(1);
  for (const stop of stops) stop();
  expect(listeners(signal)).toBe(0);
  whenAborted(signal, () => undefined);
  expect(listeners(signal)).toBe(1);
});

test('all are called, in the order they came, and once; then nobody listens', () => {
  const stop = new AbortController();
  const called: string[] = [];
  const stops = ['a', 'b', 'c'].map((name) => whenAborted(stop.signal, () => called.push(name)));
  stops[1]?.();
  stop.abort();
  stop.abort();
  expect(called).toEqual(['a', 'c']);
  expect(listeners(stop.signal)).toBe(0);
  for (const each of stops) each();
});

test('who is told to stop waiting by an earlier one is not called', () => {
  const stop = new AbortController();
  const called: string[] = [];
  whenAborted(stop.signal, () => {
    called.push('first');
    second();
  });
  const second = whenAborted(stop.signal, () => called.push('second'));
  stop.abort();
  expect(called).toEqual(['first']);
});

test('signals do not know of each other', () => {
  const [one, two] = [new AbortController(), new AbortController()];
  const called: string[] = [];
  whenAborted(one.signal, () => called.push('one'));
  whenAborted(two.signal, () => called.push('two'));
  two.abort();
  expect(called).toEqual(['two']);
});

test('what one of them throws is reported, and the others are called all the same', async () => {
  const stop = new AbortController();
  const called: string[] = [];
  whenAborted(stop.signal, () => {
    throw new Error('a finalize of the caller');
  });
  whenAborted(stop.signal, () => called.push('second'));
  const reported = new Promise<unknown>((resolve) => process.setUncaughtExceptionCaptureCallback(resolve));
  try {
    stop.abort();
    expect(called).toEqual(['second']);
    expect(await reported).toMatchObject({ message: 'a finalize of the caller' });
  } finally {
    process.setUncaughtExceptionCaptureCallback(null);
  }
});
