// Virtual MACs: a macvlan in private mode on the instance's interface, with the router's own MAC (RFC 9568 §7.3), made
// and tuned as keepalived does.
import { type Family, fail, type IfIndex, type Mac, ok } from '@havip/base'
import { encodeAddMacvlan, encodeDeleteLink, encodeSetLink, type LinkEntry, linkFlag, macvlanMode } from '@havip/wire'
import { toHostFault } from './fault.ts'
import type { HostFault, VmacSpec, Vmacs } from './port.ts'
import type { Rtnetlink } from './rtnetlink.ts'
import { answerOf } from './rtnetlink.ts'
import { listSettings, type Sysctls, writeSetting } from './sysctls.ts'

/** Names that are tried before giving up. */
const namesMax = 256

export const virtualMac = (family: Family, vrid: number): Mac =>
  `00:00:5e:00:0${family === 'ipv4' ? 1 : 2}:${vrid.toString(16).padStart(2, '0')}` as Mac

function* nameCandidates(spec: VmacSpec): Generator<string> {
  if (spec.name !== undefined) return yield spec.name
  yield `vrrp.${spec.vrid}`
  if (spec.family === 'ipv6') yield `vrrp6.${spec.vrid}`
  for (let i = 1; i < namesMax; i++) yield `vrrp${i}.${spec.vrid}`
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

  const make = (spec: VmacSpec, mac: Mac): LinkEntry | HostFault => {
    for (const name of nameCandidates(spec)) {
      const taken = linksNow().find((link) => link.name === name)
      if (taken?.kind === 'macvlan' && taken.parent === spec.parent && taken.mac === mac) return taken
      if (taken !== undefined) continue
      const [answer] = rtnetlink.request([
        (sequence) => encodeAddMacvlan(sequence, { name, parent: spec.parent, mac, mode: macvlanMode.private }),
      ])
      const made = answerOf('RTM_NEWLINK', `macvlan ${name} on interface ${spec.parent}`, answer)
      if (!made.ok) return made.fault
      const link = linksNow().find((one) => one.name === name)
      if (link !== undefined) return link
    }
    return { call: 'RTM_NEWLINK', errno: 'EEXIST', detail: `no free name for a macvlan of virtual router ${spec.vrid}` }
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
