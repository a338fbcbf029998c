#!/bin/sh
# A life of a havipd that lasts a second, in a network of its own with nobody in it: as master of an address, reloaded once, and ended. For the sake of
# the code that it has compiled by then, see launcher.ts. Needs a namespace, by root or by a user who may have one; without it nothing is done.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
if [ "${1:-}" != inside ]; then
  user='--user --map-root-user'
  if [ "$(id -u)" = 0 ]; then user=; fi
  # shellcheck disable=SC2086
  exec unshare $user --net --mount sh "$0" inside
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
ip link set lo up
ip link add eth0 type veth peer name eth1
ip link set eth0 up
ip link set eth1 up
ip address add 192.0.2.1/24 dev eth0
cat >"$folder/havip.conf" <<'END'
global_defs {
  router_id NODE
}
vrrp_script chk {
  script "/bin/true"
  interval 1
}
vrrp_instance VI_1 {
  state BACKUP
  interface eth0
  virtual_router_id 51
  priority 100
  advert_int 0.1
  version 3
  unicast_peer {
    192.0.2.2
  }
  track_script {
    chk
  }
  virtual_ipaddress {
    192.0.2.10/24
  }
}
END
"$root/bin/havipd" -n -l -G -f "$folder/havip.conf" -p "$folder/havipd.pid" -r "$folder/vrrp.pid" --status-socket "$folder/socket" &
pid=$!
sleep 1
kill -HUP "$pid"
sleep 0.3
kill -TERM "$pid"
wait "$pid"
