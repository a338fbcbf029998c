// Scripts, the named pipe and mails hear of every transition, in order, each once: the state's own script, then the general
// one. And the announcements of a master: all of them, as often as the file says, again when they are due.
import type { IpAddress, Milliseconds } from '@havip/base'
import type { GlobalDefs, InstanceConf } from '@havip/conf'
import type { Knowledge } from './knowledge.ts'

type Broken = { readonly rule: string; readonly detail: string }
/** keepalived's words; INIT is told to nobody. */
const words: Readonly<Record<string, string>> = { master: 'MASTER', backup: 'BACKUP', fault: 'FAULT', stopped: 'STOP' }
/** A mail is on its way for so long at most. */
const mailTime = 100

export function judgeTold(
  instance: string,
  conf: InstanceConf,
  { expected, notified, piped, mailed }: Knowledge,
  hasPipe: boolean,
  livesAt: number | undefined,
): Broken[] {
  const broken: Broken[] = []
  const transitions = expected.map(({ state }) => state)
  const wanted = transitions.flatMap((state) => {
    const word = words[state]
    return word ? [`own ${word}`, `any ${word}`] : []
  })
  const got = notified.flatMap((argv) => {
    if (argv[1] === 'own') return [`own ${argv[2]}`]
    return argv[1] === 'any' ? [`any ${argv[4]}`] : []
  })
  if (wanted.join() !== got.join()) {
    broken.push({ rule: 'notify', detail: `${instance}: scripts heard ${got.join(', ')}; transitions were ${transitions.join(', ')}` })
  }
  const repeated = transitions.find((state, i) => i > 0 && state === transitions[i - 1])
  if (repeated) broken.push({ rule: 'notify', detail: `${instance}: told twice in a row that it is ${repeated}` })
  const lines = transitions.flatMap((state) => words[state] ?? [])
  const read = piped.filter((word) => Object.values(words).includes(word))
  if (hasPipe && lines.join() !== read.join()) {
    broken.push({ rule: 'pipe', detail: `${instance}: the pipe heard ${read.join(', ')}; transitions were ${transitions.join(', ')}` })
  }
  if (conf.smtpAlert && livesAt !== undefined) {
    const due = expected.filter(({ at }) => at < livesAt - mailTime).flatMap(({ state }) => subjectWords[state] ?? [])
    if (mailed.slice(0, due.length).join() !== due.join()) {
      broken.push({ rule: 'mail', detail: `${instance}: mails told ${mailed.join(', ')}; transitions were ${transitions.join(', ')}` })
    }
  }
  return broken
}

const subjectWords: Readonly<Record<string, string>> = { master: 'MASTER', backup: 'BACKUP', fault: 'FAULT' }

export type Reign = {
  readonly from: number
  readonly to: number
  readonly addresses: readonly IpAddress[]
  readonly announcements: Knowledge['announcements']
  /** How late its timers may be. */
  readonly lagMax: Milliseconds
}

/** What a master announced from its first to its last moment. */
export function judgeAnnouncements({ garp }: Pick<InstanceConf, 'garp'>, global: GlobalDefs, reign: Reign): Broken[] {
  const { from, to, addresses, announcements, lagMax } = reign
  if (global.garpInterval > 0 || global.gnaInterval > 0) return []
  const slack = 2 * lagMax + 1
  const broken: Broken[] = []
  const within = (address: IpAddress, since: number, until: number): number =>
    announcements.filter((one) => one.address === address && one.at >= since && one.at <= until).length
  for (const address of addresses) {
    const first = within(address, from, from)
    if (first < garp.masterRepeat) {
      broken.push({
        rule: 'announcements',
        detail: `${address} announced ${first} times on becoming master; it should be ${garp.masterRepeat}`,
      })
    }
    const again = from + garp.masterDelay
    if (garp.masterDelay > 0 && to > again + slack && within(address, again - 0.1, again + slack) < garp.masterRepeat) {
      broken.push({ rule: 'announcements', detail: `${address} not announced again ${garp.masterDelay} ms after becoming master` })
    }
    if (garp.masterRefresh <= 0) continue
    const refreshes = Math.floor((to - again - slack) / garp.masterRefresh)
    for (let k = 1; k <= refreshes; k++) {
      const due = again + k * garp.masterRefresh
      if (within(address, due - 0.1 - k, due + k * slack) > 0) continue
      broken.push({ rule: 'announcements', detail: `${address} not announced at its refresh ${k}, at ${due.toFixed(0)} ms` })
      break
    }
  }
  return broken
}
