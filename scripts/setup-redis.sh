#!/bin/sh
# Finds the redis-server that the tests start themselves, or installs Debian's. Leaves no service running.
set -eu

need='Integration tests need a real redis-server: install one (Debian: apt-get install redis-server) or set REDIS_SERVER to its path.'

if [ -n "${REDIS_SERVER:-}" ]; then
  command -v "$REDIS_SERVER" > /dev/null || { echo "REDIS_SERVER is $REDIS_SERVER, which cannot be run. $need" >&2; exit 1; }
elif command -v redis-server > /dev/null; then
  :
elif [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
  echo "No redis-server found: installing Debian's (apt-get install redis-server)."
  policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ]; then # we need the binary only: forbid the package to start its service
    printf '#!/bin/sh\nexit 101\n' > "$policy"
    chmod +x "$policy"
    trap 'rm -f "$policy"' EXIT
  fi
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq && apt-get install -qq -y --no-install-recommends redis-server || { echo "$need" >&2; exit 1; }
  if command -v systemctl > /dev/null; then systemctl disable redis-server > /dev/null 2>&1 || true; fi
  command -v redis-server > /dev/null || { echo "$need" >&2; exit 1; }
else
  echo "$need" >&2
  exit 1
fi

"${REDIS_SERVER:-redis-server}" --version
