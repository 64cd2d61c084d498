import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** Those that run; none outlives the test process. */
const running = new Set<ChildProcess>();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

export interface Child {
  kill(signal?: NodeJS.Signals): Promise<void>;
}

/** Starts a program, and waits until it has printed `ready`. */
export async function startChild(
  command: string,
  { args, env = {}, ready }: { args: string[]; env?: Record<string, string | undefined>; ready: string },
): Promise<Child> {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  const gone = once(child, 'close').then(() => running.delete(child));
  let output = '';
  await new Promise<void>((resolve, reject) => {
    const failed = (why: string): void => reject(new Error(`${command} ${args.join(' ')} ${why}\n${output}`));
    const timer = setTimeout(() => failed(`did not print "${ready}" within 60 s`), 60_000);
    child.once('error', (error) => failed(error.message));
    child.once('close', (code, signal) => failed(`ended with ${code ?? signal}`));
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output = (output + text).slice(-4_000);
        if (!output.includes(ready)) return;
        clearTimeout(timer);
        resolve();
      });
    }
  });
  return {
    kill: async (signal = 'SIGKILL') => {
      child.kill(signal);
      await gone;
    },
  };
}
