/** A TypeScript file as a process of its own: to be killed, or to have its own memory measured. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { guard } from './guard.js';

export interface Child {
  readonly pid: number;
  /** What it printed so far, line by line. */
  readonly lines: readonly string[];
  /** The first line, past or to come, that matches; rejects when the child ends without it. */
  line(match: RegExp | ((line: string) => boolean)): Promise<string>;
  kill(signal?: NodeJS.Signals): void;
  readonly ended: Promise<Ended>;
}

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  lines: readonly string[];
  stderr: string;
  /** Every line that is JSON, parsed: what the child gave to `report()`. */
  reports: Record<string, unknown>[];
}

export interface ChildOptions {
  args?: string[];
  env?: Record<string, string>;
  /** For node itself: `['--expose-gc']`. */
  nodeArgs?: string[];
  /** The child is killed after this many ms; 120 s by default. */
  timeout?: number;
}

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Runs `file` (a path from the project's root, or an absolute one). */
export function runChild(file: string, options: ChildOptions = {}): Child {
  const args = [...(options.nodeArgs ?? []), '--import', 'tsx', file, ...(options.args ?? [])];
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env, NODE_OPTIONS: '', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  let stderr = '';
  let over = false;
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr = (stderr + text).slice(-20_000)));
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    for (const look of waiting) look();
  });
  const kill = (signal: NodeJS.Signals = 'SIGKILL'): void => void child.kill(signal);
  const onExit = (): void => kill();
  process.once('exit', onExit);
  const timer = setTimeout(kill, options.timeout ?? 120_000);
  const unguard = child.pid === undefined ? () => undefined : guard(child.pid);

  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      unguard();
      process.off('exit', onExit);
      over = true;
      for (const look of waiting) look();
      resolve({ code, signal, lines, stderr, reports: lines.flatMap(parsed) });
    });
  });

  return {
    pid: child.pid ?? -1,
    lines,
    line(match) {
      const matches = typeof match === 'function' ? match : (line: string) => match.test(line);
      return new Promise((resolve, reject) => {
        let seen = 0;
        const look = (): void => {
          while (seen < lines.length) {
            const line = lines[seen++]!;
            if (!matches(line)) continue;
            waiting.delete(look);
            return resolve(line);
          }
          if (over) reject(new Error(`${file} ended without that line; its stderr: ${stderr}`));
        };
        waiting.add(look);
        look();
      });
    },
    kill,
    ended,
  };
}

/** In the child: prints one line of JSON, with the process's peak memory in MB as `peakRss`. */
export function report(value: Record<string, unknown>): void {
  console.log(JSON.stringify({ ...value, peakRss: peakRss() }));
}

/** In MB. Linux carries `maxRSS` over from the parent across fork and exec, so a large test runner would show in it: VmHWM does not. */
function peakRss(): number {
  try {
    const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    if (kilobytes !== undefined) return Number(kilobytes) / 1024;
  } catch {
    // no /proc here: not Linux, where maxRSS is the process's own
  }
  return process.resourceUsage().maxRSS / 1024;
}

function parsed(line: string): Record<string, unknown>[] {
  if (!line.startsWith('{')) return [];
  try {
    return [JSON.parse(line) as Record<string, unknown>];
  } catch {
    return []; // a line that only looks like JSON is text
  }
}
