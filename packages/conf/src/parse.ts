// A configuration from its text: lines, tree, then block by block the typed model with everything that is wrong with it.
import { seconds, seededRandom } from '@havip/base'
import type { InstanceContext, Trackers } from './build/context.ts'
import { buildDefaults, buildGlobal, type InstanceDefaults } from './build/global.ts'
import { buildInstance, familyOfInstance, readNotify } from './build/instance.ts'
import { checkLvsBlock, readGroups } from './build/lvs.ts'
import type { ServerGroup } from './build/lvs-groups.ts'
import { readRouteEntry } from './build/route.ts'
import { PREFERENCE_FIRST, readRuleEntry } from './build/rule.ts'
import {
  buildGarpGroup,
  buildTrackGroup,
  limitDelays,
  readInterfaceDelays,
  readLinkbeatInterfaces,
  readStaticAddresses,
} from './build/small-blocks.ts'
import { applyGroup, buildSyncGroup, resolveGroups } from './build/sync-group.ts'
import { checkTogether } from './build/together.ts'
import { entriesOf } from './build/track.ts'
import { buildBfd, buildProcessTracker, buildScript, buildTrackFile } from './build/trackers.ts'
import { buildWebhook } from './build/webhook.ts'
import type { Diagnostic, Span } from './diagnostic.ts'
import { addField, type Field, Fields, readField, readFields } from './fields.ts'
import { Findings } from './findings.ts'
import { ROOT } from './keywords/tables.ts'
import type {
  BfdConf,
  Configuration,
  DaemonConf,
  GarpGroupConf,
  GlobalDefs,
  InstanceConf,
  LvsBlockConf,
  SyncGroupConf,
  TrackGroupConf,
  WebhookConf,
} from './model.ts'
import type { SourceReader } from './source.ts'
import { LineReader } from './text/reader.ts'
import { type Block, type Statement, TreeBuilder } from './tree.ts'

export type ParseOptions = {
  /** `-i`: what `@ID` is compared with and `${_INSTANCE}` stands for; undefined: the host name up to its first dot. */
  readonly configId?: string | undefined
  readonly hostName: string
  /** For `${_ENV NAME}`. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Of `${_RANDOM}`, where `random_seed` does not say; give it the time. Undefined: always the same numbers. */
  readonly randomSeed?: number
  /** `-e`: every include has to succeed. */
  readonly checksAllIncludes?: boolean
}

export type ParsedConfiguration = {
  readonly tree: Block
  readonly configuration: Configuration
  readonly diagnostics: readonly Diagnostic[]
  /** Texts of all files read, by path: what the spans point into. */
  readonly texts: ReadonlyMap<string, string>
}

/**
 * Reads a configuration. Never throws for what is in the files; takes time in proportion to their size.
 *
 * @param path absolute path of the main file.
 */
export function parseConfiguration(reader: SourceReader, path: string, options: ParseOptions): ParsedConfiguration {
  const findings = new Findings()
  const builder = new TreeBuilder(findings)
  const random = seededRandom(options.randomSeed ?? 1)
  const lines = new LineReader(
    reader,
    {
      configId: options.configId ?? (options.hostName.split('.')[0] as string),
      random,
      env: options.env ?? {},
      checksAllIncludes: options.checksAllIncludes ?? false,
    },
    findings,
    (line) => builder.line(line),
  )
  lines.readMain(path)
  builder.finish()
  const configuration = new Assembler(findings).assemble(builder.root)
  return { tree: builder.root, configuration, diagnostics: findings.list(), texts: lines.texts }
}

/** The same for a single text without includes. */
export function parseText(text: string, options: Partial<ParseOptions> = {}, path = '/keepalived.conf'): ParsedConfiguration {
  const reader: SourceReader = {
    read: (wanted) => (wanted === path ? { ok: true, value: text } : { ok: false, fault: { kind: 'not-found' } }),
    glob: () => [],
  }
  return parseConfiguration(reader, path, { hostName: 'localhost', ...options })
}

