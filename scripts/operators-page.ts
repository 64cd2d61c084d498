/** Writes docs/operators.md: every source, refiner and stage, in the words of its own doc comment. */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { operatorsPage } from './operators.js';

const root = fileURLToPath(new URL('..', import.meta.url));
await writeFile(`${root}docs/operators.md`, await operatorsPage((path) => readFile(root + path, 'utf8')));
console.log('docs/operators.md written');
