import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import fc from 'fast-check';
import type { Notice } from 'rxjs-redis-streams';
import { startAfter, type LastEventId } from 'rxjs-redis-streams/sse';
import { describe, expect, test } from 'vitest';
import { placesIn, tokenOf } from '../../src/sse/token.js';
import { planStreams } from '../../src/check-options.js';

function begin(asked: LastEventId, streams: Parameters<typeof startAfter>[1]['streams'] = 'orders') {
  const told: Notice[] = [];
  return { start: startAfter(asked, { streams, notify: (notice) => told.push(notice) }), told };
}

describe('of one stream', () => {
  test.each<[string, LastEventId]>([
    ['an id', '1526919030474-55'],
    ['a header that came as a list', ['1526919030474-55']],
    ['a request with the header', { headers: { 'last-event-id': '1526919030474-55' } }],
    ['a request with the query', { headers: {}, url: '/orders?x=1&lastEventId=1526919030474-55' }],
    [
      'both: the header is newer',
      { headers: { 'last-event-id': '1526919030474-55' }, url: '/orders?lastEventId=1526919030474-1' },
    ],
    ['an empty header, and the query', { headers: { 'last-event-id': '' }, url: '/?lastEventId=1526919030474-55' }],
    ['a token of it', 'orders=1526919030474-55'],
  ])('%s is where it begins', (_, asked) => {
    const { start, told } = begin(asked);
    expect(start).toEqual({ orders: '1526919030474-55' });
    expect(told).toEqual([]);
  });

  test.each<[string, LastEventId]>([
    ['nothing', undefined],
    ['null', null],
    ['an empty text', ''],
    ['an empty list', []],
    ['a request without one', { headers: {}, url: '/orders' }],
    ['a request with an empty one', { headers: {}, url: '/orders?lastEventId=' }],
  ])('%s is a first visit', (_, asked) => {
    const { start, told } = begin(asked);
    expect(start).toEqual({ orders: '$' });
    expect(told).toEqual([]);
  });

  test.each<[string, LastEventId]>([
    ['the counter of Nest', '1'],
    ['the beginning', '0'],
    ['the end', '$'],
    ['a minus', '-'],
    ['more than 64 bits', '18446744073709551616-0'],
    ['no number', '1-x'],
    ['a negative one', '-1-0'],
    ['spaces', ' 1-0'],
    ['lines', '1-0\n2-0'],
    ['two of them', ['1-0', '2-0']],
    ['two in the query', { headers: {}, url: '/?lastEventId=1-0&lastEventId=2-0' }],
    ['a token of another stream', 'users=1-0'],
    ['a broken token', 'orders=1-0,'],
    ['a name that cannot be decoded', '%E0%A4%A=1-0'],
    ['twice the same stream', 'orders=1-0,orders=2-0'],
    ['an id too much', 'orders=1-0=2-0'],
    ['code', '"}); process.exit(); ({"'],
  ])('%s is none: it is told, and it begins at the end', (_, asked) => {
    const { start, told } = begin(asked);
    expect(start).toEqual({ orders: '$' });
    expect(told).toEqual([{ type: 'not-resumed', lastEventId: expect.any(String), streams: ['orders'] }]);
  });

  test('of a long one the beginning is told', () => {
    const { told } = begin('x'.repeat(10_000));
    expect(told).toEqual([{ type: 'not-resumed', lastEventId: 'x'.repeat(100), streams: ['orders'] }]);
  });

  test('a start of its own is for those who come without', () => {
    expect(begin('1', { orders: '0' }).start).toEqual({ orders: '0-0' });
    expect(begin('7-1', { orders: '0' }).start).toEqual({ orders: '7-1' });
  });

  test('a request of node:http is one', () => {
    const request = new IncomingMessage(new Socket());
    request.headers['last-event-id'] = '5-0';
    expect(begin(request).start).toEqual({ orders: '5-0' });
  });
});

describe('of several streams', () => {
  test('a token has a place for each; what it does not name begins where it would', () => {
    const { start, told } = begin('orders=5-0,a%3Db%2C%C3%BC=7-1', ['orders', 'a=b,ü', 'new']);
    expect(start).toEqual({ orders: '5-0', 'a=b,ü': '7-1', new: '$' });
    expect(told).toEqual([]);
  });

  test('no other stream is read, whatever a token says', () => {
    expect(begin('orders=5-0,secrets=0-0', ['orders', 'users']).start).toEqual({ orders: '5-0', users: '$' });
  });

  test('an id by itself does not say of which stream it is', () => {
    const { start, told } = begin('5-0', ['orders', 'users']);
    expect(start).toEqual({ orders: '$', users: '$' });
    expect(told).toHaveLength(1);
  });

  test('a token brings back what it was made of, in a header and in a query', () => {
    const name = fc.string({ minLength: 1, unit: 'grapheme' });
    const id = fc.tuple(fc.maxSafeNat(), fc.maxSafeNat()).map(([ms, seq]) => `${ms}-${seq}`);
    const entries = fc.uniqueArray(fc.tuple(name, id), { minLength: 1, selector: ([stream]) => stream });
    fc.assert(
      fc.property(entries, (places) => {
        const token = tokenOf(new Map(places));
        expect(token).toMatch(/^[\x21-\x7e]+$/);
        expect([...placesIn(token)!]).toEqual(places);
        const streams = places.map(([stream]) => stream);
        const url = `/?${new URLSearchParams({ lastEventId: token }).toString()}`;
        const { start } = begin({ headers: {}, url }, streams);
        expect(planStreams({ streams: start }).streams.map(({ stream, start: from }) => [stream, from])).toEqual(
          Object.entries(start),
        );
        expect(Object.entries(start).sort()).toEqual([...places].sort());
      }),
    );
  });
});

describe('wrong arguments', () => {
  test.each<[string, () => unknown, typeof TypeError | typeof RangeError, string]>([
    ['a number', () => startAfter(5 as never, { streams: 's' }), TypeError, 'lastEventId is 5, but must be a request'],
    ['an object', () => startAfter({} as never, { streams: 's' }), TypeError, 'lastEventId is an object'],
    ['no options', () => startAfter('1-0', undefined as never), TypeError, 'the options of startAfter, with at least streams'],
    ['no streams', () => startAfter('1-0', {} as never), TypeError, 'streams is undefined'],
    ['an empty list', () => startAfter('1-0', { streams: [] }), RangeError, 'streams is []'],
    ['a start that is none', () => startAfter('1-0', { streams: { s: 'x' } }), RangeError, 'streams["s"] is "x"'],
    ['notify', () => startAfter('1-0', { streams: 's', notify: 1 as never }), TypeError, 'notify is 1'],
  ])('%s', (_, call, type, message) => {
    expect(call).toThrow(type);
    expect(call).toThrow(message);
  });
});
