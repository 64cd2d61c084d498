#!/bin/sh
# Everything that looks at the code without running its tests: two things at a time, for there are two cores.
npm run lint &
lint=$!
npm run types && npm run layers && npm run package:check
rest=$?
wait "$lint" && [ "$rest" -eq 0 ]
