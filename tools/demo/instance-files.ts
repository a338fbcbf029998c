// What is put into the demo's instances beside the tutorial's NGINX: the notify script, the daemon's file, the mail server.

const heredoc = (path: string, text: string): string => `cat > ${path} <<'END_OF_FILE'\n${text}\nEND_OF_FILE\n`

/** Writes a line for each call, with the time; shown at the end of each test. */
const notifyAction = `#!/bin/sh
echo "$(date +%H:%M:%S.%3N) $1" >> /var/log/notify.log`

/** Shell commands of step 2: the file, the notify script, the daemon. */
export const installDaemon = (configuration: string): string => `set -e
printf %s '${Buffer.from(configuration).toString('base64')}' | base64 -d > /etc/keepalived/keepalived.conf
${heredoc('/etc/keepalived/notify_action.sh', notifyAction)}
chmod 755 /etc/keepalived/notify_action.sh
/usr/local/sbin/systemctl start keepalived
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
