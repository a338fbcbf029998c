// KEEPALIVED-MIB as keepalived 2.2.7 serves it: the numbers and enumerations are those of the MIB, oddities are kept where a program
// may have learned to live with them (docs/snmp.md has the list).
import type { IpAddress } from '@havip/base'
import { parseIp } from '@havip/base'
import type {
  AddressInventory,
  Condition,
  ConfiguredGroup,
  NotifyInventory,
  PresentAddress,
  TrackerKind,
  Weighted,
} from '@havip/vrrp-runtime'
import type { Oid } from '@havip/wire'
import { type Facts, type InstanceFacts, instancesOf, linkIndexes, numbered } from './facts.ts'
import { routingTables } from './keepalived-routing.ts'
import { type Cells, type Row, scalars, type Table, table } from './mib.ts'
import { address, addressType, addressTypeNumber, bytes, gauge, integer, maybe, scopeNumber, text, truth } from './values.ts'

export const keepalivedMib: Oid = [1, 3, 6, 1, 4, 1, 9586, 100, 5]
export const globalGroup: Oid = [...keepalivedMib, 1]
export const vrrpGroup: Oid = [...keepalivedMib, 2]
export const checkerGroup: Oid = [...keepalivedMib, 3]
const entryOf = (number: number): Oid => [...vrrpGroup, number, 1]

export const instanceEntry = entryOf(3)
export const syncGroupEntry = entryOf(1)
export const writable = { basePriority: 7, preempt: 13 } as const

/** VrrpState. */
export const stateNumber = { init: 0, backup: 1, master: 2, fault: 3, stopped: 5 } as const

// --- global ------------------------------------------------------------------------------------------------------

const onOrOff = (value: boolean | undefined) => integer(value === undefined ? 3 : value ? 1 : 2)
const unknownAddress = { type: 0, dns: 16 } as const
const serverAddress = ({ configured }: Facts): IpAddress | undefined => {
  const read = configured.mail.server && parseIp(configured.mail.server.host)
  return read?.ok ? read.value : undefined
}

const globals = scalars<Facts>(globalGroup, {
  1: ({ configured }) => text(`havipd v${configured.release}`),
  2: ({ configured }) => text(configured.routerId),
  4: ({ configured }) => truth(configured.snmp.traps),
  5: ({ configured }) => integer(configured.linkbeatPolling ? 2 : 1),
  // Of LVS, which is not run: nothing is flushed, and there are no counters.
  6: () => truth(false),
  7: () => truth(true),
  8: ({ configured }) => text(configured.netNamespace),
  9: ({ configured }) => truth(configured.dbus),
  10: ({ configured }) => truth(configured.dynamicInterfaces),
  11: () => truth(false),
})

const mail = scalars<Facts>([...globalGroup, 3], {
  1: (facts) => {
    const server = serverAddress(facts)
    return integer(server ? addressTypeNumber(server) : facts.configured.mail.server ? unknownAddress.dns : unknownAddress.type)
  },
  2: (facts) => {
    const server = serverAddress(facts)
    return server ? address(server) : text(facts.configured.mail.server?.host ?? '')
  },
  3: ({ configured }) => gauge(configured.mail.server ? configured.mail.connectTimeout / 1000 : 0),
  4: ({ configured }) => maybe(configured.mail.from, text),
  6: ({ configured }) => gauge(configured.mail.server?.port ?? 0),
  7: ({ configured }) => truth(!configured.mail.noFaultMail),
  8: ({ configured }) => onOrOff(configured.mailAlerts.all),
  9: ({ configured }) => onOrOff(configured.mailAlerts.vrrp),
  10: ({ configured }) => onOrOff(configured.mailAlerts.checker),
})

const mailAddresses = table([...globalGroup, 3, 5, 1], ({ configured }: Facts) => numbered(configured.mail.to), { 2: text })

// --- sync groups -------------------------------------------------------------------------------------------------

type GroupFacts = { readonly conf: ConfiguredGroup; readonly state: keyof typeof stateNumber }

const groupsOf = ({ configured, now }: Facts): readonly GroupFacts[] =>
  configured.groups.map((conf) => ({ conf, state: now.groups.find(({ name }) => name === conf.name)?.state ?? 'init' }))

const isNotified = (notify: NotifyInventory): boolean => Object.keys(notify).length > 0

const syncGroups = table(syncGroupEntry, (facts: Facts) => numbered(groupsOf(facts)), {
  2: ({ conf }) => text(conf.name),
  3: ({ state }) => integer(stateNumber[state]),
  4: ({ conf }) => truth(conf.smtpAlert),
  5: ({ conf }) => truth(isNotified(conf.notify)),
  6: ({ conf }) => maybe(conf.notify.master, text),
  7: ({ conf }) => maybe(conf.notify.backup, text),
  8: ({ conf }) => maybe(conf.notify.fault, text),
  9: ({ conf }) => maybe(conf.notify.any, text),
  10: ({ conf }) => truth(conf.trackingWeight),
  11: ({ conf }) => maybe(conf.notify.stop, text),
})

