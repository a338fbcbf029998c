// Virtual MACs: a macvlan in private mode on the instance's interface, with the router's own MAC (RFC 9568 §7.3), made
// and tuned as keepalived does; or an ipvlan, which shares the MAC of the interface below.
import { type Family, fail, type IfIndex, type Mac, ok } from '@havip/base'
import {
  encodeAddIpvlan,
  encodeAddMacvlan,
  encodeDeleteLink,
  encodeSetLink,
  ipvlanFlag,
  type LinkEntry,
  linkFlag,
  macvlanMode,
} from '@havip/wire'
import { toHostFault } from './fault.ts'
import type { HostFault, Result, VmacSpec, Vmacs } from './port.ts'
import { answerOf, type Request, type Rtnetlink } from './rtnetlink.ts'
import { listSettings, type Sysctls, writeSetting } from './sysctls.ts'

/** Names that are tried before giving up. */
const namesMax = 256

export const virtualMac = (family: Family, vrid: number): Mac =>
  `00:00:5e:00:0${family === 'ipv4' ? 1 : 2}:${vrid.toString(16).padStart(2, '0')}` as Mac

function* nameCandidates(spec: VmacSpec): Generator<string> {
  if (spec.name !== undefined) return yield spec.name
  yield `${spec.prefix}.${spec.vrid}`
  if (spec.family === 'ipv6') yield `${spec.prefix}6.${spec.vrid}`
  for (let i = 1; i < namesMax; i++) yield `${spec.prefix}${i}.${spec.vrid}`
}

