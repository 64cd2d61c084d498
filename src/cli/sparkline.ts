const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;

/** Numbers from 0 up as a line of bars: the highest is the tallest, and 0 alone is the lowest. */
export function sparkline(values: readonly number[]): string {
  const most = Math.max(1, ...values);
  return values
    .map((value) => (value <= 0 ? BARS[0] : (BARS[Math.max(1, Math.ceil((value / most) * (BARS.length - 1)))] ?? '')))
    .join('');
}
