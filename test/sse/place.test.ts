import { NEVER } from 'rxjs';
import { expect, test } from 'vitest';
import { PlaceByEntries, PlaceInStreams } from '../../src/sse/place.js';
import { FakeSession } from '../support/fake-delivery.js';

const at = (stream: string, id: string) => Object.defineProperty(new FakeSession().delivery(id), 'stream', { value: stream });
const starts = (streams: Record<string, string | undefined>) => ({
  streams: Object.entries(streams).map(([stream, start]) => ({ stream, start })),
  lists: undefined,
});
const joined = (stream: string, from: string) => ({ type: 'joined', stream, from }) as const;

test('in one stream it is an id: known from a start that is one, and from where reading begins', () => {
  expect(new PlaceInStreams(starts({ a: '5-0' })).id).toBe('5-0');
  const place = new PlaceInStreams(starts({ a: '$' }));
  expect(place.id).toBeUndefined();
  expect(place.heard(joined('a', '7-0'))).toBe(true);
  expect(place.id).toBe('7-0');
  place.passed(at('a', '8-0'));
  expect(place.id).toBe('8-0');
});

test('in several it is a token, and reading has begun when it has in all', () => {
  const place = new PlaceInStreams(starts({ a: '$', b: undefined, c: '3-0' }));
  expect(place.heard(joined('c', '3-0'))).toBe(false);
  expect(place.heard(joined('a', '1-0'))).toBe(false);
  place.passed(at('a', '2-0')); // another reader may be ahead
  expect(place.id).toBe('c=3-0,a=2-0');
  expect(place.heard(joined('b', '0-0'))).toBe(true);
  expect(place.id).toBe('c=3-0,a=2-0,b=0-0');
});

test('a stream that was made anew is read from its beginning: so is whoever comes back', () => {
  const place = new PlaceInStreams(starts({ a: '9-0' }));
  expect(place.heard({ type: 'restarted', stream: 'a', read: '9-0', last: '1-0' })).toBe(false);
  expect(place.id).toBe('0-0');
});

test('of lists it is always a token; streams come and leave', () => {
  const place = new PlaceInStreams({ streams: [], lists: NEVER });
  expect(place.heard(joined('a', '1-0'))).toBe(true);
  expect(place.id).toBe('a=1-0');
  expect(place.heard(joined('b', '2-0'))).toBe(true);
  expect(place.heard({ type: 'left', stream: 'a' })).toBe(false);
  expect(place.id).toBe('b=2-0');
  expect(place.heard({ type: 'resumed' })).toBe(false);
});

test('by entries: one stream, or those of a group', () => {
  const one = new PlaceByEntries({ ofGroup: false });
  expect(one.id).toBeUndefined();
  one.passed(at('a', '1-0'));
  expect(one.id).toBe('1-0');
  expect(() => one.passed(at('b', '2-0'))).toThrow('entries of a and of b behind another operator');
  const group = new PlaceByEntries({ ofGroup: true });
  group.passed(at('a', '1-0'));
  group.passed(at('b', '2-0'));
  expect(group.id).toBe('2-0');
});
