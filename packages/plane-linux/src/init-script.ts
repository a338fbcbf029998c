// The boot of an instance, from the inside: it has given up all rights over the host before the first of these lines runs.
import { userDataPath } from './disk.ts'

/**
 * User data once, then /etc/rc.local at each boot; then it waits, deaf to SIGTERM, so that a shutdown can tell when everything
 * else has ended. User data is renamed before it runs: at most once, whatever happens.
 */
export const initScript = `
cd /
if [ -f ${userDataPath} ]; then
  mv ${userDataPath} ${userDataPath}.done
  if [ "$(head -c 2 ${userDataPath}.done)" = '#!' ]; then
    chmod 700 ${userDataPath}.done
    ${userDataPath}.done >>/var/log/user-data.log 2>&1 </dev/null
  else
    /bin/sh ${userDataPath}.done >>/var/log/user-data.log 2>&1 </dev/null
  fi
  echo "user data ended with status $?" >>/var/log/user-data.log
fi
if [ -x /etc/rc.local ]; then
  /etc/rc.local >>/var/log/rc.local.log 2>&1 </dev/null
  echo "rc.local ended with status $?" >>/var/log/rc.local.log
fi
trap '' TERM
exec sleep infinity
`
