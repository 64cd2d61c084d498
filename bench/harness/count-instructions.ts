import { execFile, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * One thread, nothing that comes by chance, and no compiler: when V8 compiles what moves with the least change, and what an entry costs moves with it.
 * Bytecode that is interpreted costs the same from the first entry to the last.
 */
const PREDICTABLE = ['--jitless', '--predictable', '--single-threaded', '--hash-seed=1', '--random-seed=1'];
/** Counts instructions of user space and simulates no caches. */
const CACHEGRIND = ['--tool=cachegrind', '--cache-sim=no', '--cachegrind-out-file=/dev/null'];

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
