#!/bin/sh
# The dashboard, as its reader gets it: installed and built on its own; then looked at by the rules of this repository, and tested in Chromium.
set -eu
cd "$(dirname "$0")/.."
sh scripts/setup-redis.sh
sh scripts/setup-chromium.sh

folder=examples/nest-angular-dashboard
began=$(date +%s)
(cd "$folder" && npm ci && npm run build)
echo "dashboard: installed and built in $(($(date +%s) - began)) s"
eslint --no-ignore "$folder/api" "$folder/page" "$folder/test"
(cd "$folder" && npm run test:built)
