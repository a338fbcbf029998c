// Static items, track groups, GARP groups, interface delays and linkbeat interfaces (reference 2.9 and 3).
import { milliseconds, seconds } from '@havip/base'
import type { Fields } from '../fields.ts'
import type { Findings } from '../findings.ts'
import type {
  DaemonConf,
  GarpGroupConf,
  InstanceConf,
  InterfaceDelayConf,
  LinkbeatMethod,
  StaticAddressConf,
  TrackGroupConf,
} from '../model.ts'
import type { Word } from '../text/words.ts'
import type { Statement } from '../tree.ts'
import { readDecimal, readInterface } from '../values.ts'
import { readAddressEntry } from './address.ts'
import { entriesOf } from './track.ts'

export const readStaticAddresses = (fields: Fields, findings: Findings): readonly StaticAddressConf[] =>
  entriesOf(fields.all('static_ipaddress')).flatMap((entry) => readAddressEntry(entry, true, findings) ?? [])

export const membersOf = (fields: Fields): readonly { readonly name: string; readonly at: Word['at'] }[] =>
  entriesOf(fields.all('group')).flatMap((entry) => entry.words.map((word) => ({ name: word.text, at: word.at })))

export function buildTrackGroup(name: string, at: Word['at'], fields: Fields, findings: Findings): TrackGroupConf | undefined {
  const members = membersOf(fields)
  if (members.length > 0) return { name, members, at }
  findings.note('empty-group', at, `track_group ${name} has no members; it is removed`, [], 'warning')
  return undefined
}

export function buildGarpGroup(
  statement: Statement,
  fields: Fields,
  taken: Map<string, Word['at']>,
  findings: Findings,
): GarpGroupConf | undefined {
  const wanted = [
    ...fields.all('interface').flatMap(({ statement: { words } }) => words.slice(1, 2)),
    ...entriesOf(fields.all('interfaces')).flatMap((entry) => entry.words),
  ]
  const interfaces: string[] = []
  for (const word of wanted) {
    const first = taken.get(word.text)
    if (first) {
      findings.error('already-specified', word.at, `${word.text} is in a garp_group already; it is ignored here`, [
        { at: first, note: 'the first one' },
      ])
      continue
    }
    taken.set(word.text, word.at)
    interfaces.push(word.text)
  }
  for (const { statement: list } of fields.all('interfaces'))
    if (!list.block?.statements.length) findings.warning('empty-list', list.at, 'interfaces names no interface')
  const garpInterval = fields.seconds('garp_interval')
  const gnaInterval = fields.seconds('gna_interval')
  if (garpInterval === undefined && gnaInterval === undefined) {
    findings.error('garp-group-without-interval', statement.at, 'a garp_group needs garp_interval or gna_interval; it is removed')
    return undefined
  }
  return { interfaces, garpInterval, gnaInterval, at: statement.at }
}

const DELAY = { name: 'DELAY', type: 'decimal', min: 0, max: 255, unit: 's' } as const

export function readInterfaceDelays(fields: Fields, findings: Findings): readonly InterfaceDelayConf[] {
  return entriesOf(fields.all('interface_up_down_delays')).flatMap((entry) => {
    const [first, down, up] = entry.words
    const name = readInterface(first as Word, findings)
    if (name === undefined) return []
    if (!down) {
      findings.error('missing-argument', entry.at, 'an interface needs its delay: INTERFACE DOWN [UP]; it is ignored')
      return []
    }
    const downDelay = readDecimal(down, DELAY, findings)
    const upDelay = up && readDecimal(up, DELAY, findings)
    if (downDelay === undefined || (up && upDelay === undefined)) return []
    return [{ interface: name, down: seconds(downDelay), up: upDelay === undefined ? milliseconds(0) : seconds(upDelay), at: entry.at }]
  })
}

/** A change must count before the backups have given up on us, or two nodes hold the addresses. */
export function limitDelays(
  delays: readonly InterfaceDelayConf[],
  instances: readonly InstanceConf[],
  findings: Findings,
): readonly InterfaceDelayConf[] {
  return delays.map((delay) => {
    const limits = instances
      .filter((instance) => instance.interface === delay.interface)
      .map(({ downTimerAdverts, advertInterval }) => (downTimerAdverts - 1) * advertInterval - advertInterval / 256)
    const limit = Math.max(0, Math.min(...limits))
    if (delay.down < limit && delay.up < limit) return delay
    const message = `a delay of ${delay.interface} is not less than the master-down interval of an instance on it; ${Math.floor(limit)} ms is used`
    findings.note('delay-too-long', delay.at, message, [], 'warning')
    return { ...delay, down: milliseconds(Math.min(delay.down, limit)), up: milliseconds(Math.min(delay.up, limit)) }
  })
}

const METHODS: readonly LinkbeatMethod[] = ['mii', 'ethtool', 'ioctl']

export function readLinkbeatInterfaces(fields: Fields, findings: Findings): DaemonConf['linkbeatInterfaces'] {
  return entriesOf(fields.all('linkbeat_interfaces')).flatMap((entry) => {
    const [first, type] = entry.words
    const name = readInterface(first as Word, findings)
    if (name === undefined) return []
    const method = METHODS.find((known) => known === type?.text.toLowerCase())
    if (type && !method)
      findings.error('not-a-choice', type.at, `\`${type.text}\` is no way to ask for the link state: MII, ETHTOOL or IOCTL; it is ignored`)
    return [{ interface: name, method, at: entry.at }]
  })
}
