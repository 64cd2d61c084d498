import { Observable } from 'rxjs';
import { plain, styleFor, type Style } from './style.js';
import { cut } from './text-width.js';

/** As much of a stream of Node as is needed. */
export interface Sink {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): boolean;
  once(event: 'drain', listener: () => void): unknown;
  off(event: 'drain', listener: () => void): unknown;
}

/** Where a command prints. Each print is cold, and completes once there is room for more: so whoever reads slowly holds us back. */
export interface Screen {
  readonly style: Style;
  /** It is a terminal: frames are drawn over each other. */
  readonly moving: boolean;
  readonly width: number;
  lines(lines: readonly string[]): Observable<never>;
  /** In a terminal over the frame before; otherwise below it. */
  frame(lines: readonly string[]): Observable<never>;
  /** At once, and to stderr: what is no result. */
  note(text: string): void;
}

type Env = Readonly<Record<string, string | undefined>>;

export function createScreen({ out, err, env, json }: { out: Sink; err: Sink; env: Env; json: boolean }): Screen {
  const moving = out.isTTY === true && env['TERM'] !== 'dumb' && !json;
  let drawn = 0;
  const screen: Screen = {
    style: json ? plain : styleFor({ isTTY: out.isTTY === true }, env),
    moving,
    get width() {
      return out.isTTY === true && out.columns !== undefined && out.columns > 0 ? out.columns : Infinity;
    },
    lines: (lines) => print(out, lines.map((line) => `${line}\n`).join('')),
    frame: (all) => {
      const lines = moving ? fitting(all, out.rows) : all;
      const up = moving && drawn > 0 ? `\u001b[${drawn}A\u001b[J` : '';
      drawn = lines.length;
      return print(out, up + lines.map((line) => `${line}\n`).join(''));
    },
    note: (text) => {
      const line = styleFor({ isTTY: err.isTTY === true }, env)(cut(text, 10_000), 'dim');
      drawn = moving ? 0 : drawn; // the frame stays above what is told
      err.write(`${line}\n`);
    },
  };
  return screen;
}

/** What is above the upper edge cannot be drawn over. */
function fitting(lines: readonly string[], rows = Infinity): readonly string[] {
  if (lines.length < rows || rows < 3) return lines;
  return [
    ...lines.slice(0, rows - 2),
    `… and ${lines.length - rows + 2} more: name a stream or a --group, or see all with --json`,
  ];
}

function print(sink: Sink, text: string): Observable<never> {
  return new Observable((subscriber) => {
    if (text === '' || sink.write(text)) return subscriber.complete();
    const drained = (): void => subscriber.complete();
    sink.once('drain', drained);
    return () => sink.off('drain', drained);
  });
}
