// Checks that need the machine: interfaces, accounts, scripts and who may write to them (reference 4.1, 4.10 and 7.3).
import { fail, ok, parseIp } from '@havip/base'
import { type CommandRole, commandsOf, type RunCommand } from './build/together.ts'
import type { Diagnostic, Span } from './diagnostic.ts'
import { Findings } from './findings.ts'
import { checkRoutingNames, type RoutingNames } from './machine-names.ts'
import type { Configuration, RouteConf, RuleConf, ScriptUser } from './model.ts'
import { extentOf } from './navigate.ts'
import type { ParsedConfiguration } from './parse.ts'
import { scriptAccount } from './script-account.ts'
import type { Block } from './tree.ts'

export type InterfaceFacts = { readonly isLoopback: boolean; readonly hasMulticast: boolean }

export type PathFacts =
  | { readonly kind: 'missing' }
  | {
      readonly kind: 'file' | 'directory' | 'symbolic-link' | 'other'
      readonly ownerId: number
      readonly groupId: number
      /** Permission bits, with set-uid and sticky: 0 to 0o7777. */
      readonly mode: number
    }

/** What is asked of the machine; a browser answers from what it was told. */
export type MachineFacts = RoutingNames & {
  /** Undefined: there is no such interface. */
  networkInterface(name: string): InterfaceFacts | undefined
  /** User and group number; undefined: no such account or group. */
  account(user: string, group: string | undefined): { readonly userId: number; readonly groupId: number } | undefined
  /** Of the path itself, a link not followed. */
  path(path: string): PathFacts
  /** Where links lead; undefined: nowhere. */
  resolve(path: string): string | undefined
  /** What PATH finds for a bare command name. */
  lookUpCommand(name: string): string | undefined
  /** Whether the name service knows a host; absent: it is not asked, which may take its time. */
  knowsHost?(name: string): boolean
  readonly ownUserId: number
}

/**
 * What a file's own problems and this machine's come to together. keepalived looks at scripts last: where an interface is missing it
 * never gets to those of VRRP, and scripts that are not there run for nobody, so that they need no security. We say all of it, and
 * count as it does.
 */
export function checkOnMachine(
  { configuration, diagnostics, tree }: Pick<ParsedConfiguration, 'configuration' | 'diagnostics' | 'tree'>,
  facts: MachineFacts,
): readonly Diagnostic[] {
  const findings = new Findings()
  checkInterfaces(configuration, facts, findings)
  checkRoutingNames(configuration, facts, findings)
  checkKeyFiles(configuration, facts, findings)
  checkWebhookFiles(configuration, facts, findings)
  checkMailServer(configuration, facts, findings)
  const running = commandsOf(configuration).filter((run) => checkCommand(run, configuration, facts, findings))
  const isUnseen = unseenBy(diagnostics, tree)
  const seen = {
    lvsBlocks: configuration.lvsBlocks.filter(({ at }) => !isUnseen(at)),
    instances: configuration.instances.filter(({ at }) => !isUnseen(at)),
    unusable: configuration.unusable.filter(({ at }) => !isUnseen(at)),
  }
  const runs = (isForChecks: boolean): boolean => running.some(({ role }) => (role === 'lvs') === isForChecks && isNeeded(role, seen))
  const { scriptUser } = configuration.global
  if (scriptUser && !facts.account(scriptUser.user, scriptUser.group)) {
    findings.error(
      'user-not-found',
      scriptUser.at,
      `script_user ${describe(scriptUser)} does not exist on this machine; scripts that name no user of their own are not run`,
    )
  }
  const all = [...diagnostics, ...findings.list()]
  const isCutShort = all.some(({ code, consequence }) => code === 'interface-not-found' && consequence === 'refused')
  const isCounted = ({ code, consequence }: Diagnostic): boolean => {
    if (code === 'no-check-script-security') return runs(true)
    if (code === 'no-script-security') return runs(false) && !isCutShort
    return code !== 'unsafe-path' || (!isCutShort && (consequence !== 'security' || runs(false) || runs(true)))
  }
  return all.map((diagnostic) => {
    if (!isCounted(diagnostic)) return { ...diagnostic, consequence: 'note' }
    const isWorse = diagnostic.consequence === 'aborted' || diagnostic.consequence === 'security'
    return isWorse && isUnseen(diagnostic.at) ? { ...diagnostic, consequence: 'corrected' } : diagnostic
  })
}

