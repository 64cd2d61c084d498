#!/bin/sh
# What a release is held against beside `npm test`: exports, sizes, what nothing uses, the documentation site. Two things at a time.
npm run build || exit 1
{ npm run unused && npm run docs; } &
sources=$!
npm run api:check && npm run size:check
rest=$?
wait "$sources" && [ "$rest" -eq 0 ]