const members = table(entryOf(2), ({ configured }: Facts) => configured.groups.flatMap((group, i) => numbered(group.members, [i + 1])), {
  2: text,
})

// --- instances ---------------------------------------------------------------------------------------------------

const owner = 255
const authentication = { none: 0, pass: 1, ah: 2 } as const

const instances = table(
  instanceEntry,
  (facts: Facts): readonly Row<InstanceFacts>[] => instancesOf(facts).map((of) => ({ index: [of.number], of })),
  {
    2: ({ conf }) => text(conf.name),
    3: ({ conf }) => gauge(conf.vrid),
    4: ({ now }) => integer(stateNumber[now.state]),
    5: ({ conf, now }) => integer(stateNumber[conf.wantsMaster || now.basePriority === owner ? 'master' : 'backup']),
    6: ({ now }) => integer(stateNumber[now.wanted]),
    [writable.basePriority]: ({ now }) => integer(now.basePriority),
    8: ({ now }) => integer(now.effectivePriority),
    9: ({ now }) => truth(now.isHolding),
    10: ({ now }) => text(now.interface ?? ''),
    11: ({ conf }) => truth(conf.tracked.interface.length > 0),
    // Seconds of version 2, hundredths of version 3.
    12: ({ conf }) => gauge(conf.advertIntervalMs / (conf.version === 2 ? 1000 : 10)),
    [writable.preempt]: ({ now }) => truth(now.preempt),
    14: ({ conf }) => gauge(conf.preemptDelayMs / 1000),
    15: ({ conf }) => integer(authentication[conf.authentication]),
    16: () => truth(false),
    17: () => undefined,
    18: ({ conf }) => maybe(conf.syncGroup, text),
    19: ({ conf }) => gauge(conf.garpDelayMs / 1000),
    20: ({ conf }) => truth(conf.smtpAlert),
    21: ({ conf }) => truth(isNotified(conf.notify)),
    22: ({ conf }) => maybe(conf.notify.master, text),
    23: ({ conf }) => maybe(conf.notify.backup, text),
    24: ({ conf }) => maybe(conf.notify.fault, text),
    25: ({ conf }) => maybe(conf.notify.stop, text),
    26: ({ conf }) => maybe(conf.notify.any, text),
    27: ({ conf }) => truth(conf.accept),
    28: ({ conf }) => truth(conf.promoteSecondaries),
    29: ({ conf }) => truth(conf.linkbeatPolling),
    30: ({ conf }) => integer(conf.version),
    31: ({ conf }) => maybe(conf.notify.masterRxLowerPri, text),
    32: ({ conf }) => maybe(conf.notify.deleted, text),
    33: ({ conf }) => truth(conf.reportsDeleted),
    34: ({ conf }) => maybe(conf.group, addressType),
    35: ({ conf }) => maybe(conf.group, address),
  },
)

// --- addresses ---------------------------------------------------------------------------------------------------

type AddressFacts = { readonly conf: AddressInventory; readonly now: PresentAddress | undefined; readonly index: number }

function addressesOf(facts: Facts): readonly Row<AddressFacts>[] {
  const { configured, now } = facts
  const indexOf = linkIndexes(now)
  const rows = (parent: number, confs: readonly AddressInventory[], present: readonly PresentAddress[]): readonly Row<AddressFacts>[] =>
    numbered(
      confs.map((conf, i) => ({ conf, now: present[i], index: indexOf(present[i]?.interface) })),
      [parent],
    )
  // What belongs to the daemon itself stands under instance 0.
  return [
    ...rows(0, configured.statics.addresses, now.statics.addresses),
    ...instancesOf(facts).flatMap(({ number, conf, now: present }) => rows(number, conf.addresses, present.addresses)),
  ]
}

const noBroadcast = new Uint8Array(4)
const addresses = table(entryOf(6), addressesOf, {
  2: ({ conf }) => addressType(conf.address),
  3: ({ conf }) => address(conf.address),
  4: ({ conf }) => (addressTypeNumber(conf.address) === 2 ? undefined : conf.broadcast ? address(conf.broadcast) : bytes(noBroadcast)),
  5: ({ conf }) => gauge(conf.prefix),
  6: ({ conf }) => integer(scopeNumber(conf.scope)),
  7: ({ index }) => (index === 0 ? undefined : integer(index)),
  8: ({ now }) => maybe(now?.interface, text),
  9: ({ conf }) => maybe(conf.label, text),
  10: ({ now }) => truth(now?.isSet ?? false),
  11: ({ conf }) => truth(conf.advertised),
  12: ({ conf }) => maybe(conf.peer, address),
})

// --- trackers ----------------------------------------------------------------------------------------------------