/**
 * A block that stands where another is not closed is none to keepalived: it knows none of its keywords, so nothing in it is worse than
 * unknown, and its first brace closes the one before. We read it as it was meant.
 */
function unseenBy(diagnostics: readonly Diagnostic[], tree: Block): (at: Span) => boolean {
  const unseen = diagnostics
    .filter(({ code }) => code === 'missing-close')
    .flatMap(({ at }) => tree.statements.find((statement) => statement.at.file === at.file && statement.at.start === at.start) ?? [])
    .map(extentOf)
  return ({ file, start }) => unseen.some((extent) => extent.file === file && extent.start <= start && start < extent.end)
}

function checkInterfaces(configuration: Configuration, facts: MachineFacts, findings: Findings): void {
  const mayBeAbsent = configuration.global.dynamicInterfaces
  const missing = (name: string | undefined, at: Span, what: string): boolean => {
    if (name === undefined || facts.networkInterface(name)) return false
    const message = `${what}: there is no interface ${name} on this machine`
    if (mayBeAbsent) findings.note('interface-not-found', at, `${message} yet`, [], 'warning')
    else findings.refused('interface-not-found', at, `${message}; dynamic_interfaces allows it to come later`)
    return true
  }
  for (const instance of configuration.instances) {
    const who = `(${instance.name})`
    if (!missing(instance.interface, instance.at, who) && instance.interface !== undefined) {
      const link = facts.networkInterface(instance.interface)
      if (link?.isLoopback)
        findings.refused('loopback-interface', instance.at, `${who} ${instance.interface} is a loopback, which has no other side`)
      else if (link && !link.hasMulticast && instance.peers.length === 0) {
        findings.warning(
          'no-multicast',
          instance.at,
          `${who} ${instance.interface} has no multicast and there are no peers; the instance stays in FAULT`,
        )
      }
    }
    for (const entry of [...instance.virtualAddresses, ...instance.excludedAddresses]) missing(entry.interface, entry.at, who)
    for (const route of instance.virtualRoutes) for (const name of linksOfRoute(route)) missing(name, route.at, who)
    for (const rule of instance.virtualRules) for (const name of linksOfRule(rule)) missing(name, rule.at, who)
    for (const entry of instance.trackInterfaces) missing(entry.name, entry.at, who)
  }
  for (const { interface: name, at } of configuration.unusable) missing(name, at, 'this instance')
  for (const group of configuration.syncGroups) for (const entry of group.trackInterfaces) missing(entry.name, entry.at, `(${group.name})`)
  for (const route of configuration.staticRoutes) for (const name of linksOfRoute(route)) missing(name, route.at, 'static route')
  for (const rule of configuration.staticRules) for (const name of linksOfRule(rule)) missing(name, rule.at, 'static rule')
  for (const entry of configuration.staticAddresses) {
    const name = entry.interface ?? configuration.global.defaultInterface
    if (facts.networkInterface(name)) continue
    if (entry.interface === undefined)
      findings.refused(
        'static-without-interface',
        entry.at,
        `the static address ${entry.address} has no \`dev\`, and default_interface ${name} does not exist`,
      )
    else missing(name, entry.at, `static address ${entry.address}`)
  }
  for (const { interface: name, at } of [...configuration.interfaceDelays, ...configuration.daemon.linkbeatInterfaces]) {
    if (!facts.networkInterface(name))
      findings.error('interface-unknown', at, `there is no interface ${name} on this machine; the entry is ignored`)
  }
  for (const group of configuration.garpGroups) for (const name of group.interfaces) missing(name, group.at, 'garp_group')
}

const linksOfRoute = (route: RouteConf): readonly (string | undefined)[] => [route.interface, ...route.nextHops.map((hop) => hop.interface)]
const linksOfRule = ({ selectors }: RuleConf): readonly (string | undefined)[] =>
  selectors.filter(({ name }) => ['iif', 'dev', 'oif'].includes(name)).map(({ value }) => value)

