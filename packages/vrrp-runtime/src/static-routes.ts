// static_routes and static_rules: as long as the daemon lives, put back when something else removes them.
import type { Configuration, RouteConf, RuleConf } from '@havip/conf'
import type { Host, Link } from './host.ts'
import type { GoneRoute } from './host-parts.ts'
import type { RouteNames } from './route-names.ts'
import { RouteSet } from './route-set.ts'
import type { MissingItem } from './static-items.ts'

export class StaticRoutes {
  readonly #host: Host
  readonly #set: RouteSet

  constructor(host: Host, names: () => RouteNames, findLink: (name: string) => Link | undefined) {
    this.#host = host
    this.#set = new RouteSet({ host, names, findLink }, () => 'static')
  }

  /** Those that are not there now. */
  get missing(): readonly MissingItem[] {
    return this.#set.missing.map(({ what, conf }) => ({ what: `static ${what}`, trackGroup: conf.trackGroup }))
  }

  get missingConfs(): readonly (RouteConf | RuleConf)[] {
    return this.#set.missing.map(({ conf }) => conf)
  }

  get requests(): RouteSet['requests'] {
    return this.#set.requests
  }

  /** At start and at each reload: only the difference is touched. */
  configure({ staticRoutes, staticRules }: Configuration): void {
    this.#set.adopt()
    this.#set.moveTo(staticRoutes, staticRules)
  }

  /** @param cameUp the interface that has come, or has come up; undefined: what is missing is tried once more */
  placeAgain(cameUp: string | undefined): void {
    if (cameUp === undefined) this.#set.addMissing()
    else this.#set.addAgain(cameUp)
  }

  gone(gone: GoneRoute): void {
    const lost = this.#set.gone(gone)
    if (!lost) return
    this.#host.log(6, `Restoring deleted static ${lost.what}`)
    lost.putBack()
  }

  removeAll(): void {
    this.#set.removeAll()
  }
}
