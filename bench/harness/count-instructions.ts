import { execFile, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** One thread, and nothing that comes by chance: V8 compiles and collects at the same places each time. */
const PREDICTABLE = ['--predictable', '--single-threaded', '--hash-seed=1', '--random-seed=1'];
/** Counts instructions of user space and simulates no caches. `smc`: code that is written while it runs, as a compiler does. */
const CACHEGRIND = ['--tool=cachegrind', '--cache-sim=no', '--cachegrind-out-file=/dev/null', '--smc-check=all-non-file'];

/** Whether instructions can be counted here. */
export function canCount(): boolean {
  return spawnSync('valgrind', ['--version']).status === 0;
}

/** Instructions that a side in `bench/sides` takes, its start included. */
export async function countInstructions(file: string, args: readonly (string | number)[]): Promise<number> {
  const path = fileURLToPath(new URL(`../sides/${file}`, import.meta.url));
  const { stderr } = await run('valgrind', [...CACHEGRIND, process.execPath, ...PREDICTABLE, path, ...args.map(String)]);
  const counted = /I\s+refs:\s+([\d,]+)/.exec(stderr)?.[1];
  if (counted === undefined) throw new Error(`valgrind has counted nothing: ${stderr}`);
  return Number(counted.replaceAll(',', ''));
}