/** A key that others can read signs for them, too. */
function checkKeyFiles({ instances }: Configuration, facts: MachineFacts, findings: Findings): void {
  for (const { name, authHmac } of instances) {
    for (const { id, secret, at } of authHmac?.keys ?? []) {
      if (secret.kind !== 'file') continue
      const resolved = facts.resolve(secret.path)
      const target = resolved === undefined ? undefined : facts.path(resolved)
      if (target?.kind !== 'file') {
        findings.error('key-file-missing', at, `(${name}) key ${id} is dropped: there is no file ${secret.path} on this machine`)
      } else if ((target.mode & 0o077) !== 0 || (target.ownerId !== 0 && target.ownerId !== facts.ownUserId)) {
        const message = `(${name}) key ${id}: others than root may read or change ${resolved}, and then sign adverts; chown root and chmod 600 mend it`
        findings.security('key-file-readable', at, message)
      }
    }
  }
}

/** As the daemon's agent sees them: without its secret or its certificates a webhook sends nothing. */
function checkWebhookFiles({ webhooks }: Configuration, facts: MachineFacts, findings: Findings): void {
  for (const { name, secretFile, caFile } of webhooks) {
    for (const file of [secretFile, caFile]) {
      if (!file) continue
      const resolved = facts.resolve(file.path)
      const target = resolved === undefined ? undefined : facts.path(resolved)
      if (target?.kind !== 'file') {
        findings.error('webhook-file-missing', file.at, `webhook ${name} sends nothing: there is no file ${file.path} on this machine`)
      } else if (file === secretFile && ((target.mode & 0o077) !== 0 || (target.ownerId !== 0 && target.ownerId !== facts.ownUserId))) {
        const message = `webhook ${name} sends nothing: others than root may read or change ${resolved}, and then sign for us; chown root and chmod 600 mend it`
        findings.error('webhook-secret-readable', file.at, message)
      }
    }
  }
}

/** keepalived looks its address up when it reads the name, and never again. */
function checkMailServer({ global }: Configuration, facts: MachineFacts, findings: Findings): void {
  const { server } = global.mail
  const at = global.mailServerAt
  if (!server || !at || parseIp(server.host).ok || facts.knowsHost?.(server.host) !== false) return
  const message = `the name service of this machine knows no ${server.host}, so no mail is sent; write the mail server's address`
  findings.error('mail-server-not-found', at, message)
}

const describe = ({ user, group }: ScriptUser): string => (group === undefined ? user : `${user}:${group}`)

/** Nothing of VRRP is run without an instance; a FIFO is also for LVS. */
function isNeeded(
  role: CommandRole,
  { instances, unusable, lvsBlocks }: Pick<Configuration, 'instances' | 'unusable' | 'lvsBlocks'>,
): boolean {
  if (role === 'lifecycle' || role === 'lvs') return true
  return instances.length + unusable.length > 0 || (role === 'fifo' && lvsBlocks.length > 0)
}

/** Whether it can be run. A vrrp_script without its program is a problem, tracked or not; of all others keepalived says so and goes on. */
function checkCommand(run: RunCommand, configuration: Configuration, facts: MachineFacts, findings: Findings): boolean {
  const { command, role } = run
  const unusable = (code: string, message: string): false => {
    if (role === 'tracker' && isNeeded(role, configuration)) findings.error(code, command.at, message)
    else findings.note(code, command.at, message, [], 'warning')
    return false
  }
  const program = command.argv[0] as string
  // `</dev/tcp/…` is opened by the shell; there is nothing to execute, and nothing that somebody could have changed.
  if (program.startsWith('</')) return false
  const path = program.includes('/') ? program : facts.lookUpCommand(program)
  const user = userIdOf(run, configuration, facts, findings)
  if (user === undefined) return false
  if (path === undefined || facts.path(path).kind === 'missing') {
    return unusable('script-not-found', `there is no ${program} on this machine; the script is not run`)
  }
  const resolved = facts.resolve(path)
  const target = resolved === undefined ? undefined : facts.path(resolved)
  if (resolved === undefined || !target || target.kind !== 'file') {
    return unusable('script-not-a-file', `${path} is not a regular file; the script is not run`)
  }
  if (!mayExecute(target, user)) {
    const message = `${resolved} is not executable for the user ${user.userId} it would run as; \`chmod +x ${resolved}\`, or name another user`
    return unusable('script-not-executable', message)
  }
  if (user.userId === 0 || (target.mode & 0o4000) !== 0) return checkSafety(run, path, resolved, configuration, facts, findings)
  return true
}

