// The vrrp_scripts of a configuration that are in use, run once each however many instances track them.
import type { Configuration, GlobalDefs, ScriptConf } from '@havip/conf'
import type { Agenda } from './agenda.ts'
import type { DisabledScripts } from './diagnostics.ts'
import type { Heritage } from './heritage.ts'
import type { Clock, Host } from './host.ts'
import { scriptUser } from './notify.ts'
import { sameMeaning } from './reload-plan.ts'
import { keptJudgement, type ScriptEvents, type ScriptJudgement, ScriptTracker } from './script-tracker.ts'

type ScriptWorld = { readonly host: Host; readonly clock: Clock; readonly agenda: Agenda; readonly isDisabled: DisabledScripts }

export class ScriptSet {
  readonly #world: ScriptWorld
  readonly #events: ScriptEvents
  readonly #inherited = new Map<string, ScriptJudgement>()
  #trackers = new Map<string, ScriptTracker>()

  constructor(world: ScriptWorld, events: ScriptEvents) {
    this.#world = world
    this.#events = events
  }

  /** Verdicts that the process before this one had come to; for the first `configure`. */
  inherit(verdicts: Heritage['scripts']): void {
    for (const { name, verdict } of verdicts) this.#inherited.set(name, { verdict, streak: 0 })
  }

  heritage(): Heritage['scripts'] {
    return [...this.#trackers].map(([name, tracker]) => ({ name, verdict: tracker.judgement.verdict }))
  }

  find(name: string): ScriptTracker | undefined {
    return this.#trackers.get(name)
  }

  /** Makes the trackers of a configuration; results of scripts that were there before are kept. Nothing runs yet. */
  configure(configuration: Configuration): readonly ScriptTracker[] {
    const before = this.#trackers
    const fresh: ScriptTracker[] = []
    this.#trackers = new Map()
    for (const conf of configuration.scripts) {
      // The first of two with one name is the one that is found (keepalived).
      if (this.#trackers.has(conf.name) || !isUsed(conf, configuration)) continue
      const old = before.get(conf.name)
      if (old && sameMeaning(old.conf, conf)) {
        this.#trackers.set(conf.name, old)
        this.#tellKept(old)
        continue
      }
      const tracker = this.#make(conf, configuration.global, old)
      if (!tracker) continue
      this.#trackers.set(conf.name, tracker)
      fresh.push(tracker)
    }
    for (const [name, old] of before) if (this.#trackers.get(name) !== old) old.stop()
    return fresh
  }

  stop(): void {
    for (const tracker of this.#trackers.values()) tracker.stop()
  }

  #make(conf: ScriptConf, global: GlobalDefs, old: ScriptTracker | undefined): ScriptTracker | undefined {
    if (this.#world.isDisabled(conf.command)) {
      this.#world.host.log(4, `Disabling track script ${conf.name}: it cannot be run`)
      return undefined
    }
    const allowed = scriptUser(this.#world.host, global, conf.command)
    if ('refused' in allowed) {
      this.#world.host.log(4, `${allowed.refused} - disabling track script ${conf.name}`)
      return undefined
    }
    if (old) this.#tellKept(old)
    const kept = old ? keptJudgement(old) : this.#inherited.get(conf.name)
    this.#inherited.delete(conf.name)
    return new ScriptTracker(conf, allowed.user, this.#world, this.#events, kept)
  }

  #tellKept({ name, judgement }: ScriptTracker): void {
    if (judgement.verdict === 'none') return
    const verdict = judgement.verdict === 'good' ? 'successful' : 'unsuccessful'
    this.#world.host.log(6, `VRRP_Script(${name}) considered ${verdict} on reload`)
  }
}

const isUsed = (conf: ScriptConf, { instances, syncGroups }: Configuration): boolean =>
  [...instances, ...syncGroups].some((user) => user.trackScripts.some((entry) => entry.name === conf.name))
