import { expect, test } from 'vitest';
import { markdown } from '../../bench/harness/markdown.js';

test('numbers to the right with their thousands apart, words to the left', () => {
  expect(
    markdown([
      { side: 'loop', 'entries/s': 379000, ratio: '1.00' },
      { side: 'ours', 'entries/s': 800, ratio: '' },
    ]),
  ).toBe(['| side | entries/s | ratio |', '| --- | ---: | ---: |', '| loop | 379,000 | 1.00 |', '| ours | 800 |  |'].join('\n'));
});

test('no rows, no table', () => {
  expect(markdown([])).toBe('');
});
