// Planned switchovers as the checkers see them: what was asked of an instance, and what has to follow from it.
import type { GlobalDefs, InstanceConf } from '@havip/conf'
import type { Knowledge } from './knowledge.ts'

type Broken = { readonly rule: string; readonly detail: string }

/** A master was asked to make room: it has the addresses, and says nothing but goodbyes, until a successor has had its time. */
export type Giving = {
  readonly since: number
  /** When somebody was first heard who may be the successor. */
  successorAt: number | undefined
}

/** A backup took back what it was asked to: the lower master hears of it at `wordAt`, and nobody before. */
export type TakenBack = { readonly at: number; readonly wordAt: number; spokeAt: number | undefined }

/** Both have the addresses for so long when one takes them back, before the other hears of it (docs/switchover.md). */
export const overlapOfReturn = ({ advertInterval }: Pick<InstanceConf, 'advertInterval'>): number => Math.min(50, advertInterval / 4)

/** Both have them for so long when one gives them, from the successor's first advert: longer where announcements are paced. */
export function overlapOfGiving(conf: InstanceConf, { garpInterval, gnaInterval }: GlobalDefs): number {
  return isMadeBeforeBroken(conf) ? Math.min(1000, 250 + conf.virtualAddresses.length * Math.max(garpInterval, gnaInterval)) : 0
}

/** An IPv6 address that the kernel asks about first is never on both on purpose. */
export const isMadeBeforeBroken = ({ virtualAddresses, family }: InstanceConf): boolean =>
  family === 'ipv4' || virtualAddresses.every(({ noDad }) => noDad)

/** A goodbye, two more at a distance beyond any skew, and a skew; then a second at most with the successor. */
export function longestGiving({ version, advertInterval }: Pick<InstanceConf, 'version' | 'advertInterval'>): number {
  const skew = version === 2 ? 1000 : advertInterval
  return Math.max(1000, 3 * Math.max(100, 1.5 * skew) + skew) + 1000
}

/** With the first word announcements, and once more as long after it: whoever believed the old master until then follows. */
export function judgeTakenBack(
  conf: InstanceConf,
  { at, wordAt, spokeAt = wordAt }: TakenBack,
  { announcements }: Pick<Knowledge, 'announcements'>,
  until: number,
  lagMax: number,
): readonly Broken[] {
  const slack = 2 * lagMax + 1
  const broken: Broken[] = []
  for (const [what, due] of [
    ['with its first word', wordAt],
    ['once more after its first word', Math.max(spokeAt, wordAt) + (wordAt - at)],
  ] as const) {
    if (until <= due + slack) continue
    const lacking = conf.virtualAddresses.find(
      ({ address }) => !announcements.some((one) => one.address === address && one.at >= due - 0.1 && one.at <= due + slack),
    )
    if (lacking) broken.push({ rule: 'take-back', detail: `it took ${lacking.address} back and did not announce it ${what}` })
  }
  return broken
}
