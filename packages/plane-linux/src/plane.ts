// The data plane of one Linux host. What it says is there was read from the kernel; what it remembers serves changes only (ADR 14).
import type { IpAddress } from '@havip/base'
import type { DropFact, EipFact, NetworkInterfaceId, OwnerFact, PlaneChange, PlanePort, PlaneState, PlaneSwitch, VpcId } from '@havip/vpc'
import { type Claim, type DataPlane, PlaneError, type Probe, type ProbeRequest } from '@havip/vpc-service'
import { configurePortIpv6 } from './ipv6.ts'
import { KnownRules } from './known-rules.ts'
import type { MasterFile } from './master-file.ts'
import { interfaceName, type Names, transit } from './names.ts'
import { deleteLinks, ipBatch, netnsIdentity, nft, nftScript, removeNetns, renameNetns } from './netns.ts'
import { putNetwork, putSwitch, removeNetwork, routeFurtherPort, setPort, unrouteFurtherPort, wirePort } from './network.ts'
import { OwnerWatch } from './owner-watch.ts'
import { forgetAddresses, forgetBindings, forgetPort, readOwners } from './owners.ts'
import type { Power } from './power.ts'
import type { Probes } from './probe.ts'
import {
  inspectPlane,
  type Link,
  type PortLink,
  portAlias,
  portLinksOf,
  portsOf,
  type RouterView,
  readInternetRoutes,
  readRouter,
  readRouters,
} from './router.ts'
import {
  putEipElements,
  putHavipElements,
  putPortElements,
  readDrops,
  readEipCounters,
  readEipElements,
  readHavipElements,
  readPortElements,
  removeEipElements,
  removeHavipElements,
  removePortElements,
  speaksIpv6,
} from './rule-elements.ts'
import { copyRules, differenceScript, type RouterRules } from './ruleset.ts'
import type { Queue } from './run.ts'
import { sweep } from './sweep.ts'

export type PlaneParts = {
  readonly master: MasterFile
  readonly probes: Probes
  /** A line for the log. */
  readonly log: (line: string) => void
}

/** One router during one `apply`: what was read, and the rules as they shall be. */
type Draft = {
  readonly view: RouterView & { readonly links: Map<string, Link> }
  readonly rules: RouterRules
  readonly generation: number | undefined
  /** Addresses that are no HAVIPs any more: nobody owns them, once they are gone from the rules. */
  readonly forgotten: Set<IpAddress>
  /** Bindings that have ended, by the names of their ports' links. */
  readonly unbound: Map<string, Set<IpAddress>>
}

export class LinuxDataPlane implements DataPlane {
  readonly #names: Names
  readonly #queue: Queue
  readonly #power: Power
  readonly #master: MasterFile
  readonly #probes: Probes
  readonly #watch: OwnerWatch
  readonly #known = new KnownRules()
  readonly #listeners = new Set<() => void>()

  /** @param queue shared with the instances: both change the same ports. */
  constructor(names: Names, queue: Queue, power: Power, parts: PlaneParts) {
    this.#master = parts.master
    this.#probes = parts.probes
    this.#names = names
    this.#queue = queue
    this.#power = power
    this.#watch = new OwnerWatch({ names, queue, log: parts.log, onChange: () => this.tellOwners() })
  }

