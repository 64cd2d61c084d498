import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** Every file of `src/`: its path from there, and its text. */
export async function sourceFiles(): Promise<Map<string, string>> {
  const src = fileURLToPath(new URL('../src/', import.meta.url));
  const paths = (await readdir(src, { recursive: true })).filter((path) => path.endsWith('.ts')).sort();
  return new Map(await Promise.all(paths.map(async (path) => [path, await readFile(src + path, 'utf8')] as const)));
}
