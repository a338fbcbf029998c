// Scenario files: a rehearsal with expectations, in YAML, to be kept and run again. Every problem is found in one run and
// has its line and column.
//
//   name: ECS 1 loses power
//   nodes:
//     ecs1: ecs1.keepalived.conf
//     ecs2: { config: ecs2.keepalived.conf, guard: none }
//   duration: 60s
//   faults:
//     - power-loss ecs1 @10s
//   expect:
//     - owner ecs2 within 4s
//     - no split brain
import { type Milliseconds, milliseconds, parseIp } from '@havip/base'
import { isMap, isScalar, isSeq, LineCounter, type Node, parseAllDocuments, type YAMLMap } from 'yaml'
import { parseDuration } from './duration.ts'
import { type Expectation, parseExpectation } from './expectation.ts'
import type { TimedFault } from './fault.ts'
import { parseFault } from './fault-text.ts'
import { BadWorld, parseLinkAddress } from './kernel.ts'
import { nearest } from './nearest.ts'
import { type Conditions, goodConditions, type InterfaceSpec, type NodeSpec, type ProgramSpec, type World } from './world.ts'
import { type NodeFile, worldOfFiles } from './world-of-files.ts'

export type Scenario = {
  readonly name: string
  readonly file: string
  readonly world: World
  /** Every one of these seeds has to keep every expectation. */
  readonly seeds: readonly number[]
  readonly expectations: readonly Expectation[]
}

export type ScenarioProblem = { readonly file: string; readonly line: number; readonly column: number; readonly message: string }

/** Reads a configuration beside the scenario: the text with everything it includes, or undefined when there is none. */
export type LoadConfiguration = (path: string) => Omit<NodeFile, 'name'> | undefined

/** A file may hold several scenarios, separated by `---`. Scenarios with problems are left out. */
export function parseScenarios(
  text: string,
  file: string,
  load: LoadConfiguration,
): { readonly scenarios: readonly Scenario[]; readonly problems: readonly ScenarioProblem[] } {
  const lines = new LineCounter()
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false })
  const problems: ScenarioProblem[] = []
  const scenarios: Scenario[] = []
  const report = (offset: number, message: string): void => {
    const { line, col } = lines.linePos(offset)
    problems.push({ file, line: Math.max(1, line), column: Math.max(1, col), message })
  }
  if (!Array.isArray(documents) || documents.length === 0) report(0, 'the file is empty; a scenario has `nodes`, `faults` and `expect`')
  else {
    for (const [i, document] of documents.entries()) {
      for (const error of document.errors) report(error.pos[0], error.message)
      if (document.errors.length > 0) continue
      const before = problems.length
      const scenario = new Reader(file, load, report).read(document.contents as Node | null, i)
      if (scenario && problems.length === before) scenarios.push(scenario)
    }
  }
  return { scenarios, problems }
}

const keys = ['name', 'nodes', 'network', 'duration', 'seed', 'seeds', 'faults', 'scripts', 'expect'] as const
const nodeKeys = ['config', 'off', 'guard', 'lag', 'start-up', 'interfaces', 'files', 'scripts'] as const
const networkKeys = ['delay', 'jitter', 'loss', 'duplicate', 'reorder'] as const

type Report = (offset: number, message: string) => void

class Reader {
  readonly #file: string
  readonly #load: LoadConfiguration
  readonly #report: Report

  constructor(file: string, load: LoadConfiguration, report: Report) {
    this.#file = file
    this.#load = load
    this.#report = report
  }

