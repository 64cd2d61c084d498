import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** A door of the package: a subpath of `exports` that has types. */
export interface EntryPoint {
  /** As it is imported. */
  readonly name: string;
  /** A name for files: `main`, or that of the subpath. */
  readonly short: string;
  readonly types: string;
  readonly module: string;
}

const root = fileURLToPath(new URL('..', import.meta.url));

export async function entryPoints(): Promise<EntryPoint[]> {
  const text = await readFile(`${root}package.json`, 'utf8');
  const { name, exports } = JSON.parse(text) as { name: string; exports: Record<string, Conditions | string> };
  return Object.entries(exports).flatMap(([path, conditions]) => {
    if (typeof conditions === 'string') return [];
    const { types, default: module } = conditions.import;
    return [
      { name: name + path.slice(1), short: path === '.' ? 'main' : path.slice(2), types: root + types, module: root + module },
    ];
  });
}

interface Conditions {
  readonly import: { readonly types: string; readonly default: string };
}
