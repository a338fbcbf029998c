// The mails of a transition, as keepalived words them.
import type { WallTime } from '@havip/base'
import type { MailConf } from '@havip/conf'
import type { Mail } from './host.ts'
import type { StateWord } from './notify.ts'

/** Undefined where keepalived sends none: no server, no recipients, or FAULT with no_email_faults. */
export function transitionMail(
  name: string,
  state: StateWord,
  settings: { readonly mail: MailConf; readonly routerId: string; readonly hostName: string },
  at: WallTime,
  kind: 'Instance' | 'Group' = 'Instance',
): Mail | undefined {
  const { mail, routerId, hostName } = settings
  if (!mail.server || mail.to.length === 0) return undefined
  if (state === 'FAULT' && mail.noFaultMail) return undefined
  const from = mail.from ?? `root@${hostName}`
  return {
    server: mail.server,
    helo: mail.helo ?? hostName,
    from,
    to: mail.to,
    headers: [
      ['Date', mailDate(at)],
      ['From', from],
      ['Subject', `[${routerId}] VRRP ${kind} ${name} - ${subjects[state]}`],
      ['X-Mailer', 'Keepalived'],
    ],
    body: `${kind === 'Instance' ? bodies[state] : groupBody(state)}\n`,
    connectTimeout: mail.connectTimeout,
  }
}

const subjects: Readonly<Record<StateWord, string>> = {
  MASTER: 'Entering MASTER state',
  BACKUP: 'Entering BACKUP state',
  FAULT: 'Entering FAULT state',
  STOP: 'Stopping',
  DELETED: 'Deleted',
}

const bodies: Readonly<Record<StateWord, string>> = {
  MASTER: '=> VRRP Instance is now owning VRRP VIPs <=',
  BACKUP: '=> VRRP Instance is no longer owning VRRP VIPs <=',
  FAULT: '=> VRRP Instance is no longer owning VRRP VIPs <=',
  STOP: '=> VRRP Instance stopping <=',
  DELETED: '=> VRRP Deleted at reload <=',
}

const groupBody = (state: StateWord): string =>
  state === 'STOP' ? '=> All VRRP group instances are now stopping <=' : `=> All VRRP group instances are now in ${state} state <=`

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const

/** RFC 5322 §3.3, in the machine's own time zone: `Sun, 22 Nov 2026 22:11:30 +0000`. */
export function mailDate(at: WallTime): string {
  const date = new Date(at)
  const two = (value: number): string => String(value).padStart(2, '0')
  const offset = -date.getTimezoneOffset()
  const zone = `${offset < 0 ? '-' : '+'}${two(Math.floor(Math.abs(offset) / 60))}${two(Math.abs(offset) % 60)}`
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
  return `${days[date.getDay()]}, ${two(date.getDate())} ${months[date.getMonth()]} ${date.getFullYear()} ${time} ${zone}`
}
