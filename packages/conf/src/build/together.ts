// Checks that need the whole configuration: equal virtual routers, scripts without script security, what nobody uses.
import type { Span } from '../diagnostic.ts'
import type { Findings } from '../findings.ts'
import type { CommandConf, Configuration, InstanceConf, NotifyConf } from '../model.ts'

export function checkTogether(configuration: Configuration, findings: Findings): void {
  checkVirtualRouters(configuration, findings)
  checkTrackGroups(configuration, findings)
  checkScriptSecurity(configuration, findings)
  checkUnused(configuration, findings)
}

function checkVirtualRouters({ instances, global }: Configuration, findings: Findings): void {
  const seen = new Map<string, InstanceConf[]>()
  for (const instance of instances) {
    const key = `${instance.vrid} ${instance.family} ${instance.interface ?? ''}`
    const others = seen.get(key) ?? []
    const clash = others.find((other) => isSameRouter(instance, other, global))
    if (clash) {
      const message = `(${instance.name}) and (${clash.name}) both use VRID ${instance.vrid} with ${instance.family === 'ipv4' ? 'IPv4' : 'IPv6'} on ${instance.interface ?? 'the same hosts'}; each needs its own`
      findings.refused('vrid-in-use', instance.at, message, [{ at: clash.at, note: 'the other one' }])
    }
    seen.set(key, [...others, instance])
  }
}

function isSameRouter(a: InstanceConf, b: InstanceConf, global: Configuration['global']): boolean {
  if (a.peers.length > 0 !== b.peers.length > 0) return false
  if (a.peers.length > 0) return a.peers.some((peer) => b.peers.some(({ address }) => address === peer.address))
  const groupOf = (instance: InstanceConf): string =>
    instance.mcastDestination ?? (instance.family === 'ipv4' ? global.mcastGroup4 : global.mcastGroup6)
  return groupOf(a) === groupOf(b)
}

function checkTrackGroups({ trackGroups, instances, staticAddresses, staticRoutes, staticRules }: Configuration, findings: Findings): void {
  const names = new Set(instances.map(({ name }) => name))
  for (const group of trackGroups) {
    for (const member of group.members) {
      if (!names.has(member.name))
        findings.error('member-not-found', member.at, `(${group.name}) there is no vrrp_instance ${member.name}; it is ignored`)
    }
  }
  const known = new Set(trackGroups.map(({ name }) => name))
  for (const item of [...staticAddresses, ...staticRoutes, ...staticRules]) {
    if (item.trackGroup === undefined || known.has(item.trackGroup)) continue
    findings.error('track-group-not-found', item.at, `there is no track_group ${item.trackGroup}; it is ignored`)
  }
  const nameless = (at: Span, word: string): void =>
    findings.error('track-group-without-interface', at, `a track_group needs the interface of the item: add \`${word} INTERFACE\``)
  for (const route of staticRoutes) if (route.trackGroup !== undefined && route.interface === undefined) nameless(route.at, 'dev')
  for (const rule of staticRules) {
    if (rule.trackGroup !== undefined && !rule.selectors.some(({ name }) => name === 'iif' || name === 'dev')) nameless(rule.at, 'iif')
  }
}

const notifyCommands = (notify: NotifyConf): readonly CommandConf[] => Object.values(notify).filter((command) => command !== undefined)

/** What a command is for, which decides how bad it is that it cannot be run. */
export type CommandRole = 'tracker' | 'notification' | 'fifo' | 'lifecycle' | 'lvs'
export type RunCommand = { readonly command: CommandConf; readonly role: CommandRole }

/** Everything that is run, in the order of the text as far as the blocks keep it. */
export function commandsOf({ global, instances, unusable, syncGroups, scripts, lvsBlocks }: Configuration): readonly RunCommand[] {
  const as = (role: CommandRole, commands: readonly (CommandConf | undefined)[]): readonly RunCommand[] =>
    commands.flatMap((command) => (command ? [{ command, role }] : []))
  return [
    ...as('lifecycle', [global.startupScript, global.shutdownScript]),
    ...as('fifo', global.fifoScripts),
    ...as(
      'tracker',
      scripts.map(({ command }) => command),
    ),
    ...as(
      'notification',
      [...instances, ...unusable, ...syncGroups].flatMap(({ notify }) => notifyCommands(notify)),
    ),
    ...as(
      'lvs',
      lvsBlocks.flatMap(({ commands }) => commands),
    ),
  ]
}

function checkScriptSecurity(configuration: Configuration, findings: Findings): void {
  if (configuration.global.scriptSecurity) return
  const commands = commandsOf(configuration)
  const own = commands.filter(({ role }) => role !== 'lvs').map(({ command }) => command)
  const ofChecks = commands.filter(({ role }) => role === 'lvs').map(({ command }) => command)
  const others = (list: readonly CommandConf[]) => list.slice(1, 5).map(({ at }) => ({ at, note: 'so does this' }))
  if (own[0]) {
    const message =
      'scripts run without enable_script_security: whoever can write to one of them, or to a directory above it, becomes the user it runs as. Write enable_script_security and script_user in global_defs'
    findings.security('no-script-security', own[0].at, message, others(own))
  }
  if (ofChecks[0]) {
    const message =
      'scripts of LVS checks run without enable_script_security where keepalived runs them: write enable_script_security and script_user in global_defs'
    findings.security('no-check-script-security', ofChecks[0].at, message, others(ofChecks))
  }
}

function checkUnused({ scripts, instances, syncGroups }: Configuration, findings: Findings): void {
  const used = new Set([...instances, ...syncGroups].flatMap(({ trackScripts }) => trackScripts.map(({ name }) => name)))
  for (const script of scripts) {
    if (used.has(script.name)) continue
    findings.note('script-not-used', script.at, `nothing tracks vrrp_script ${script.name}, so it is not run`, [], 'warning')
  }
}
