import { spawn } from 'node:child_process';

/**
 * Kills a process of a test, a stopped one too, and removes its folder, when this process dies in a way that runs no handler: the
 * guard's standard input closes with us. Call what it returns once the process has ended by itself.
 */
export function guard(pid: number, folder = ''): () => void {
  const watching = spawn('sh', ['-c', 'read -r _; kill -9 "$1"; [ -z "$2" ] || rm -rf "$2"', 'guard', `${pid}`, folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watching.unref();
  (watching.stdin as unknown as { unref(): void }).unref();
  return () => void watching.kill('SIGKILL');
}
