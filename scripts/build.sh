#!/bin/sh
# The same sources twice: ES modules and CommonJS, each with its own types. What is documented stands in the types; the code ships without comments.
# The command line is one program, which nobody imports: ES modules alone, without types.
set -eu
cd "$(dirname "$0")/.."
rm -rf dist
for config in tsconfig.build.json tsconfig.build-cjs.json; do
  node_modules/.bin/tsc -p "$config" --declaration false --removeComments
  node_modules/.bin/tsc -p "$config" --emitDeclarationOnly
done
echo '{ "type": "commonjs" }' > dist/cjs/package.json
find dist/esm/cli -name '*.d.ts' -delete
chmod +x dist/esm/cli/main.js
