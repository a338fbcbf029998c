#!/bin/sh
# Sets this machine up: Debian packages, Node 26 and the npm packages by the lock file, the programs under dist/.
# Says what it does; a second run skips what is there. Argument: demo (what the demo needs) or test (that and the peers
# that the tests talk to).
set -eu
cd "$(dirname "$0")/.."
what=${1:-demo}
started=$(date +%s)
say() { printf 'set-up: %s\n' "$*"; }
stop() { printf 'set-up: %s\n' "$*" >&2; exit 1; }

[ "$(uname -s)" = Linux ] || stop "this needs Linux (network namespaces, nftables); here is $(uname -s)"
case "$(uname -m)" in x86_64 | aarch64) ;; *) stop "Node 26 comes for x86_64 and aarch64; this machine is $(uname -m)" ;; esac

# ── Debian packages ────────────────────────────────────────────────────────────────────────────────────────────────
demo_packages='ca-certificates iproute2 libnftables1 mount nftables nginx-light perl-base procps tini util-linux'
# The peers and instruments of the system tests.
test_packages='bird2 chromium curl dbus fonts-noto-cjk keepalived postgresql snmp snmpd snmptrapd tshark'
installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }
missing=''
want=$demo_packages
[ "$what" = test ] && want="$want $test_packages"
for package in $want; do
  # Any nginx will do where one is there already.
  if [ "$package" = nginx-light ] && command -v nginx >/dev/null 2>&1; then continue; fi
  command -v dpkg-query >/dev/null 2>&1 || stop "this sets itself up on Debian and Ubuntu; elsewhere install these by hand: $want"
  installed "$package" || missing="$missing $package"
done
if [ -n "$missing" ]; then
  say "installing Debian packages:$missing"
  log=$(mktemp)
  # Packages bring services that start at once. We want the programs only: a policy that says no, for as long as this takes.
  if ! sh tools/as-root.sh sh -c '
    export DEBIAN_FRONTEND=noninteractive
    policy=/usr/sbin/policy-rc.d
    if [ ! -e $policy ]; then
      printf "#!/bin/sh\nexit 101\n" > $policy; chmod 755 $policy
      trap "rm -f $policy" EXIT INT TERM
    fi
    apt-get update -qq || echo "apt-get update failed; trying with the lists at hand"
    apt-get install -y -qq --no-install-recommends "$@" || exit 1
    if [ -d /run/systemd/system ]; then
      for unit in nginx keepalived postgresql bird snmpd snmptrapd; do
        case " $* " in *" $unit"*) systemctl disable --quiet "$unit" 2>/dev/null || true ;; esac
      done
    fi' setup $missing >"$log" 2>&1; then
    tail -n 15 "$log" >&2
    rm -f "$log"
    stop "apt-get could not install:$missing. Mend what it says above (network, sources, rights), or install them by hand, then run this again"
  fi
  rm -f "$log"
else
  say "Debian packages: all there"
fi

# ── the controller's user ──────────────────────────────────────────────────────────────────────────────────────────
# The control plane never runs as root.
if ! getent passwd havip >/dev/null 2>&1; then
  say "adding the system user havip, which the controller runs as"
  sh tools/as-root.sh useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin havip ||
    stop "could not add the user havip: run 'useradd --system --user-group havip' as root, then run this again"
fi

# ── Node 26 and npm packages ───────────────────────────────────────────────────────────────────────────────────────
command -v npm >/dev/null 2>&1 || stop "npm is missing: install Node 20 or newer with npm (Debian 13: apt-get install nodejs npm), then run this again"
node_major=$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0)
[ "$node_major" -ge 20 ] || stop "Node 20 or newer is needed to begin with; 'node -v' says $(node -v 2>/dev/null || echo nothing)"
lock=$(cat package-lock.json package.json packages/*/package.json apps/*/package.json | sha256sum | cut -c1-16)
if [ "$(cat node_modules/.havip-lock 2>/dev/null)" != "$lock" ]; then
  say "npm packages and Node 26 by the lock file (about a minute)"
  log=$(mktemp)
  if ! npm ci --no-audit --no-fund >"$log" 2>&1; then
    tail -n 15 "$log" >&2
    rm -f "$log"
    stop "npm ci failed, see above; mend it (network, disk space), then run this again"
  fi
  rm -f "$log"
  # An optional package that fails to install is skipped without a word: look.
  version=$(node_modules/.bin/node -v 2>/dev/null || echo none)
  case "$version" in v26.*) ;; *) stop "Node 26 did not arrive with npm ci (node_modules/.bin/node -v says $version): run 'npm ci' and read what it prints" ;; esac
  echo "$lock" > node_modules/.havip-lock
else
  say "npm packages and Node $(node_modules/.bin/node -v | tr -d v): all there"
fi

# ── programs ───────────────────────────────────────────────────────────────────────────────────────────────────────
node_modules/.bin/node tools/bundle.ts
say "ready after $(($(date +%s) - started)) s"
