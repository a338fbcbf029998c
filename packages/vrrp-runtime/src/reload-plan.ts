// What a reload has to do: which running routers go on, with or without new settings, which leave, which are new.
import type { BfdConf, GlobalDefs, InstanceConf, ScriptConf } from '@havip/conf'

export type ReloadPlan<Running> = {
  /** In the order of the new file. */
  readonly steps: readonly (
    | { readonly kind: 'keep'; readonly running: Running; readonly conf: InstanceConf }
    | { readonly kind: 'change'; readonly running: Running; readonly conf: InstanceConf }
    | { readonly kind: 'create'; readonly conf: InstanceConf }
  )[]
  readonly leaving: readonly Running[]
}

/**
 * Routers are matched by VRID, family and interface, as keepalived does, not by name; where two share these (unicast
 * routers without a common peer) the name decides between them.
 */
export function planReload<Running extends { readonly conf: InstanceConf }>(
  running: readonly Running[],
  wanted: readonly InstanceConf[],
  globals: { readonly before: GlobalDefs; readonly after: GlobalDefs },
): ReloadPlan<Running> {
  const left = new Set(running)
  const matching = (conf: InstanceConf): Running | undefined => {
    const candidates = [...left].filter((other) => identityOf(other.conf) === identityOf(conf))
    return candidates.find((other) => other.conf.name === conf.name) ?? candidates[0]
  }
  const groupsMoved = globals.before.mcastGroup4 !== globals.after.mcastGroup4 || globals.before.mcastGroup6 !== globals.after.mcastGroup6
  const steps = wanted.map((conf) => {
    const match = matching(conf)
    if (!match) return { kind: 'create', conf } as const
    left.delete(match)
    const isSame = !groupsMoved && sameMeaning(match.conf, conf)
    return { kind: isSame ? 'keep' : 'change', running: match, conf } as const
  })
  return { steps, leaving: [...left] }
}

const identityOf = (conf: InstanceConf): string => `${conf.vrid} ${conf.family} ${conf.interface ?? '*'}`

/** Equal but for the places in the text. */
export const sameMeaning = <Conf extends InstanceConf | ScriptConf | BfdConf>(a: Conf, b: Conf): boolean =>
  withoutPlaces(a) === withoutPlaces(b)
const withoutPlaces = (value: unknown): string => JSON.stringify(value, (key, inner: unknown) => (key === 'at' ? undefined : inner))
