// Which instances of several nodes are the same virtual router, mistakes in their numbers and names notwithstanding.
import type { InstanceConf } from '../model.ts'
import type { Member, SetNode } from './member.ts'

/** Instances that belong together, in the order of the first node that has them. At most one of each node. */
export function routersOf(nodes: readonly SetNode[]): readonly (readonly Member[])[] {
  const routers: Member[][] = []
  for (const node of nodes) {
    const open = new Set(routers)
    const left = new Set(node.configuration.instances)
    // The best matches of the whole node first, so that one wrong number does not take another instance's place.
    for (const keysOf of likenesses) {
      const byKey = routersByKey(open, keysOf)
      for (const instance of left) {
        const router = keysOf(instance)
          .flatMap((key) => byKey.get(key) ?? [])
          .find((one) => open.has(one))
        if (!router) continue
        router.push({ node, instance })
        open.delete(router)
        left.delete(instance)
      }
    }
    for (const instance of left) routers.push([{ node, instance }])
  }
  return routers
}

type Keys = (instance: InstanceConf) => readonly string[]

function routersByKey(routers: Iterable<Member[]>, keysOf: Keys): ReadonlyMap<string, readonly Member[][]> {
  const byKey = new Map<string, Member[][]>()
  for (const router of routers) {
    for (const key of router[0] ? keysOf(router[0].instance) : []) {
      const known = byKey.get(key)
      if (known) known.push(router)
      else byKey.set(key, [router])
    }
  }
  return byKey
}

const number: Keys = ({ vrid, family }) => [`${vrid} ${family}`]
const name: Keys = (instance) => [instance.name]
const addresses: Keys = ({ virtualAddresses, excludedAddresses }) =>
  [...virtualAddresses, ...excludedAddresses].map(({ address }) => address)
const both =
  (one: Keys, other: Keys): Keys =>
  (instance) =>
    one(instance).flatMap((left) => other(instance).map((right) => `${left} ${right}`))

/** Two instances with a key in common are alike; the surest likeness comes first. */
const likenesses: readonly Keys[] = [both(number, addresses), both(number, name), both(addresses, name), number, addresses, name]
