/** What is no letter to see: control characters (a terminal would obey them), line breaks, and what turns the direction of writing round. */
// eslint has no-control-regex: they are written as properties
const UNSEEN = /[\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Text of a stream as it may be printed in a terminal. */
export function visible(text: string): string {
  return text.replace(UNSEEN, (each) => SHORT[each] ?? `\\u{${(each.codePointAt(0) ?? 0).toString(16)}}`);
}

/** Values with spaces or quotes in them are put in quotes, so that one sees where they end. */
export function value(text: string): string {
  const seen = visible(text);
  return seen === '' || /[\s"]/.test(seen) ? `"${seen.replaceAll('"', '\\"')}"` : seen;
}