  master(): Promise<Claim | undefined> {
    return Promise.resolve(this.#master.claim)
  }

  /** After what is under way: a change in another's name is finished or never begun. */
  claim(claim: Claim, adopt: boolean): Promise<void> {
    return this.#queue.run(async () => this.#master.take(claim, adopt))
  }

  setCable(vpc: VpcId, port: NetworkInterfaceId, isOn: boolean): Promise<void> {
    return this.#queue.run(async () => {
      const view = await readRouter(this.#names, vpc)
      if (!isOn) return view && this.#cut(view, (candidate) => candidate.port === port)
      const found = view && portLinksOf(view).find((candidate) => candidate.port === port)
      if (view && found && this.#power.isRunning(found.instance)) await setPort(view.netns, found.link.name, 'up')
    })
  }

  probe(request: ProbeRequest): Promise<Probe> {
    return this.#probes.open(request.from === 'internet' ? this.#names.internet : this.#names.router(request.from), request)
  }

  inspect(): Promise<PlaneState> {
    return this.#queue.run(() => inspectPlane(this.#names))
  }

  apply(changes: readonly PlaneChange[]): Promise<void> {
    return this.#queue.run(async () => {
      const drafts = new Map<VpcId, Draft>()
      try {
        for (const change of changes) await this.#applyOne(drafts, change)
      } finally {
        // Also after a failure: the changes before it stay done.
        for (const draft of drafts.values()) await this.#flush(draft)
        await this.#watch.refresh()
        for (const [vpc, { rules }] of drafts) this.#watch.know(vpc, new Set(readHavipElements(rules).map(({ address }) => address)))
        this.#watch.forget()
      }
      if (changes.some((change) => change.kind.endsWith('port') || change.kind.endsWith('havip'))) this.tellOwners()
    })
  }

  owners(): Promise<readonly OwnerFact[]> {
    return this.#queue.run(async () => {
      const views = await readRouters(this.#names)
      return (await Promise.all(views.map((view) => readOwners(view, (address) => this.#watch.conflictOf(view.vpc, address))))).flat()
    })
  }

  drops(): Promise<readonly DropFact[]> {
    return this.#queue.run(async () => {
      const facts: DropFact[] = []
      for (const view of await readRouters(this.#names)) {
        const counts = readDrops(await nft(view.netns, '-j', 'list', 'ruleset'))
        for (const { port, link } of portLinksOf(view)) {
          const count = counts.get(link.name)
          if (count) facts.push({ port, ...count })
        }
      }
      return facts
    })
  }

  eipCounters(): Promise<readonly EipFact[]> {
    return this.#queue.run(async () => {
      const facts: EipFact[] = []
      for (const view of await readRouters(this.#names))
        facts.push(...readEipCounters(await nft(view.netns, '-j', 'list', 'table', 'ip', 'havip'), readEipElements(view.rules)))
      return facts
    })
  }

  watchOwners(listener: () => void): () => void {
    const own = () => listener()
    this.#listeners.add(own)
    return () => void this.#listeners.delete(own)
  }

  tellOwners(): void {
    for (const listener of [...this.#listeners]) listener()
  }

  /** Finishes or removes what a killed run left half-made, and starts to watch for announcements. */
  async start(): Promise<void> {
    await this.#queue.run(() => sweep(this.#names, this.#power))
    await this.#watch.refresh()
  }

  close(): void {
    this.#probes.close()
    this.#watch.close()
    this.#listeners.clear()
  }

  /** For the instances: wires every port of one anew, switched on. The caller holds the queue. */
  async rewire(vpc: VpcId, instance: PlanePort['instance'], primary: NetworkInterfaceId): Promise<void> {
    const view = await readRouter(this.#names, vpc)
    const ports = view ? portsOf(view).filter((candidate) => candidate.instance === instance) : []
    if (!view || !ports.some(({ port }) => port === primary))
      throw new PlaneError('The network interface of the instance is not there yet.', `no complete port ${primary} in ${vpc}`)
    for (const port of ports) {
      await forgetPort(view, interfaceName('p', port.port))
      await wirePort(this.#names, view, port, true)
    }
    this.#watch.forget()
  }

  /** For the instances: whether a port still holds its namespace. */
  async hasPortOf(instance: PlanePort['instance']): Promise<boolean> {
    const views = await readRouters(this.#names)
    return views.some((view) => portLinksOf(view).some((port) => port.instance === instance))
  }

  /** For the instances: cuts all ports of one off, now. The caller holds the queue. */
  async switchOff(vpc: VpcId, instance: PlanePort['instance']): Promise<void> {
    const view = await readRouter(this.#names, vpc)
    if (view) await this.#cut(view, (candidate) => candidate.instance === instance)
  }

  /** A port without its cable owns nothing, and nobody is held off what it owned. */
  async #cut(view: RouterView, isMeant: (port: PortLink) => boolean): Promise<void> {
    const links = portLinksOf(view).filter(isMeant)
    for (const { link } of links) await setPort(view.netns, link.name, 'down')
    for (const { link } of links) await forgetPort(view, link.name)
    this.#watch.forget()
    this.tellOwners()
  }

  async #draft(drafts: Map<VpcId, Draft>, vpc: VpcId): Promise<Draft | undefined> {
    const known = drafts.get(vpc)
    if (known) return known
    const netns = this.#names.router(vpc)
    const identity = netnsIdentity(netns)
    if (identity === undefined) return undefined
    const remembered = this.#known.of(netns, identity)
    const generation = this.#known.generation(netns)
    const view = await readRouter(this.#names, vpc, remembered)
    if (!view) return undefined
    const draft = {
      view: { ...view, links: new Map(view.links) },
      rules: copyRules(view.rules),
      generation,
      forgotten: new Set<IpAddress>(),
      unbound: new Map<string, Set<IpAddress>>(),
    }
    drafts.set(vpc, draft)
    return draft
  }

  async #needed(drafts: Map<VpcId, Draft>, vpc: VpcId): Promise<Draft> {
    const draft = await this.#draft(drafts, vpc)
    if (!draft) throw new PlaneError('The network of the resource is not there yet.', `no router namespace for ${vpc}`)
    return draft
  }

  async #flush(draft: Draft): Promise<void> {
    const { view, rules, generation, forgotten, unbound } = draft
    const script = differenceScript(view.rules, rules)
    const identity = netnsIdentity(view.netns)
    if (identity === undefined) return
    await nftScript(view.netns, script)
    if (view.isIntact) this.#known.keep(view.netns, identity, { rules, intact: true }, generation, script === '' ? 0 : 1)
    // What was forgotten before may have been claimed once more until the rules were gone.
    if (forgotten.size > 0) await forgetAddresses(view, forgotten)
    if (unbound.size > 0) await forgetBindings(view, unbound)
  }

  async #applyOne(drafts: Map<VpcId, Draft>, change: PlaneChange): Promise<void> {
    try {
      await this.#change(drafts, change)
    } catch (error) {
      if (error instanceof PlaneError) throw error
      const detail = `${change.kind}: ${error instanceof Error ? error.message : String(error)}`
      throw new PlaneError('The network could not be changed.', detail, { cause: error })
    }
  }

  async #change(drafts: Map<VpcId, Draft>, change: PlaneChange): Promise<void> {
    switch (change.kind) {
      case 'put-network': {
        const draft = drafts.get(change.network.vpc)
        if (draft) await this.#flush(draft)
        drafts.delete(change.network.vpc)
        return putNetwork(this.#names, change.network)
      }
      case 'remove-network': {
        const view = (await this.#draft(drafts, change.vpc))?.view
        drafts.delete(change.vpc)
        if (view) await this.#removeRoutesOf(view)
        await removeNetwork(this.#names, change.vpc)
        for (const { instance } of view ? portLinksOf(view) : []) await this.#removeEmptyInstance(instance)
        return
      }
      case 'put-switch': {
        const draft = await this.#needed(drafts, change.switch.vpc)
        const link = await putSwitch(draft.view, change.switch)
        draft.view.links.set(link.name, link)
        await this.#readdressPorts(draft, change.switch)
        return
      }
      case 'remove-switch': {
        const draft = await this.#draft(drafts, change.vpc)
        const name = interfaceName('b', change.vswitch)
        if (draft?.view.links.delete(name)) await deleteLinks(draft.view.netns, [name])
        return
      }
      case 'put-port':
        return this.#putPort(await this.#needed(drafts, change.port.vpc), change.port)
      case 'remove-port':
        return this.#removePort(await this.#draft(drafts, change.vpc), change.port)
      case 'put-havip': {
        const draft = await this.#needed(drafts, change.havip.vpc)
        putHavipElements(draft.rules, change.havip)
        return
      }
      case 'remove-havip': {
        const draft = await this.#draft(drafts, change.vpc)
        if (!draft) return
        const element = readHavipElements(draft.rules).find((candidate) => candidate.havip === change.havip)
        removeHavipElements(draft.rules, change.havip)
        if (element) draft.forgotten.add(element.address)
        return
      }
      case 'put-eip': {
        const draft = await this.#needed(drafts, change.eip.vpc)
        const old = readEipElements(draft.rules).find((candidate) => candidate.eip === change.eip.eip)
        if (old && old.address !== change.eip.address) await this.#removeRoute(draft.view.vpc, old.address)
        putEipElements(draft.rules, change.eip)
        const link = interfaceName('t', change.eip.vpc)
        await ipBatch(this.#names.internet, [`route replace ${change.eip.address}/32 via ${transit.router} dev ${link} onlink`])
        return
      }
      case 'remove-eip': {
        const draft = await this.#draft(drafts, change.vpc)
        const element = draft && readEipElements(draft.rules).find((candidate) => candidate.eip === change.eip)
        if (!draft) return
        removeEipElements(draft.rules, change.eip)
        if (element) await this.#removeRoute(change.vpc, element.address)
        return
      }
    }
  }

  async #putPort(draft: Draft, port: PlanePort): Promise<void> {
    const name = interfaceName('p', port.port)
    const link = draft.view.links.get(name)
    await this.#mendName(port.instance)
    const before = portsOf({ ...draft.view, rules: draft.rules }).find((candidate) => candidate.port === port.port)
    const isWired =
      link !== undefined &&
      link.alias === portAlias(port) &&
      link.master === interfaceName('b', port.vswitch) &&
      netnsIdentity(this.#names.instance(port.instance)) !== undefined &&
      (before === undefined || (before.mac === port.mac && before.address === port.address))
    const ended = (before?.havips ?? []).filter((havip) => !port.havips.includes(havip))
    for (const havip of port.havips) draft.unbound.get(name)?.delete(havip)
    if (ended.length > 0) await unbind(draft, name, ended)
    putPortElements(draft.rules, name, port, draft.view.links.get(interfaceName('b', port.vswitch))?.addresses6.length === 1)
    if (isWired) {
      await configurePortIpv6(this.#names, draft.view, port, before)
      if (port.device > 0) await routeFurtherPort(this.#names, draft.view, port)
      return
    }
    draft.view.links.set(name, await wirePort(this.#names, draft.view, port, this.#power.isRunning(port.instance)))
  }

  /** Its ports speak IPv6 when their switch does. */
  async #readdressPorts(draft: Draft, { vswitch, vpc, cidr6 }: PlaneSwitch): Promise<void> {
    const elements = readPortElements(draft.rules)
    for (const { link, port, instance, device, vswitch: own } of portLinksOf(draft.view)) {
      const known = elements.get(link.name)
      if (own === vswitch && known && speaksIpv6(draft.rules, link.name) !== (cidr6 !== undefined))
        await this.#putPort(draft, { port, instance, device, vswitch, vpc, ...known })
    }
  }

  /** Somebody deleted the name of a namespace whose machine runs: the namespace lives, and must not be made a second time. */
  async #mendName(instance: PlanePort['instance']): Promise<void> {
    const netns = this.#names.instance(instance)
    const pid = netnsIdentity(netns) === undefined ? this.#power.pidOf(instance) : undefined
    if (pid !== undefined) await renameNetns(netns, pid)
  }

  async #removePort(draft: Draft | undefined, port: NetworkInterfaceId): Promise<void> {
    if (!draft) return
    const name = interfaceName('p', port)
    const link = draft.view.links.get(name)
    const { havips = [] } = readPortElements(draft.rules).get(name) ?? {}
    await forgetPort(draft.view, name)
    if (havips.length > 0) draft.unbound.set(name, new Set(havips))
    removePortElements(draft.rules, name)
    if (!link) return
    await deleteLinks(draft.view.netns, [name])
    draft.view.links.delete(name)
    const [, instance, device] = link.alias.split(' ') as [string, PlanePort['instance']?, string?]
    if (!instance) return
    await unrouteFurtherPort(this.#names, instance, Number(device))
    if (!portLinksOf(draft.view).some((other) => other.instance === instance)) await this.#removeEmptyInstance(instance)
  }

  async #removeEmptyInstance(instance: PlanePort['instance']): Promise<void> {
    if (!this.#power.exists(instance)) await removeNetns(this.#names.instance(instance))
  }

  async #removeRoute(vpc: VpcId, address: string): Promise<void> {
    if ((await readInternetRoutes(this.#names)).get(address) === interfaceName('t', vpc))
      await ipBatch(this.#names.internet, [`route delete ${address}/32`])
  }

  async #removeRoutesOf(view: RouterView): Promise<void> {
    const link = interfaceName('t', view.vpc)
    const routes = [...(await readInternetRoutes(this.#names))].filter(([, device]) => device === link)
    await ipBatch(
      this.#names.internet,
      routes.map(([address]) => `route delete ${address}/32`),
    )
  }
}

/** Forgotten at once, so that a process that dies before the rules are changed leaves nothing wrong; and again when they are. */
async function unbind(draft: Draft, link: string, havips: readonly IpAddress[]): Promise<void> {
  const ended = new Set([...(draft.unbound.get(link) ?? []), ...havips])
  draft.unbound.set(link, ended)
  await forgetBindings(draft.view, new Map([[link, ended]]))
}
