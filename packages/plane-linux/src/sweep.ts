// After a start: what a killed run left half-made is removed. What is complete stays as it is, untouched.
import { interfaceName, type Names, uplink } from './names.ts'
import { deleteLinks, ipBatch, listNetns, netnsIdentity, nftScript, removeNetns } from './netns.ts'
import { removeNetwork } from './network.ts'
import type { Power } from './power.ts'
import { type Link, portsOf, type RouterView, readInternetRoutes, readLinks, readRouters } from './router.ts'
import { linksOfElements, readEipElements, readPortElements, removeEipElements, removePortElements } from './rule-elements.ts'
import { copyRules, differenceScript } from './ruleset.ts'

export async function sweep(names: Names, power: Power): Promise<void> {
  // Names whose namespace is missing: killed between making the file and mounting on it.
  for (const name of listNetns(names.prefix)) if (netnsIdentity(name) === undefined) await removeNetns(name)

  const wired = new Set<string>()
  const routers = await readRouters(names)
  const internetRoutes = await readInternetRoutes(names)
  for (const view of routers) {
    // A router that never got its mark carries no traffic yet; one that had it once keeps its bridges, and is mended by a put.
    if (view.cidr === undefined && ![...view.links.values()].some((link) => link.kind === 'bridge')) {
      await removeNetwork(names, view.vpc)
      continue
    }
    await sweepRouter(view, internetRoutes)
    for (const { instance } of portsOf(view)) wired.add(names.instance(instance))
  }

  for (const name of listNetns(names.prefix)) {
    const instance = names.instanceOf(name)
    if (instance && !wired.has(name) && !power.exists(instance)) await removeNetns(name)
  }

  if (netnsIdentity(names.internet) !== undefined) {
    const known = new Set(
      routers.flatMap((view) => readEipElements(view.rules).map((eip) => `${eip.address} ${interfaceName('t', view.vpc)}`)),
    )
    const dangling = [...internetRoutes].filter(([address, link]) => !known.has(`${address} ${link}`))
    await ipBatch(
      names.internet,
      dangling.map(([address]) => `route delete ${address}/32`),
    )
    const kept = new Set(routers.map((view) => interfaceName('t', view.vpc)))
    const links = await readLinks(names.internet)
    const stray = [...links.values()].filter((link) => link.kind === 'veth' && /^t[0-9a-f]{12}$/.test(link.name) && !kept.has(link.name))
    await deleteLinks(
      names.internet,
      stray.map((link) => link.name),
    )
  }
}

/** A link without its alias or without its rules, rules without their link, an EIP that the Internet has no way to. */
async function sweepRouter(view: RouterView, internetRoutes: ReadonlyMap<string, string>): Promise<void> {
  const whole = readPortElements(view.rules)
  const isHalf = (link: Link): boolean => {
    if (link.name === uplink) return false
    if (link.kind === 'bridge') return link.alias === ''
    return link.kind === 'veth' && (link.alias === '' || !whole.has(link.name))
  }
  const half = new Set([...view.links.values()].filter(isHalf).map((link) => link.name))
  await deleteLinks(view.netns, [...half])
  const rules = copyRules(view.rules)
  for (const link of linksOfElements(rules)) if (half.has(link) || !view.links.has(link)) removePortElements(rules, link)
  for (const { eip, address } of readEipElements(rules))
    if (internetRoutes.get(address) !== interfaceName('t', view.vpc)) removeEipElements(rules, eip)
  await nftScript(view.netns, differenceScript(view.rules, rules))
}
