#!/bin/sh
# Removes what demo and tests may have left: each world keeps its prefix beside its state, so nothing of others is touched.
set -eu
cd "$(dirname "$0")/.."
if [ -d /var/lib/havip ] && [ -r dist/hostd.mjs ]; then
  for world in /var/lib/havip/*/; do
    [ -f "${world}prefix" ] || continue
    echo "removing what is left in $world"
    sh tools/as-root.sh node_modules/.bin/node tools/lab/wipe.ts "$(cat "${world}prefix")" "${world%/}"
  done
fi
rm -rf dist coverage