class Assembler {
  readonly #findings: Findings
  readonly #root = new Fields()
  readonly #global = new Fields()
  /** Grows while the text is gone through: a track entry may only name what stands before it. */
  readonly #trackers: Trackers = { script: new Map(), file: new Map(), process: new Map(), bfd: new Map() }
  readonly #instances: InstanceConf[] = []
  readonly #unusable: Configuration['unusable'][number][] = []
  readonly #groups: SyncGroupConf[] = []
  readonly #trackGroups: TrackGroupConf[] = []
  readonly #garpGroups: GarpGroupConf[] = []
  readonly #webhooks: WebhookConf[] = []
  readonly #garpInterfaces = new Map<string, Span>()
  readonly #lvs: LvsBlockConf[] = []
  /** Sessions that nothing of VRRP may track. */
  readonly #checkSessions: BfdConf[] = []
  #serverGroups: ReadonlyMap<string, ServerGroup> = new Map()
  readonly #names = new Map<string, Span>()
  #model: GlobalDefs | undefined
  #defaults: InstanceDefaults | undefined

  constructor(findings: Findings) {
    this.#findings = findings
  }

  assemble(root: Block): Configuration {
    this.#readGlobal(root)
    const global = buildGlobal(this.#global, this.#findings)
    this.#model = global
    this.#defaults = buildDefaults(this.#global, this.#findings)
    this.#serverGroups = readGroups(root.statements, this.#findings)
    for (const statement of root.statements) if (statement.keyword?.name !== 'global_defs') this.#statement(statement)
    const findings = this.#findings
    const syncGroups = resolveGroups(this.#groups, this.#instances, findings)
    const instances = this.#instances.map((instance) => applyGroup(instance, syncGroups, this.#trackers, findings))
    const preferences = { next: PREFERENCE_FIRST }
    const { script, file, process: processes, bfd } = this.#trackers
    const configuration: Configuration = {
      global,
      instances,
      syncGroups,
      scripts: [...script.values()],
      files: [...file.values()],
      processes: [...processes.values()],
      bfdSessions: [...bfd.values(), ...this.#checkSessions],
      staticAddresses: readStaticAddresses(this.#root, findings),
      staticRoutes: entriesOf(this.#root.all('static_routes')).flatMap((entry) => readRouteEntry(entry, true, findings) ?? []),
      staticRules: entriesOf(this.#root.all('static_rules')).flatMap((entry) => readRuleEntry(entry, true, preferences, findings) ?? []),
      trackGroups: this.#trackGroups,
      garpGroups: this.#garpGroups,
      interfaceDelays: limitDelays(readInterfaceDelays(this.#root, findings), instances, findings),
      webhooks: this.#webhooks,
      daemon: this.#daemon(),
      lvsBlocks: this.#lvs,
      unusable: this.#unusable,
    }
    checkTogether(configuration, findings)
    return configuration
  }

  /** All `global_defs` first: they count for instances that stand before them, too. */
  #readGlobal(root: Block): void {
    for (const statement of root.statements) {
      if (statement.keyword?.name !== 'global_defs') continue
      readField(statement, ROOT, 'the top level', this.#findings)
      readFields(statement.block, 'global_defs', this.#findings, this.#global)
    }
  }

  #daemon(): DaemonConf {
    const root = this.#root
    return {
      netNamespace: root.text('net_namespace'),
      instanceName: root.text('instance'),
      usePidDir: root.has('use_pid_dir'),
      childWaitTime: root.seconds('child_wait_time') ?? seconds(5),
      linkbeatPolling: root.has('linkbeat_use_polling'),
      linkbeatInterfaces: readLinkbeatInterfaces(root, this.#findings),
    }
  }

  #statement(statement: Statement): void {
    const field = readField(statement, ROOT, 'the top level', this.#findings)
    if (!field) return
    const name = typeof field.values[0] === 'string' ? field.values[0] : ''
    const at = statement.words[1]?.at ?? statement.at
    const named = { name, at }
    const findings = this.#findings
    switch (field.keyword.name) {
      case 'vrrp_instance':
        this.#instance(statement, named)
        return
      case 'vrrp_sync_group': {
        if (!this.#isNew(statement, named) || !this.#defaults) return
        const fields = readFields(statement.block, `vrrp_sync_group ${name}`, findings)
        this.#groups.push(buildSyncGroup(name, at, fields, this.#trackers, this.#defaults, findings))
        return
      }
      case 'vrrp_script':
        this.#tracker('script', statement, named, buildScript)
        return
      case 'vrrp_track_process':
        this.#tracker('process', statement, named, buildProcessTracker)
        return
      case 'track_file':
      case 'vrrp_track_file':
        this.#tracker('file', statement, named, buildTrackFile)
        return
      case 'bfd_instance':
        this.#tracker('bfd', statement, named, (...parts) => this.#forVrrp(buildBfd(...parts)))
        return
      case 'track_group': {
        if (!this.#isNew(statement, named)) return
        const group = buildTrackGroup(name, at, readFields(statement.block, `track_group ${name}`, findings), findings)
        if (group) this.#trackGroups.push(group)
        return
      }
      case 'garp_group': {
        const group = buildGarpGroup(statement, readFields(statement.block, 'garp_group', findings), this.#garpInterfaces, findings)
        if (group) this.#garpGroups.push(group)
        return
      }
      case 'webhook': {
        if (!this.#isNew(statement, named)) return
        const fields = readFields(statement.block, `webhook ${name}`, findings)
        const webhook = buildWebhook(named, fields, this.#webhooks.length, findings)
        if (webhook) this.#webhooks.push(webhook)
        return
      }
      case 'virtual_server':
      case 'virtual_server_group':
      case 'SSL': {
        this.#lvsBlock(statement, field)
        return
      }
      default:
        addField(field, this.#root, findings)
    }
  }

  #lvsBlock(statement: Statement, field: Field): void {
    const findings = this.#findings
    const words = statement.words.map((word) => word.text).join(' ')
    findings.note('lvs-not-run', statement.at, `${words}: LVS is not run by havip; the block is checked for form only`, [], 'warning')
    if (field.keyword.once) addField(field, this.#root, findings)
    const references = {
      group: (name: string) => this.#serverGroups.get(name),
      hasFile: (name: string) => this.#trackers.file.has(name),
      hasSession: (name: string) => this.#trackers.bfd.has(name) || this.#checkSessions.some((session) => session.name === name),
    }
    this.#lvs.push({ name: words, at: statement.at, commands: checkLvsBlock(statement, references, findings) })
  }

  #instance(statement: Statement, { name, at }: { name: string; at: Span }): void {
    const block = statement.block
    const { findings, defaults, global } = { findings: this.#findings, defaults: this.#defaults, global: this.#model }
    if (!block || !defaults || !global || !this.#isNew(statement, { name, at })) return
    const fields = readFields(block, `vrrp_instance ${name}`, findings)
    const context: InstanceContext = {
      name,
      at,
      fields,
      defaults,
      global,
      trackers: this.#trackers,
      findings,
      family: familyOfInstance(block.statements),
      isStrict: fields.boolean('strict_mode') ?? defaults.strict,
    }
    const instance = buildInstance(context)
    if (instance) this.#instances.push(instance)
    else this.#unusable.push({ interface: fields.text('interface'), notify: readNotify(fields), at })
  }

  /** Names more than one word long, and a name used before, skip the block. */
  #isNew(statement: Statement, { name, at }: { name: string; at: Span }): boolean {
    const keyword = statement.keyword?.name ?? ''
    const extra = statement.words[2]
    if (extra) {
      this.#findings.error('extra-words', extra.at, `${keyword} takes one name; \`${extra.text}\` is one too many and the block is skipped`)
      return false
    }
    const key = `${keyword} ${name}`
    const first = this.#names.get(key)
    if (first)
      this.#findings.error('already-defined', at, `there is a ${keyword} ${name} already; this one is skipped`, [
        { at: first, note: 'the first one' },
      ])
    else this.#names.set(key, at)
    return first === undefined
  }

  #forVrrp(session: BfdConf | undefined): BfdConf | undefined {
    if (!session || session.forVrrp) return session
    this.#checkSessions.push(session)
    return undefined
  }

  #tracker<Kind extends keyof Trackers, Model>(
    kind: Kind,
    statement: Statement,
    named: { name: string; at: Span },
    build: (named: { name: string; at: Span }, fields: Fields, findings: Findings) => Model | undefined,
  ): void {
    const fields = readFields(statement.block, `${statement.words[0]?.text} ${named.name}`, this.#findings)
    const model = build(named, fields, this.#findings)
    const known = this.#trackers[kind] as Map<string, Model>
    // A second one of the same name is accepted by keepalived without a word, and the first is the one that is used.
    if (model === undefined) return
    if (!known.has(named.name)) known.set(named.name, model)
    else
      this.#findings.note(
        'already-defined',
        named.at,
        `there is a ${statement.words[0]?.text} ${named.name} already, and that is the one that is used`,
        [],
        'warning',
      )
  }
}
