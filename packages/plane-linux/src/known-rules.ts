// What we know of a router's rules without reading them: the state that our own last change left behind, as long as the kernel's
// generation says that nobody has changed anything since. One change among many then costs what it is, not what there is.
import { rulesGeneration } from './generation.ts'
import type { Rules } from './router.ts'

/** Routers whose rules are remembered; the ones not used for longest go first. */
const routersMax = 64

type Known = Rules & { readonly identity: string; readonly generation: number }

export class KnownRules {
  readonly #known = new Map<string, Known>()

  /** @param identity of the namespace: another one of the same name knows nothing. */
  of(netns: string, identity: string): Rules | undefined {
    const known = this.#known.get(netns)
    if (!known) return undefined
    if (known.identity === identity && rulesGeneration(netns) === known.generation) return known
    this.#known.delete(netns)
    return undefined
  }

  /** Before rules are read or changed: hand it to `keep` afterwards. */
  generation(netns: string): number | undefined {
    return rulesGeneration(netns)
  }

  /**
   * Remembers rules that were read, or that one transaction of ours made.
   *
   * @param before the generation when it began. @param transactions of ours since then; when more happened, it was somebody else.
   */
  keep(netns: string, identity: string, rules: Rules, before: number | undefined, transactions: number): void {
    this.#known.delete(netns)
    const generation = rulesGeneration(netns)
    if (before === undefined || generation === undefined || generation !== before + transactions) return
    this.#known.set(netns, { ...rules, identity, generation })
    const [oldest] = this.#known.keys()
    if (this.#known.size > routersMax && oldest !== undefined) this.#known.delete(oldest)
  }
}
