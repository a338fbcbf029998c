// Adverts between the nodes of a HaVip, as the listening daemons tell: whether they come, and in what rhythm.
import type { DaemonAnswer, Havip } from '../api/types.ts'

export type AdvertFlow = {
  readonly havip: string
  readonly from: string
  readonly to: string
  readonly intervalMs: number
  /** False: the last one is longer ago than the listener puts up with. */
  readonly isHeard: boolean
}

/** An owner is missed after three intervals; a little more for the way of the answer. */
const missedAfter = 3.2

export function advertFlows(
  havips: readonly Havip[],
  ownerOf: (havip: string) => string,
  daemons: ReadonlyMap<string, { readonly answer: DaemonAnswer }>,
): readonly AdvertFlow[] {
  return havips.flatMap((havip) => {
    const owner = ownerOf(havip.HaVipId)
    if (owner === '') return []
    return havip.AssociatedInstances.associatedInstance.flatMap((id): AdvertFlow[] => {
      const { answer } = daemons.get(id) ?? {}
      const router = answer?.Status?.instances.find(({ addresses }) => addresses.some(({ address }) => address === havip.IpAddress))
      if (id === owner || !answer || !router?.master || router.master.isUs) return []
      const { advertIntervalMs: intervalMs, master } = router
      const isHeard = master.lastHeardMs + answer.AgeMs <= missedAfter * intervalMs
      return [{ havip: havip.HaVipId, from: owner, to: id, intervalMs, isHeard }]
    })
  })
}