export function createVmacs(rtnetlink: Rtnetlink, sysctls: Sysctls): Vmacs {
  const parentOf = new Map<IfIndex, string>()

  /** Paths borrowed for the whole machine while there is an IPv4 virtual MAC. */
  let machineWide: readonly string[] = []
  const ipv4Parents = new Set<IfIndex>()

  /**
   * The kernel takes the stricter of an interface's filter and that of all. A packet for a virtual MAC comes from where
   * the interface below it leads, so the common value becomes each interface's own, and the common one none.
   */
  const openFilter = (): void => {
    const common = Number(sysctls.original('ipv4/conf/all/rp_filter') ?? 0)
    if (common === 0) return
    const paths = listSettings('ipv4/conf')
      .filter((name) => name !== 'all')
      .map((name) => `ipv4/conf/${name}/rp_filter`)
    for (const path of paths) sysctls.borrow(path, String(Math.max(common, Number(sysctls.original(path) ?? 0))))
    sysctls.borrow('ipv4/conf/all/rp_filter', '0')
    machineWide = [...paths, 'ipv4/conf/all/rp_filter']
  }
  const closeFilter = (): void => {
    for (const path of machineWide.toReversed()) sysctls.giveBack(path)
    machineWide = []
  }

  const linksNow = (): LinkEntry[] => rtnetlink.dump('links').flatMap((message) => (message.kind === 'link' ? [message.link] : []))
  const parentSettings = (name: string): string[] => [`ipv4/conf/${name}/arp_ignore`, `ipv4/conf/${name}/arp_filter`]

  const isOurs = (link: LinkEntry, spec: VmacSpec, mac: Mac): boolean =>
    link.parent === spec.parent && (spec.ipvlan === undefined ? link.kind === 'macvlan' && link.mac === mac : link.kind === 'ipvlan')
  const creation = (spec: VmacSpec, name: string, mac: Mac): Request => {
    const { parent, ipvlan } = spec
    if (ipvlan === undefined) return (sequence) => encodeAddMacvlan(sequence, { name, parent, mac, mode: macvlanMode.private })
    return (sequence) => encodeAddIpvlan(sequence, { name, parent, flags: ipvlan === 'bridge' ? 0 : ipvlanFlag[ipvlan] })
  }
  const make = (spec: VmacSpec, mac: Mac): LinkEntry | HostFault => {
    const kind = spec.ipvlan === undefined ? 'macvlan' : 'ipvlan'
    for (const name of nameCandidates(spec)) {
      const taken = linksNow().find((link) => link.name === name)
      if (taken !== undefined && isOurs(taken, spec, mac)) return taken
      if (taken !== undefined) continue
      const [answer] = rtnetlink.request([creation(spec, name, mac)])
      const made = answerOf('RTM_NEWLINK', `${kind} ${name} on interface ${spec.parent}`, answer)
      if (!made.ok) return made.fault
      const link = linksNow().find((one) => one.name === name)
      if (link !== undefined) return link
    }
    return { call: 'RTM_NEWLINK', errno: 'EEXIST', detail: `no free name for a ${kind} of virtual router ${spec.vrid}` }
  }
  /** Its group, and the report on the interface below. */
  const finish = (link: LinkEntry, parent: LinkEntry, { group, notifies }: VmacSpec): Result<void, HostFault> => {
    const settings = [
      ...(group === undefined || group === link.group ? [] : [{ index: link.index, group }]),
      ...(notifies ? [{ index: parent.index, group: parent.group ?? 0 }] : []),
    ]
    const answers = settings.length === 0 ? [] : rtnetlink.request(settings.map((one) => (sequence) => encodeSetLink(sequence, one)))
    const results = answers.map((answer, i) => answerOf('RTM_SETLINK', `group of interface ${settings[i]?.index}`, answer))
    return results.find(({ ok: isDone }) => !isDone) ?? ok(undefined)
  }
  const tune = (link: LinkEntry, family: Family, parent: string): void => {
    const own = `ipv4/conf/${link.name}`
    for (const [key, value] of [
      ['accept_local', '1'],
      ['arp_ignore', '1'],
      ['rp_filter', '0'],
      ['promote_secondaries', '1'],
    ] as const) {
      if (family === 'ipv4') writeSetting(`${own}/${key}`, value)
    }
    // The link-local address is chosen by us; the kernel's would come from the virtual MAC.
    writeSetting(`ipv6/conf/${link.name}/addr_gen_mode`, '1')
    if (family === 'ipv4') for (const path of parentSettings(parent)) sysctls.borrow(path, '1')
  }

  return {
    open(spec) {
      try {
        const parent = linksNow().find((link) => link.index === spec.parent)
        if (parent === undefined) return fail({ call: 'RTM_NEWLINK', errno: 'ENODEV', detail: `no interface ${spec.parent}` })
        const link = make(spec, spec.mac ?? virtualMac(spec.family, spec.vrid))
        if ('errno' in link) return fail(link)
        if (!parentOf.has(link.index)) {
          if (spec.family === 'ipv4' && ipv4Parents.size === 0) openFilter()
          tune(link, spec.family, parent.name)
          parentOf.set(link.index, parent.name)
          if (spec.family === 'ipv4') ipv4Parents.add(link.index)
        }
        const finished = finish(link, parent, spec)
        if (!finished.ok) return finished
        return ok({ index: link.index, name: link.name, isUp: (link.flags & linkFlag.up) !== 0 })
      } catch (error) {
        return fail(toHostFault(error))
      }
    },
    setUp(index, isUp) {
      try {
        return answerOf('RTM_SETLINK', `interface ${index}`, rtnetlink.request([(sequence) => encodeSetLink(sequence, { index, isUp })])[0])
      } catch (error) {
        return fail(toHostFault(error))
      }
    },
    remove(index) {
      try {
        const parent = parentOf.get(index)
        parentOf.delete(index)
        if (ipv4Parents.delete(index) && ipv4Parents.size === 0) closeFilter()
        if (parent !== undefined) for (const path of parentSettings(parent)) sysctls.giveBack(path)
        const [answer] = rtnetlink.request([(sequence) => encodeDeleteLink(sequence, index)])
        return answerOf('RTM_DELLINK', `interface ${index}`, answer, ['ENODEV'])
      } catch (error) {
        return fail(toHostFault(error))
      }
    },
  }
}
