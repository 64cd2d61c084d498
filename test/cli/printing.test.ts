import { firstValueFrom, type Observable } from 'rxjs';
import { expect, test } from 'vitest';
import { createScreen, type Sink } from '../../src/cli/screen.js';
import { sparkline } from '../../src/cli/sparkline.js';
import { plain, styleFor } from '../../src/cli/style.js';
import { table } from '../../src/cli/table.js';
import { cut, textWidth } from '../../src/cli/text-width.js';
import { value, visible } from '../../src/cli/visible.js';
import { keeper } from '../support/command-line.js';

test.each([
  [[], ''],
  [[0, 0], '▁▁'],
  [[5, 5], '██'],
  [[0, 1, 2, 3, 4, 5, 6, 7], '▁▂▃▄▅▆▇█'],
  [[1, 1_000_000], '▂█'],
  [[-1, 1], '▁█'],
])('the sparkline of %j', (values, bars) => {
  expect(sparkline(values)).toBe(bars);
});

test.each([
  ['plain', 'plain'],
  ['a\u001b[31mb', 'a\\u{1b}[31mb'],
  ['a\nb\tc\r', 'a\\nb\\tc\\r'],
  ['\u009b2J\u007f', '\\u{9b}2J\\u{7f}'],
  ['a\u202eb', 'a\\u{202e}b'],
  ['grün 日本 👍', 'grün 日本 👍'],
])('a terminal is shown %j as %s', (text, shown) => {
  expect(visible(text)).toBe(shown);
});

test.each([
  ['', '""'],
  ['a', 'a'],
  ['a b', '"a b"'],
  ['say "x"', '"say \\"x\\""'],
])('the value %j is printed as %s', (text, shown) => {
  expect(value(text)).toBe(shown);
});

test('the width of letters in cells, and cutting to it', () => {
  expect(['abc', '日本', 'e\u0301', '👍'].map(textWidth)).toEqual([3, 4, 1, 2]);
  expect(cut('abcdef', 4)).toBe('abc…');
  expect(cut('日本語', 4)).toBe('日…');
  expect(cut('abc', 3)).toBe('abc');
  expect(cut('abc', 0)).toBe('');
});

const COLUMNS = [{ name: 'STREAM' }, { name: 'LAG', number: true as const }];

test('a table aligns texts at the left and numbers at the right', () => {
  const rows = [
    ['orders', '7'],
    ['日本', { text: '12345', tone: 'bad' as const }],
  ];
  expect(table(COLUMNS, rows, { style: plain, width: Infinity })).toEqual(['STREAM    LAG', 'orders      7', '日本    12345']);
});

test.each([80, 40, 30, 22, 15, 5])(
  'no line is wider than the terminal of %d columns, and numbers are the last to go',
  (width) => {
    const rows = [
      ['a-stream-with-a-long-name', '7'],
      ['b', '12345'],
    ];
    const lines = table(COLUMNS, rows, { style: plain, width });
    expect(Math.max(...lines.map(textWidth))).toBeLessThanOrEqual(width);
    if (width >= 15) expect(lines[2]).toMatch(/12345$/);
  },
);

test.each<[tty: boolean, env: Record<string, string>, coloured: boolean]>([
  [true, {}, true],
  [true, { NO_COLOR: '' }, true],
  [true, { NO_COLOR: '1' }, false],
  [true, { TERM: 'dumb' }, false],
  [false, {}, false],
])('terminal: %s, %j: colours %s', (isTTY, env, coloured) => {
  expect(styleFor({ isTTY }, env)('x', 'bad')).toBe(coloured ? '\u001b[31mx\u001b[0m' : 'x');
});

const draw = async (printed: Observable<never>): Promise<void> => {
  await firstValueFrom(printed, { defaultValue: undefined });
};

test('in a terminal a frame is drawn over the one before, below what was told between them', async () => {
  const out = keeper({ columns: 80 });
  const screen = createScreen({ out, err: keeper(), env: {}, json: false });
  await draw(screen.frame(['a', 'b']));
  await draw(screen.frame(['c']));
  screen.note('told');
  await draw(screen.frame(['d']));
  expect(out.text()).toBe('a\nb\n\u001b[2A\u001b[Jc\nd\n');
});

test('a frame is never taller than the terminal', async () => {
  const out = keeper({ columns: 80, rows: 5 });
  const screen = createScreen({ out, err: keeper(), env: {}, json: false });
  await draw(screen.frame(['1', '2', '3', '4', '5', '6', '7']));
  expect(out.text()).toBe('1\n2\n3\n… and 4 more: name a stream or a --group, or see all with --json\n');
});

test('elsewhere frames follow each other, without a word to a terminal', async () => {
  const out = keeper();
  const screen = createScreen({ out, err: keeper(), env: {}, json: false });
  await draw(screen.frame(['a']));
  await draw(screen.frame(['b']));
  expect(out.text()).toBe('a\nb\n');
});

test('a print completes once there is room for more', () => {
  let drained: (() => void) | undefined;
  const full: Sink = {
    write: () => false,
    once: (_, listener) => (drained = listener),
    off: (_, listener) => (drained = drained === listener ? undefined : drained),
  };
  const screen = createScreen({ out: full, err: full, env: {}, json: false });
  let done = false;
  const printing = screen.lines(['a']).subscribe({ complete: () => (done = true) });
  expect(done).toBe(false);
  drained?.();
  expect(done).toBe(true);
  printing.unsubscribe();
  screen.lines(['b']).subscribe().unsubscribe();
  expect(drained).toBeUndefined();
});
