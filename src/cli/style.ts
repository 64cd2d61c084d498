/** How a piece of text stands out. */
export type Tone = 'plain' | 'dim' | 'bold' | 'good' | 'warn' | 'bad';
export type Style = (text: string, tone: Tone) => string;

const CODES: Readonly<Record<Exclude<Tone, 'plain'>, number>> = { dim: 2, bold: 1, good: 32, warn: 33, bad: 31 };

export const plain: Style = (text) => text;

const coloured: Style = (text, tone) => (tone === 'plain' || text === '' ? text : `\u001b[${CODES[tone]}m${text}\u001b[0m`);

/** Colours only in a terminal, and only if nobody objects (https://no-color.org). */
export function styleFor({ isTTY }: { isTTY: boolean }, env: Readonly<Record<string, string | undefined>>): Style {
  return isTTY && !env['NO_COLOR'] && env['TERM'] !== 'dumb' ? coloured : plain;
}