/** What one follows: with the name in the column before the weight. */
function followed(number: number, kind: TrackerKind, of: 'instances' | 'groups', nameColumn: number): Table<Facts> {
  const cells: Cells<Weighted> = {
    [nameColumn]: ({ name }) => text(name),
    [nameColumn + 1]: ({ weight }) => integer(weight),
    [nameColumn + 2]: ({ reverse }) => truth(reverse),
  }
  return table(
    entryOf(number),
    ({ configured }: Facts) => configured[of].flatMap(({ tracked }, i) => numbered(tracked[kind], [i + 1])),
    cells,
  )
}

const good = { pending: 1, bad: 2, good: 3, number: 3 } as const
/** A script that counts as failed by `init_fail`, and has not ended once. */
const initFailed = 5
const scriptResult = (condition: Condition | undefined): number =>
  condition?.kind === 'bad' && condition.isInitial ? initFailed : good[condition?.kind ?? 'pending']
const isGood = (condition: Condition | undefined): boolean => condition?.kind === 'good'

type With<Conf, Now> = { readonly conf: Conf; readonly now: Now | undefined }
const withNow = <Conf, Now>(confs: readonly Conf[], now: readonly Now[]): readonly Row<With<Conf, Now>>[] =>
  numbered(confs.map((conf, i) => ({ conf, now: now[i] })))

const scripts = table(entryOf(9), ({ configured, now }: Facts) => withNow(configured.scripts, now.scripts), {
  2: ({ conf }) => text(conf.name),
  3: ({ conf }) => text(conf.command),
  4: ({ conf }) => integer(conf.intervalMs / 1000),
  5: ({ conf }) => integer(conf.weight),
  6: ({ now }) => integer(scriptResult(now)),
  7: ({ conf }) => gauge(conf.rise),
  8: ({ conf }) => gauge(conf.fall),
  9: ({ conf }) => truth(conf.reverse),
})

const files = table(entryOf(13), ({ configured, now }: Facts) => withNow(configured.files, now.files), {
  2: ({ conf }) => text(conf.name),
  3: ({ conf }) => text(conf.path),
  4: ({ now }) => integer(now?.kind === 'number' ? now.value : 0),
  5: ({ conf }) => integer(conf.weight),
  6: ({ conf }) => truth(conf.reverse),
})

const bfdSessions = table(entryOf(18), ({ configured, now }: Facts) => withNow(configured.bfdSessions, now.bfdSessions), {
  2: ({ conf }) => text(conf.name),
  3: ({ now }) => integer(isGood(now) ? 1 : 0),
  4: ({ conf }) => integer(conf.weight),
  5: ({ conf }) => truth(conf.reverse),
})

const paramMatch = { none: 0, exact: 1, partial: 2, initial: 3 } as const
const microseconds = 1000
const processes = table(entryOf(21), ({ configured, now }: Facts) => withNow(configured.processes, now.processes), {
  2: ({ conf }) => text(conf.name),
  3: ({ conf }) => text(conf.argv[0] ?? ''),
  4: ({ conf }) => text(conf.argv.slice(1).join(' ')),
  5: ({ conf }) => integer(paramMatch[conf.paramMatch]),
  6: ({ conf }) => integer(conf.weight),
  7: ({ conf }) => truth(conf.reverse),
  8: ({ conf }) => gauge(conf.quorum),
  9: ({ conf }) => integer(conf.quorumMax ?? -1),
  10: ({ conf }) => gauge(conf.forkDelayMs * microseconds),
  11: ({ conf }) => gauge(conf.terminateDelayMs * microseconds),
  12: ({ conf }) => truth(conf.fullCommand),
  13: ({ now }) => integer(now?.count ?? 0),
  14: ({ now }) => truth(isGood(now?.condition)),
})

export const globalTables: readonly Table<Facts>[] = [globals, mail, mailAddresses]

export const vrrpTables: readonly Table<Facts>[] = [
  syncGroups,
  members,
  instances,
  followed(4, 'interface', 'instances', 1),
  followed(5, 'script', 'instances', 2),
  addresses,
  ...routingTables(entryOf),
  scripts,
  followed(12, 'file', 'instances', 2),
  files,
  followed(14, 'interface', 'groups', 1),
  followed(15, 'script', 'groups', 2),
  followed(16, 'file', 'groups', 2),
  followed(17, 'bfd', 'instances', 2),
  bfdSessions,
  followed(19, 'bfd', 'groups', 2),
  followed(20, 'process', 'instances', 2),
  processes,
  followed(22, 'process', 'groups', 2),
]

// --- LVS ---------------------------------------------------------------------------------------------------------

/** No virtual servers, and no daemon that synchronises them: what keepalived's own process shows that has none. */
export const checkerTables = [scalars<Facts>([...checkerGroup, 6], { 1: () => truth(false) })]
