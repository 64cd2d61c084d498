import { mkdtempSync, existsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runChild } from './child.js';
import { eventually } from './eventually.js';

const alive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false; // ESRCH
  }
};

test('kills a stopped process, and removes its folder, when whoever guards is killed with -9', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'guard-'));
  const owner = join(folder, 'owner.mts');
  writeFileSync(
    owner,
    `import { spawn } from 'node:child_process';
import { guard } from ${JSON.stringify(join(import.meta.dirname, 'guard.ts'))};
const child = spawn('sleep', ['600'], { stdio: 'ignore' });
guard(child.pid, ${JSON.stringify(folder)});
process.kill(child.pid, 'SIGSTOP');
console.log(child.pid);
setInterval(() => 0, 1000);`,
  );
  const owning = runChild(owner);
  const pid = Number(await owning.line(/^\d+$/));
  expect(alive(pid)).toBe(true);
  owning.kill('SIGKILL');
  await eventually(() => !alive(pid) && !existsSync(folder), 'both are gone');
});
