import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Runs one side (plain JavaScript on the built package) in a process of its own and reads the JSON of its last line. */
export function runSide<T>(file: string, args: readonly (string | number)[]): Promise<T> {
  const path = fileURLToPath(new URL(`../sides/${file}`, import.meta.url));
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [path, ...args.map(String)], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => {
      const last = output.trim().split('\n').at(-1) ?? '';
      if (code === 0 && last !== '') resolve(JSON.parse(last) as T);
      else reject(new Error(`${file} ${args.join(' ')} ended with ${String(code)}: ${output}`));
    });
  });
}
