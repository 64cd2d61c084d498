#!/bin/sh
# The same sources twice: ES modules and CommonJS, each with its own types.
set -eu
cd "$(dirname "$0")/.."
rm -rf dist
node_modules/.bin/tsc -p tsconfig.build.json
node_modules/.bin/tsc -p tsconfig.build-cjs.json
echo '{ "type": "commonjs" }' > dist/cjs/package.json
