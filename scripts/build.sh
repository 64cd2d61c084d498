#!/bin/sh
# The same sources twice: ES modules and CommonJS, each with its own types. What is documented stands in the types; the code ships without comments.
# They are checked once. The command line is one program, which nobody imports: ES modules alone, without types.
set -eu
cd "$(dirname "$0")/.."
rm -rf dist
tsc=node_modules/.bin/tsc
$tsc -p tsconfig.build.json --declaration false --removeComments
$tsc -p tsconfig.build.json --emitDeclarationOnly --noCheck &
types=$!
$tsc -p tsconfig.build-cjs.json --declaration false --removeComments --noCheck
wait "$types"
echo '{ "type": "commonjs" }' > dist/cjs/package.json
find dist/esm/cli -name '*.d.ts' -delete
(cd dist/esm && find . -name '*.d.ts') | tar -C dist/esm -cf - -T - | tar -C dist/cjs -xf -
chmod +x dist/esm/cli/main.js
