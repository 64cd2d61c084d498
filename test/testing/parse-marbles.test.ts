import fc from 'fast-check';
import { TestScheduler } from 'rxjs/testing';
import { ackAfter } from 'rxjs-redis-streams';
import { afterEach, expect, test, vi } from 'vitest';
import { parseMarbles } from '../../src/testing/marbles/parse-marbles.js';
import { marbles } from '../support/marbles.js';

afterEach(() => vi.restoreAllMocks());

const inRun = <T>(run: () => T): T => new TestScheduler(() => undefined).run(run);

const sign = fc.constantFrom('-', 'a', 'b', '(ab)', '( a  b )', ' ', ' 9m ', ' 1.5s ', ' 20ms ', '7', ' 3', '#', '|');

test('long diagrams read as RxJS reads them', () => {
  fc.assert(
    fc.property(fc.constantFrom('', '--^-'), fc.array(sign, { minLength: 150, maxLength: 600 }), (begin, signs) => {
      const long = begin + signs.join('');
      inRun(() => {
        const whole = TestScheduler.parseMarbles(long, { a: 1, b: 2 }, 'no', true, true);
        expect(parseMarbles(long, { a: 1, b: 2 }, 'no')).toEqual(whole);
      });
    }),
  );
});

test('a diagram that is none is refused in RxJS’s words, however long', () => {
  expect(() => inRun(() => parseMarbles('a 1m '.repeat(100) + '!'))).toThrow('unsubscription marker');
});

test('RxJS gets no diagram that costs the square of its length', () => {
  const parse = vi.spyOn(TestScheduler, 'parseMarbles');
  const minutes = '-' + 'a 1m '.repeat(1_000);
  marbles.run(({ group, deliveries, expectObservable, expectSettled }) => {
    const source = group({ live: minutes });
    expectObservable(source.pipe(ackAfter(({ value }) => value))).toBe(minutes);
    expectSettled(source).toBe(minutes);
    expectObservable(deliveries(minutes).pipe(ackAfter(({ value }) => value))).toBe(minutes);
  });
  expect(Math.max(...parse.mock.calls.map(([diagram]) => diagram.length))).toBeLessThan(300);
});

test('an expectation that is long fails with all that differs', () => {
  const minutes = 'a 1m '.repeat(100);
  const wrong = `${minutes.slice(0, -5)}b 1m `;
  expect(() => marbles.run(({ cold, expectObservable }) => expectObservable(cold(minutes)).toBe(wrong))).toThrow(
    /deeply equal|toEqual/,
  );
});
