/**
 * Brings the library, as it stands in this repository, into node_modules: builds it where that was not done since its sources were
 * changed, and copies what was built. (`npm ci` packs it, but does not build it: it would be what lay in dist/ then, or nothing.)
 */
import { execSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const installed = fileURLToPath(new URL('../node_modules/rxjs-redis-streams/', import.meta.url));
if (!existsSync(installed)) throw new Error('rxjs-redis-streams is not installed here: run "npm ci" first.');

// `npm run` hands on what .npmrc says here, and there links are wanted
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_config_/i.test(name)));
const run = (command) => execSync(command, { cwd: root, env, stdio: 'inherit' });
if (!existsSync(`${root}node_modules/typescript`)) run('npm ci');
if (builtAt() < changedAt()) run('npm run build');

rmSync(`${installed}dist`, { recursive: true, force: true });
cpSync(`${root}dist`, `${installed}dist`, { recursive: true });

function builtAt() {
  const last = `${root}dist/cjs/package.json`; // of what the build writes
  return existsSync(last) ? statSync(last).mtimeMs : 0;
}

function changedAt() {
  return Math.max(...readdirSync(`${root}src`, { recursive: true }).map((file) => statSync(`${root}src/${file}`).mtimeMs));
}
