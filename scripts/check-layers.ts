import { sourceFiles } from './source-files.js';
import { checkLayers } from './layers.js';

const files = await sourceFiles();
const { problems, warnings } = checkLayers(files);
for (const warning of warnings) console.warn(`warning  ${warning}`);
for (const problem of problems) console.error(`error    ${problem}`);
console.log(`layers: ${files.size} files, ${problems.length} problems, ${warnings.length} warnings`);
process.exitCode = problems.length > 0 || files.size === 0 ? 1 : 0;
