import { quote } from '../checks.js';
import type { Given } from './arguments.js';
import { WrongUsage } from './stopped.js';

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
/** What timers and ids can hold without doubt. */
const MOST = 3_650 * UNITS.d;

/** `500ms`, `30s`, `1.5h`: in ms; undefined for what is none. */
export function duration(text: string): number | undefined {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text) ?? [];
  const ms = Math.round(Number(number) * (UNITS[unit as keyof typeof UNITS] ?? NaN));
  return ms >= 0 && ms <= MOST ? ms : undefined;
}

export function durationOf(given: Given, option: string, { least = 0 }: { least?: number } = {}): number | undefined {
  const text = given.text(option);
  if (text === undefined) return undefined;
  const ms = duration(text);
  if (ms !== undefined && ms >= least && ms < 2 ** 31) return ms;
  const from = least > 0 ? ` from ${shortly(least)}` : '';
  throw new WrongUsage(`--${option} is ${quote(text)}, but must be a duration${from}, such as 500ms, 30s, 10m, 2h or 1d.`);
}

/** For people: the two largest parts, `1h 5m`; below a minute seconds with one digit. */
export function shortly(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)}ms`;
  if (ms < UNITS.m) return `${Math.floor(ms / 100) / 10}s`;
  const [large, small] = ms < UNITS.h ? (['m', 's'] as const) : ms < UNITS.d ? (['h', 'm'] as const) : (['d', 'h'] as const);
  const rest = Math.floor((ms % UNITS[large]) / UNITS[small]);
  return `${Math.floor(ms / UNITS[large])}${large}${rest === 0 ? '' : ` ${rest}${small}`}`;
}
