#!/bin/sh
# Removes what demo and tests may have left: each world keeps its prefix beside its state, and the segments of the tests have
# names of a form of their own, so nothing of others is touched. Not while tests run: it would take theirs away too.
set -eu
cd "$(dirname "$0")/.."
if [ -d /var/lib/havip ] && [ -r dist/hostd.mjs ]; then
  for world in /var/lib/havip/*/; do
    [ -f "${world}prefix" ] || continue
    echo "removing what is left in $world"
    sh tools/as-root.sh node_modules/.bin/node tools/lab/wipe.ts "$(cat "${world}prefix")" "${world%/}"
  done
fi
for namespace in $(ip netns list 2>/dev/null | awk '{ print $1 }' | grep -E '^hvt[0-9a-f]{6}-' || true); do
  echo "removing the namespace $namespace of a test that was interrupted"
  for pid in $(sh tools/as-root.sh ip netns pids "$namespace"); do sh tools/as-root.sh kill -KILL "$pid" 2>/dev/null || true; done
  sh tools/as-root.sh ip netns delete "$namespace"
done
rm -rf dist coverage
