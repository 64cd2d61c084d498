import { describe, expect, test } from 'vitest';
import type { Window } from '../../src/streams/events.js';
import { batch, LIMITED, REDELIVERING, replied, Script } from './script.js';

describe('an entry that comes again, and a window that is full of what a stage keeps behind it', () => {
  const full = (window: Partial<Window> = {}): Script =>
    new Script(REDELIVERING)
      .connected()
      .play(replied(batch('s', '6-0', '7-0')))
      .play({ type: 'nacked', stream: 's', id: '6-0', attempt: 1, delay: 100 })
      .play({ type: 'nacked', stream: 's', id: '7-0', attempt: 1, delay: 100 })
      .window({ held: 4, ...window })
      .at(100)
      .play({ type: 'timer', name: 'redeliver' });

  test('passes it by one', () => {
    const script = full();
    expect(script.find('take-over')?.takeover).toEqual({
      stream: 's',
      origin: 'redelivered',
      entries: [{ id: '6-0', count: 2 }],
    });
    script.play({ type: 'took-over', found: [{ id: '6-0', pairs: ['n', '6'], attempt: 2 }] }).window({ held: 5 });
    expect([script.tag, script.find('take-over')]).toEqual(['resting', undefined]);
    expect(script.window({ held: 4 }).find('take-over')?.takeover.entries).toEqual([{ id: '7-0', count: 2 }]);
  });

  test('not before acks come home', () => {
    const script = full({ unconfirmed: 5 });
    expect([script.tag, script.find('take-over')]).toEqual(['resting', undefined]);
    expect(script.window({ held: 4, unconfirmed: 4 }).find('take-over')).toBeDefined();
  });
});

test('a last delivery is not made before what waits to come again is over, however long that takes', () => {
  const script = new Script(LIMITED).connected();
  script.play({
    type: 'looked-back',
    pages: [
      {
        stream: 's',
        rows: [
          { id: '1-0', count: 0 },
          { id: '2-0', count: 2 },
        ],
      },
    ],
  });
  expect(script.find('take-over')?.takeover.entries).toEqual([{ id: '1-0', count: 1 }]);
  script.play({ type: 'took-over', found: [{ id: '1-0', pairs: ['n', '1'], attempt: 1 }] }).window({ held: 1, taken: 1 });
  script.play({ type: 'nacked', stream: 's', id: '1-0', attempt: 1, delay: 100 }).window({ settled: 1 });
  expect([script.tag, script.find('take-over')]).toEqual(['resting', undefined]);
  expect(script.play({ type: 'timer', name: 'alone' }).did).toEqual(['timer alone']);
  script.at(100).play({ type: 'timer', name: 'redeliver' });
  expect(script.find('take-over')?.takeover.entries).toEqual([{ id: '1-0', count: 2 }]);
  script.play({ type: 'took-over', found: [{ id: '1-0', pairs: ['n', '1'], attempt: 2 }] }).window({ held: 1, settled: 1 });
  expect(script.window({ settled: 2 }).find('take-over')?.takeover.entries).toEqual([{ id: '2-0', count: 3 }]);
});
