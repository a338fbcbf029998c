// User data of an instance that is ready for the tutorial: NGINX with a page that says which instance it is, and, where there is no
// systemd, the one command of it that the tutorial uses. Runs once, at the first boot; /etc/rc.local runs at every boot.

const heredoc = (path: string, text: string): string => `cat > ${path} <<'END_OF_FILE'\n${text}\nEND_OF_FILE\n`

const escapeMarkup = (text: string): string => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)

const page = (name: string): string => `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${name}</title>
<style>body{font:16px/1.5 system-ui,sans-serif;display:grid;place-content:center;min-height:100vh;margin:0;text-align:center;color:#1f2937;background:#f8fafc}
h1{font-size:clamp(3rem,12vw,7rem);margin:0;letter-spacing:-.03em}p{margin:.5rem 0 0;color:#64748b}</style></head>
<body><h1>${name}</h1><p>Served by NGINX on this instance.</p></body>
</html>`

/** The servers' pages differ in the name alone: by size and time of making one would pass for the other, and a browser keep showing that. */
const nginxConf = `user www-data;
worker_processes 1;
pid /run/nginx.pid;
error_log /var/log/nginx/error.log;
events { worker_connections 1024; }
http {
  access_log off;
  types { text/html html; }
  etag off; if_modified_since off; add_header Cache-Control no-store;
  server { listen 80 default_server; root /srv/www; index index.html; }
}`

/** `systemctl start keepalived` and its kin: the havip daemon on keepalived's own file, or keepalived where that is installed. */
const systemctl = `#!/bin/sh
# systemctl for an instance without systemd: start, stop, restart, reload, status, is-active of keepalived and nginx.
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin; export PATH
quiet= verb= unit=
for word; do
  case $word in
    -q|--quiet) quiet=1 ;;
    -*) ;;
    *) if [ -z "$verb" ]; then verb=$word; else unit=\${word%.service}; fi ;;
  esac
done
case $unit in
  keepalived) pid=/run/keepalived.pid ;;
  nginx) pid=/run/nginx.pid ;;
  *) echo "Unit $unit.service could not be found." >&2; exit 4 ;;
esac
running() { [ -s $pid ] && grep -q '^State:[[:space:]]*[RSDTtIPWK]' "/proc/$(cat $pid)/status" 2>/dev/null; }
await() { # what, and the seconds it may take
  for turn in $(seq 1 "$2"0); do if $1; then return 0; fi; sleep 0.1; done
  return 1
}
stopped() { ! running; }
start() {
  running && return 0
  case $unit in
    nginx) nginx ;;
    keepalived)
      daemon=/opt/havip/bin/havipd; extra=--log-detail
      [ -x $daemon ] || { daemon=keepalived; extra=; }
      $daemon -t -f /etc/keepalived/keepalived.conf >/run/keepalived.check 2>&1 || { cat /run/keepalived.check >&2; }
      setsid $daemon --dont-fork --log-console $extra -f /etc/keepalived/keepalived.conf >>/var/log/havipd.log 2>&1 </dev/null & ;;
  esac
  await running 5 || { echo "Job for $unit.service failed: see the end of /var/log/havipd.log." >&2; exit 1; }
}
stop() { running || return 0; kill -TERM "$(cat $pid)"; await stopped 10 || kill -KILL "$(cat $pid)"; }
case $verb in
  start) start ;;
  stop) stop ;;
  restart) stop; start ;;
  reload) running || { echo "$unit.service is not active, cannot reload." >&2; exit 1; }; kill -HUP "$(cat $pid)" ;;
  enable|disable) : ;;
  is-active) if running; then [ -n "$quiet" ] || echo active; else [ -n "$quiet" ] || echo inactive; exit 3; fi ;;
  status) if running; then echo "$unit.service: active (running), process $(cat $pid)"; else echo "$unit.service: inactive (dead)"; exit 3; fi ;;
  *) echo "Unknown command verb $verb." >&2; exit 1 ;;
esac`

/** Stands for the name of the machine where nobody gave one. */
const ownName = '@HOSTNAME@'

/** For track_script: whether NGINX answers here. */
const checkNginx = `#!/bin/sh
exec perl -MIO::Socket::INET -e 'exit(IO::Socket::INET->new(PeerAddr => "127.0.0.1:80", Timeout => 1) ? 0 : 1)'`
export const checkScriptPath = '/etc/keepalived/check_nginx.sh'

/** @param name what the page says; the machine's own when undefined */
export const webUserData = (name?: string): string => `#!/bin/sh
set -e
mkdir -p /srv/www /etc/nginx /etc/keepalived /var/log/nginx
${heredoc('/srv/www/index.html', page(escapeMarkup(name ?? ownName)))}
sed -i "s/${ownName}/$(hostname)/" /srv/www/index.html
${heredoc('/etc/nginx/nginx.conf', nginxConf)}
${heredoc(
  '/etc/rc.local',
  `#!/bin/sh
nginx
if [ -f /etc/keepalived/keepalived.conf ]; then /usr/local/sbin/systemctl start keepalived; fi`,
)}
${heredoc('/usr/local/sbin/systemctl', systemctl)}
${heredoc(checkScriptPath, checkNginx)}
chmod 755 /etc/rc.local /usr/local/sbin/systemctl ${checkScriptPath}
ln -sf /opt/havip/bin/havip /opt/havip/bin/havipd /usr/local/bin/
`
