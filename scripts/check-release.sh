#!/bin/sh
# What a release is held against beside `npm test`: the packed package, which is built for it; then exports, sizes, what nothing uses, the
# documentation site. Two things at a time.
npm run package:check || exit 1
{ npm run unused && npm run docs; } &
sources=$!
npm run api:check && npm run size:check
rest=$?
wait "$sources" && [ "$rest" -eq 0 ]
