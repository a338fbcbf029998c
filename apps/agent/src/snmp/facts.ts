// What the tables are made of: the daemon's inventory of one moment, its configured and its present half side by side.
import type { ConfiguredInstance, ConfiguredInventory, PresentInstance, PresentInventory } from '@havip/vrrp-runtime'
import type { Oid } from '@havip/wire'
import type { Row } from './mib.ts'

export type Facts = { readonly configured: ConfiguredInventory; readonly now: PresentInventory }

export type InstanceFacts = {
  /** From 1, in the order of the file. */
  readonly number: number
  readonly conf: ConfiguredInstance
  readonly now: PresentInstance
  /** Of the interface that it is on; 0 while there is none. */
  readonly baseIndex: number
}

/** Both halves have the same order; while a reload is under way one may be shorter. */
export function instancesOf({ configured, now }: Facts): readonly InstanceFacts[] {
  const indexOf = linkIndexes(now)
  return configured.instances.flatMap((conf, i) => {
    const present = now.instances[i]
    return present ? [{ number: i + 1, conf, now: present, baseIndex: indexOf(conf.baseInterface) }] : []
  })
}

/** 0 for none. */
export function linkIndexes({ links }: PresentInventory): (name: string | undefined) => number {
  const indexes = new Map(links.map(({ name, index }) => [name, index]))
  return (name) => (name === undefined ? 0 : (indexes.get(name) ?? 0))
}

/** Numbered from 1, below what `parent` says. */
export const numbered = <Of>(items: readonly Of[], parent: Oid = []): readonly Row<Of>[] =>
  items.map((of, i) => ({ index: [...parent, i + 1], of }))
