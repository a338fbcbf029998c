// What the other node says of itself before the addresses are given to it.
import type { DaemonStatus, InstanceStatus, SwitchoverCheck } from '@havip/vrrp-runtime'

/** The same virtual router on the other node: its name there does not matter. */
export const counterpartOf = (instance: InstanceStatus, peer: DaemonStatus): InstanceStatus | undefined =>
  peer.instances.find((other) => other.vrid === instance.vrid && other.family === instance.family && sharesAddress(other, instance)) ??
  peer.instances.find((other) => other.vrid === instance.vrid && other.family === instance.family)

const sharesAddress = (a: InstanceStatus, b: InstanceStatus): boolean =>
  a.addresses.some((one) => b.addresses.some((other) => other.address === one.address))

/** @param isReturn the other node has the addresses now, and is to let go. */
export function peerChecks(instance: InstanceStatus, peer: DaemonStatus, isReturn: boolean): readonly SwitchoverCheck[] {
  const node = peer.daemon.hostName
  const other = counterpartOf(instance, peer)
  if (!other) return [failed('peer-router', `${node} has no router with VRID ${instance.vrid} (${instance.family})`)]
  if (isReturn) return [state(node, other, 'master')]
  const { advertIntervalMs, protocolVersion } = instance
  const heard = other.master
  const isFollowing = heard !== undefined && heard.address === instance.source && heard.lastHeardMs <= 3 * advertIntervalMs
  const bad = other.trackers.filter(({ condition }) => condition.kind === 'bad')
  const missing = instance.addresses.filter((one) => !other.addresses.some(({ address }) => address === one.address))
  return [
    state(node, other, 'backup'),
    isFollowing
      ? ok('peer-hears', `${node} heard this node ${Math.round(heard.lastHeardMs)} ms ago`)
      : failed('peer-hears', `${node} does not hear this node's advertisements${heard ? `: it follows ${heard.address}` : ''}`),
    other.faults.length + bad.length === 0
      ? ok('peer-health', `${node} has no fault, and nothing that it tracks is bad`)
      : failed('peer-health', [...other.faults, ...bad.map((tracker) => `${tracker.kind} ${tracker.name} is bad`)].join('; ')),
    other.protocolVersion === protocolVersion && missing.length === 0
      ? ok('peer-addresses', `${node} is configured for the same addresses`)
      : failed(
          'peer-addresses',
          missing.length > 0
            ? `${node} is not configured for ${missing.map(({ address }) => address).join(', ')}`
            : `${node} speaks version ${other.protocolVersion}, this node ${protocolVersion}`,
        ),
  ]
}

const state = (node: string, other: InstanceStatus, wanted: 'backup' | 'master'): SwitchoverCheck =>
  other.state === wanted
    ? ok('peer-state', `${other.name} is ${wanted.toUpperCase()} on ${node}`)
    : failed(
        'peer-state',
        `${other.name} is ${other.state.toUpperCase()} on ${node}${other.faults.length > 0 ? `: ${other.faults.join('; ')}` : ''}`,
      )

const ok = (name: string, text: string): SwitchoverCheck => ({ name, verdict: 'ok', text })
const failed = (name: string, text: string): SwitchoverCheck => ({ name, verdict: 'failed', text })