type Ids = { readonly userId: number; readonly groupId: number }

function userIdOf({ command, role }: RunCommand, { global }: Configuration, facts: MachineFacts, findings: Findings): Ids | undefined {
  const account = scriptAccount(command, global, ({ user, group }) => {
    const ids = facts.account(user, group)
    return ids ? ok(ids) : fail(undefined)
  })
  if (account.ok) return account.value ?? { userId: facts.ownUserId, groupId: 0 }
  const { named, user } = account.fault
  if (named === 'own') {
    const message = `there is no account ${describe(user)} on this machine; quote the command if that was meant as an argument. The script is not run`
    if (role === 'lifecycle' || command.hasUserStatement) findings.error('user-not-found', command.at, message)
    else findings.note('user-not-found', command.at, message, [], 'warning')
    // keepalived finds out when a tracker is to be run; until then it counts as one that is.
    if (role === 'tracker' && !command.hasUserStatement) return { userId: facts.ownUserId, groupId: 0 }
  } else if (named === 'standard') {
    const message = `with enable_script_security and without script_user scripts run as ${user.user}, which does not exist; add the account or script_user`
    findings.error('no-script-user', command.at, message)
  }
  // Of a script_user that does not exist we have told already.
  return undefined
}

function mayExecute(target: Extract<PathFacts, { mode: number }>, user: Ids): boolean {
  if (user.userId === 0) return (target.mode & 0o111) !== 0
  if (target.ownerId === user.userId) return (target.mode & 0o100) !== 0
  if (target.groupId === user.groupId) return (target.mode & 0o010) !== 0
  return (target.mode & 0o001) !== 0
}

/**
 * Everybody who can write to a part of the path can become who runs it. With script security keepalived then runs it no more: that is a
 * problem where a tracker loses its script, and elsewhere it is only told.
 *
 * @returns whether it is run.
 */
function checkSafety(
  { command, role }: RunCommand,
  path: string,
  resolved: string,
  configuration: Configuration,
  facts: MachineFacts,
  findings: Findings,
): boolean {
  for (const part of new Set([...componentsOf(path), ...componentsOf(resolved)])) {
    const fact = facts.path(part)
    const why = unsafe(fact, part === path)
    if (why === undefined) continue
    const isEnforced = configuration.global.scriptSecurity
    const isCounted = isNeeded(role, configuration)
    const what = isEnforced ? 'the script is not run' : 'it runs nevertheless; enable_script_security would refuse it'
    const message = `${command.argv[0]} runs as root, but ${part} ${why.what}; ${what}. To mend it: ${why.mend.replaceAll('PATH', part)}`
    if (!isEnforced && isCounted) findings.security('unsafe-path', command.at, message)
    else if (role === 'tracker' && isCounted) findings.error('unsafe-path', command.at, message)
    else findings.note('unsafe-path', command.at, message, [], 'warning')
    return !isEnforced
  }
  return true
}

function componentsOf(path: string): readonly string[] {
  const parts = path.split('/').filter((part) => part !== '')
  return ['/', ...parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`)]
}

function unsafe(fact: PathFacts, isScript: boolean): { readonly what: string; readonly mend: string } | undefined {
  if (fact.kind === 'missing') return undefined
  if (fact.kind === 'symbolic-link') {
    return isScript ? undefined : { what: 'is a symbolic link', mend: 'write the path without the link' }
  }
  if (fact.ownerId !== 0) return { what: `belongs to user ${fact.ownerId}`, mend: 'chown root PATH' }
  if (fact.kind === 'directory' && (fact.mode & 0o1000) !== 0) return undefined
  if ((fact.mode & 0o020) !== 0 && fact.groupId !== 0) return { what: `can be written to by group ${fact.groupId}`, mend: 'chmod g-w PATH' }
  return (fact.mode & 0o002) !== 0 ? { what: 'can be written to by everybody', mend: 'chmod o-w PATH' } : undefined
}
