#!/bin/sh
# Everything that looks at the code without running its tests: two things at a time, for there are two cores.
{ npm run lint && npm run unused && npm run docs; } &
sources=$!
npm run types && npm run layers && npm run package:check && npm run api:check && npm run size:check
rest=$?
wait "$sources" && [ "$rest" -eq 0 ]
