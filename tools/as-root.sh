#!/bin/sh
# Runs a command as root: directly, or by sudo. Namespaces, raw sockets and nftables need it.
set -eu
if [ "$(id -u)" = 0 ]; then exec "$@"; fi
if command -v sudo >/dev/null 2>&1; then exec sudo --preserve-env=CI,NO_COLOR,UPDATE_GOLDEN "$@"; fi
echo "havip: this needs root (network namespaces, raw sockets, nftables): run it as root, or install sudo and try again" >&2
exit 4
