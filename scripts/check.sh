#!/bin/sh
# What looks at the code without running its tests: two things at a time, for there are two cores.
npm run lint &
lint=$!
npm run types && npm run layers
rest=$?
wait "$lint" && [ "$rest" -eq 0 ]
