// What instances are made with: their names, one for each, and their system disks.
import { fail, ok, type Result } from '@havip/base'
import { type ApiFault, apiFault } from './faults.ts'
import type { DiskCategory, Image, PerformanceLevel, SystemDisk } from './resource.ts'
import { checkHostName, checkText } from './text-rules.ts'

/** Behind the name of the instance at `index`: 001, 002, … A name that ends in its own number, `web-[1,3]`, takes none. */
function suffixOf(name: string, index: number, isUnique: boolean): string {
  return isUnique && !/\[\d{1,6},\d{0,2}\]$/.test(name) ? String(index + 1).padStart(3, '0') : ''
}

/** `web-[7,3]-x` names web-007-x, web-008-x, …; any other name is given to all, with `isUnique` and 001, 002, … behind it. */
export function nameAt(name: string, index: number, isUnique = false): string {
  const suffix = suffixOf(name, index, isUnique)
  const match = /^(.*)\[(\d{1,6}),(\d{0,2})\](.*)$/.exec(name)
  if (!match) return `${name}${suffix}`
  const [, before, start, digits, after] = match as unknown as [string, string, string, string, string]
  return `${before}${String(Number(start) + index).padStart(Math.min(6, Number(digits)), '0')}${after}${suffix}`
}

export type HostNameWish = {
  /** For all; numbered as instance names are. */
  readonly hostName?: string | undefined
  /** One for each instance, in order; those that are left over get none. */
  readonly hostNames?: readonly string[] | undefined
  readonly uniqueSuffix?: boolean | undefined
}

/** The host name of each instance; empty: none was asked for. */
export function hostNamesOf({ hostName, hostNames, uniqueSuffix }: HostNameWish, amount: number): Result<readonly string[], ApiFault> {
  const each = hostNames ?? []
  if (hostName && each.length > 0) return fail(apiFault('InvalidParameter.Conflict', { one: 'HostName', other: 'HostNames' }))
  if (each.length > amount) {
    return fail(apiFault('InvalidParameter', { name: 'HostNames', reason: `there are ${each.length} names for ${amount} instances` }))
  }
  const names: string[] = []
  for (let index = 0; index < amount; index++) {
    const name = each[index] ?? (hostName ? nameAt(hostName, index, uniqueSuffix) : '')
    const checked = name === '' ? ok('') : checkHostName(name)
    if (!checked.ok) return checked
    names.push(checked.value)
  }
  return ok(names)
}

/** GiB, both included; those of an ESSD are its level's. */
const sizes: Readonly<Record<Exclude<DiskCategory, 'cloud_essd'> | PerformanceLevel, readonly [min: number, max: number]>> = {
  cloud: [20, 500],
  cloud_efficiency: [20, 2048],
  cloud_ssd: [20, 2048],
  cloud_auto: [1, 2048],
  cloud_essd_entry: [20, 2048],
  PL0: [1, 2048],
  PL1: [20, 2048],
  PL2: [461, 2048],
  PL3: [1261, 2048],
}

/** What was asked for a system disk; sizes in GiB. */
export type SystemDiskWish = {
  readonly category?: DiskCategory | undefined
  readonly sizeGb?: number | undefined
  readonly name?: string | undefined
  readonly description?: string | undefined
  /** Only ESSDs have one. */
  readonly performanceLevel?: PerformanceLevel | undefined
}

/** @param image what it is made from: it has room for that at least. */
export function decideSystemDisk(wish: SystemDiskWish, image: Pick<Image, 'sizeGb'>): Result<SystemDisk, ApiFault> {
  const category = wish.category ?? 'cloud_essd'
  // As the cloud has it: level 1 for an ESSD that was asked for, level 0 for what one gets without asking.
  const level = wish.performanceLevel ?? (wish.category === undefined ? 'PL0' : 'PL1')
  const performanceLevel = category === 'cloud_essd' ? level : undefined
  const kind = category === 'cloud_essd' ? level : category
  const [min, max] = sizes[kind]
  const sizeGb = wish.sizeGb ?? Math.max(40, image.sizeGb)
  if (sizeGb < min || sizeGb > max) return fail(apiFault('InvalidSystemDiskSize.ValueNotSupported', { kind, min, max }))
  if (sizeGb < image.sizeGb) return fail(apiFault('InvalidSystemDiskSize.LessThanImageSize', { size: image.sizeGb }))
  const name = checkText(wish.name, 2, 128, 'InvalidDiskName.Malformed')
  if (!name.ok) return name
  const description = checkText(wish.description, 2, 256, 'InvalidDiskDescription.Malformed')
  if (!description.ok) return description
  return ok({ category, sizeGb, name: name.value, description: description.value, ...(performanceLevel && { performanceLevel }) })
}
