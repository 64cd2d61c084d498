import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('..', import.meta.url));
/** The lock file that was installed by. */
const installed = `${folder}/node_modules/.installed.json`;

/** Installs what `bench/package-lock.json` says, unless that was done. */
export function installPeers(): void {
  const lock = readFileSync(`${folder}/package-lock.json`, 'utf8');
  if (existsSync(installed) && readFileSync(installed, 'utf8') === lock) return;
  console.error('npm ci --prefix bench');
  const { status } = spawnSync('npm', ['ci', '--prefix', folder], { stdio: ['ignore', 2, 2] });
  if (status !== 0)
    throw new Error(`npm ci --prefix bench ended with ${String(status)}: what the benchmarks compare with is not there.`);
  writeFileSync(installed, lock);
}
