/** TypeScript for jest, file by file, as CommonJS. */
const ts = require('typescript');

const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022, esModuleInterop: true };

exports.process = (source, fileName) => ({ code: ts.transpileModule(source, { compilerOptions, fileName }).outputText });
