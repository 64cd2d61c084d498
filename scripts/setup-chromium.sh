#!/bin/sh
# Finds the Chromium that the dashboard is tested in, or installs Debian's, with a font.
set -eu

need='The dashboard is tested in Chromium: install one (Debian: apt-get install chromium) or set CHROMIUM to its path.'

if [ -n "${CHROMIUM:-}" ]; then
  command -v "$CHROMIUM" > /dev/null || { echo "CHROMIUM is $CHROMIUM, which cannot be run. $need" >&2; exit 1; }
elif [ -x /usr/bin/chromium ]; then
  :
elif [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
  echo "No Chromium found: installing Debian's (apt-get install chromium)."
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq && apt-get install -qq -y --no-install-recommends chromium fonts-dejavu-core > /dev/null || { echo "$need" >&2; exit 1; }
  [ -x /usr/bin/chromium ] || { echo "$need" >&2; exit 1; }
else
  echo "$need" >&2
  exit 1
fi

"${CHROMIUM:-/usr/bin/chromium}" --version
