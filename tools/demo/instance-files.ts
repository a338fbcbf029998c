// What is put into the demo's instances: NGINX with a page that says who it is, the notify script, and what starts at boot.

const heredoc = (path: string, text: string): string => `cat > ${path} <<'END_OF_FILE'\n${text}\nEND_OF_FILE\n`

const page = (name: string): string => `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${name}</title>
<style>body{font:16px/1.5 system-ui,sans-serif;display:grid;place-content:center;min-height:100vh;margin:0;text-align:center;color:#1f2937;background:#f8fafc}
h1{font-size:clamp(3rem,12vw,7rem);margin:0;letter-spacing:-.03em}p{margin:.5rem 0 0;color:#64748b}</style></head>
<body><h1>${name}</h1><p>Served by NGINX on this instance.</p></body>
</html>`

const nginxConf = `user www-data;
worker_processes 1;
pid /run/nginx.pid;
error_log /var/log/nginx/error.log;
events { worker_connections 1024; }
http {
  access_log off;
  types { text/html html; }
  server { listen 80 default_server; root /srv/www; index index.html; }
}`

/** User data of the web instances: runs once, at the first boot; /etc/rc.local runs at every boot. */
export const webUserData = (name: string): string => `#!/bin/sh
set -e
mkdir -p /srv/www /etc/nginx /etc/keepalived /var/log/nginx
${heredoc('/srv/www/index.html', page(name))}
${heredoc('/etc/nginx/nginx.conf', nginxConf)}
${heredoc(
  '/etc/rc.local',
  `#!/bin/sh
nginx
if [ -f /etc/keepalived/keepalived.conf ]; then /usr/local/sbin/start-keepalived; fi`,
)}
${heredoc(
  '/usr/local/sbin/start-keepalived',
  `#!/bin/sh
# What "systemctl start keepalived" is in the tutorial: the havip daemon on keepalived's own file.
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin setsid /opt/havip/bin/havipd --dont-fork --log-console --log-detail -f /etc/keepalived/keepalived.conf >>/var/log/havipd.log 2>&1 </dev/null &`,
)}
chmod 755 /etc/rc.local /usr/local/sbin/start-keepalived
ln -sf /opt/havip/bin/havip /opt/havip/bin/havipd /usr/local/bin/
`

/** Writes a line for each call, with the time; shown at the end of each test. */
const notifyAction = `#!/bin/sh
echo "$(date +%H:%M:%S.%3N) $1" >> /var/log/notify.log`

/** Shell commands of step 2: the file, the notify script, the daemon. */
export const installDaemon = (configuration: string): string => `set -e
printf %s '${Buffer.from(configuration).toString('base64')}' | base64 -d > /etc/keepalived/keepalived.conf
${heredoc('/etc/keepalived/notify_action.sh', notifyAction)}
chmod 755 /etc/keepalived/notify_action.sh
/usr/local/sbin/start-keepalived
`

/** The mail server of the demo: takes any mail, keeps the head of each as one JSON line. */
export const mailUserData = `#!/bin/sh
${heredoc(
  '/etc/rc.local',
  `#!/bin/sh
setsid /opt/havip/node_modules/.bin/node /opt/havip/tools/demo/mail-sink.ts /var/log/mail.jsonl >/var/log/mail-sink.log 2>&1 </dev/null &`,
)}
chmod 755 /etc/rc.local
`