  read(root: Node | null, number: number): Scenario | undefined {
    const top = this.#map(root, 'a scenario', keys)
    if (!top) return undefined
    const nodes = this.#nodes(top)
    const duration = this.#duration(top.get('duration')) ?? milliseconds(60_000)
    const firstSeed = this.#number(top.get('seed'), 'a seed') ?? 1
    const count = this.#number(top.get('seeds'), 'how many seeds') ?? 1
    const conditions = this.#conditions(top.get('network'))
    if (nodes.length === 0) return undefined
    const draft = this.#world(nodes, firstSeed, duration, conditions, top.get('nodes') as Node)
    if (!draft) return undefined
    const names = [...draft.nodes.map((node) => node.name), ...draft.clients.map((client) => client.name)]
    const faults = this.#strings(top.get('faults'), 'faults').flatMap(({ text, at }): TimedFault[] => {
      const fault = parseFault(text, names)
      if (fault.ok) return [fault.value]
      this.#report(at + fault.fault.start, fault.fault.message)
      return []
    })
    const expectations = this.#strings(top.get('expect'), 'expectations').flatMap(({ text, at }): Expectation[] => {
      const expectation = parseExpectation(text)
      if (expectation.ok) return [expectation.value]
      this.#report(at, expectation.fault)
      return []
    })
    if (!top.has('expect')) this.#report(offsetOf(root), 'there is nothing under `expect`, so nothing is tested; e.g. “- no split brain”')
    const name = this.#text(top.get('name'))
    return {
      name: name ?? `${this.#file}${number > 0 ? ` (${number + 1})` : ''}`,
      file: this.#file,
      world: { ...draft, faults },
      seeds: Array.from({ length: count }, (_, i) => firstSeed + i),
      expectations,
    }
  }

  #world(nodes: readonly DraftNode[], seed: number, duration: Milliseconds, conditions: Conditions, at: Node): World | undefined {
    try {
      const world = worldOfFiles(
        nodes.map((node) => node.file),
        { seed, duration, conditions },
      )
      return { ...world, nodes: world.nodes.map((node, i) => ({ ...node, ...(nodes[i] as DraftNode).change(node) })) }
    } catch (error) {
      if (!(error instanceof BadWorld)) throw error
      this.#report(offsetOf(at), error.message)
      return undefined
    }
  }

  #nodes(top: Map<string, Node>): DraftNode[] {
    const value = top.get('nodes')
    if (value === undefined) {
      this.#report(0, '`nodes` is missing: name each machine and its file, e.g. “ecs1: ecs1.conf”')
      return []
    }
    if (!isMap(value)) {
      this.#report(offsetOf(value), '`nodes` is a list of name: file, e.g. “ecs1: ecs1.conf”')
      return []
    }
    return entriesOf(value).flatMap(([name, node]) => {
      const draft = this.#node(name, node)
      return draft ? [draft] : []
    })
  }

  #node(name: string, value: Node): DraftNode | undefined {
    const fields = isScalar(value) ? new Map<string, Node>([['config', value]]) : this.#map(value, `machine ${name}`, nodeKeys)
    if (!fields) return undefined
    const path = this.#text(fields.get('config'))
    if (path === undefined) {
      this.#report(offsetOf(value), `machine ${name} needs a \`config\`: the path of its file, from here`)
      return undefined
    }
    const loaded = this.#load(path)
    if (!loaded) {
      this.#report(offsetOf(fields.get('config')), `there is no file ${path} beside the scenario`)
      return undefined
    }
    const isOff = this.#text(fields.get('off')) === 'true'
    const guard = this.#text(fields.get('guard'))
    const guardAfter = guard === undefined || guard === 'none' ? undefined : this.#duration(fields.get('guard'))
    const startUp = this.#duration(fields.get('start-up'))
    const lag = this.#lag(fields.get('lag'))
    const interfaces = this.#interfaces(fields.get('interfaces'))
    const programs = this.#programs(fields.get('scripts'))
    const more = this.#files(fields.get('files'))
    return {
      file: { name, ...loaded, more: { ...loaded.more, ...more } },
      change: (node) => ({
        ...(isOff ? { startsAt: undefined } : {}),
        ...(guard === undefined ? {} : { guardAfter }),
        ...(startUp === undefined ? {} : { startUp }),
        ...(lag ? { lag } : {}),
        ...(programs.length > 0 ? { programs } : {}),
        ...(interfaces.length > 0 ? { interfaces: mergeInterfaces(node.interfaces, interfaces) } : {}),
      }),
    }
  }

  #lag(value: Node | undefined): NodeSpec['lag'] | undefined {
    const text = this.#text(value)
    if (text === undefined) return undefined
    const [low, high = low] = text.split(/\s*(?:to|\.\.|-)\s*/)
    const min = parseDuration(low ?? '')
    const max = parseDuration(high ?? '')
    if (min.ok && max.ok && max.value >= min.value) return { min: min.value, max: max.value }
    this.#report(offsetOf(value), `“${text}” is no lag; write it as 0.1ms to 2ms`)
    return undefined
  }

  #interfaces(value: Node | undefined): InterfaceSpec[] {
    if (value === undefined) return []
    if (!isMap(value)) {
      this.#report(offsetOf(value), 'interfaces are written as “eth0: { segment: lan, addresses: [192.168.0.209/24] }”')
      return []
    }
    return entriesOf(value).flatMap(([name, node]) => {
      const fields = this.#map(node, `interface ${name}`, ['segment', 'addresses'])
      if (!fields) return []
      const addresses = this.#strings(fields.get('addresses'), 'addresses').flatMap(({ text, at }) => {
        if (parseIp(text.split('/')[0] ?? '').ok && text.includes('/')) return [parsedAddress(text, at, this.#report)]
        this.#report(at, `“${text}” is not an address with its prefix, as 192.168.0.209/24`)
        return []
      })
      return [{ name, segment: this.#text(fields.get('segment')) ?? name, addresses: addresses.filter((one) => one !== '') }]
    })
  }

  #programs(value: Node | undefined): ProgramSpec[] {
    if (value === undefined) return []
    if (!isMap(value)) {
      this.#report(offsetOf(value), 'scripts are written as “/usr/bin/check: fails”')
      return []
    }
    return entriesOf(value).flatMap(([program, node]) => {
      const fault = parseFault(`script '${program}' ${this.#text(node) ?? ''}`)
      if (fault.ok && fault.value.fault.kind === 'script') return [{ program, behaviour: fault.value.fault.behaviour }]
      this.#report(offsetOf(node), fault.ok ? 'not a behaviour' : fault.fault.message)
      return []
    })
  }

  /** On the machine → beside the scenario. */
  #files(value: Node | undefined): Record<string, string> {
    const files: Record<string, string> = {}
    if (value === undefined || !isMap(value)) return files
    for (const [path, node] of entriesOf(value)) {
      const from = this.#text(node) ?? ''
      const loaded = this.#load(from)
      if (loaded) files[path] = loaded.text
      else this.#report(offsetOf(node), `there is no file ${from} beside the scenario`)
    }
    return files
  }

  #conditions(value: Node | undefined): Conditions {
    if (value === undefined) return goodConditions
    const fields = this.#map(value, '`network`', networkKeys)
    const found: Record<string, number> = { ...goodConditions }
    for (const [name, node] of fields ?? []) {
      const fault = parseFault(`${name} ${this.#text(node) ?? ''}`)
      if (fault.ok && fault.value.fault.kind === 'conditions') Object.assign(found, fault.value.fault.change)
      else if (!fault.ok) this.#report(offsetOf(node), fault.fault.message)
    }
    return { ...goodConditions, ...found } as Conditions
  }

  #map(value: Node | null | undefined, what: string, allowed: readonly string[]): Map<string, Node> | undefined {
    if (!isMap(value)) {
      this.#report(offsetOf(value), `${what} is written as key: value; the keys are ${allowed.join(', ')}`)
      return undefined
    }
    const fields = new Map<string, Node>()
    for (const [key, node, at] of entriesOf(value)) {
      if (allowed.includes(key)) {
        fields.set(key, node)
        continue
      }
      const close = nearest(key, allowed)
      this.#report(at, `${what} has no “${key}”${close ? `; did you mean “${close}”?` : `; the keys are ${allowed.join(', ')}`}`)
    }
    return fields
  }

  #strings(value: Node | undefined, what: string): { readonly text: string; readonly at: number }[] {
    if (value === undefined) return []
    const items = isSeq(value) ? (value.items as Node[]) : [value]
    return items.flatMap((item) => {
      const text = this.#text(item)
      // What YAML reads as a map is text with a colon in it.
      if (text === undefined) this.#report(offsetOf(item), `${what} are lines of text; put this one into quotes`)
      return text === undefined ? [] : [{ text, at: offsetOf(item) }]
    })
  }

  #text(value: Node | undefined): string | undefined {
    if (!isScalar(value) || value.value === null) return undefined
    return value.source ?? String(value.value)
  }

  #number(value: Node | undefined, what: string): number | undefined {
    if (value === undefined) return undefined
    const number = isScalar(value) ? Number(value.value) : Number.NaN
    if (Number.isInteger(number) && number >= 1 && number <= 1_000_000) return number
    this.#report(offsetOf(value), `${what} is a whole number from 1`)
    return undefined
  }

  #duration(value: Node | undefined): Milliseconds | undefined {
    if (value === undefined) return undefined
    const time = parseDuration(this.#text(value) ?? '')
    if (time.ok) return time.value
    this.#report(offsetOf(value), 'a length of time is written as 60s, 200ms or 1m30s')
    return undefined
  }
}

type DraftNode = { readonly file: NodeFile; readonly change: (node: NodeSpec) => Partial<NodeSpec> }

const offsetOf = (node: Node | null | undefined): number => node?.range?.[0] ?? 0

function entriesOf(map: YAMLMap): [key: string, value: Node, at: number][] {
  return map.items.map((pair) => {
    const key = pair.key as Node
    return [isScalar(key) ? String(key.value) : String(pair.key), pair.value as Node, offsetOf(key)]
  })
}

function parsedAddress(text: string, at: number, report: Report): string {
  try {
    parseLinkAddress(text)
    return text
  } catch (error) {
    report(at, (error as BadWorld).message)
    return ''
  }
}

const mergeInterfaces = (before: readonly InterfaceSpec[], wished: readonly InterfaceSpec[]): InterfaceSpec[] => [
  ...before.map((one) => wished.find((wish) => wish.name === one.name) ?? one),
  ...wished.filter((wish) => !before.some((one) => one.name === wish.name)),
]
