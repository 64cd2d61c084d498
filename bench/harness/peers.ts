import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('..', import.meta.url));

interface Lock {
  packages: Record<string, { version?: string; optional?: boolean }>;
}

/** Installs what `bench/package-lock.json` says, unless exactly that is there. */
export function installPeers(): void {
  if (isInstalled()) return;
  console.error('npm ci --prefix bench');
  const { status } = spawnSync('npm', ['ci', '--prefix', folder], { stdio: ['ignore', 2, 2] });
  if (status !== 0)
    throw new Error(`npm ci --prefix bench ended with ${String(status)}: what the benchmarks compare with is not there.`);
}

function isInstalled(): boolean {
  const there = `${folder}/node_modules/.package-lock.json`;
  if (!existsSync(there)) return false;
  const { packages } = read(there);
  // Optional ones are those of other platforms, too.
  return Object.entries(read(`${folder}/package-lock.json`).packages).every(
    ([path, { version, optional }]) =>
      path === '' || (optional === true && !(path in packages)) || packages[path]?.version === version,
  );
}

const read = (path: string): Lock => JSON.parse(readFileSync(path, 'utf8')) as Lock;
