// `--what-if priority=120`: which setting of which node is different in a replay.
import { fail, milliseconds, ok, priority, type Result } from '@havip/base'
import { type InstanceConfig, skewTime } from '@havip/vrrp'
import { solePeerMarginMax } from '@havip/vrrp-runtime'
import type { Life } from './recorded-life.ts'

export type WhatIf = {
  /** As it was given. */
  readonly text: string
  /** Undefined: all of them. */
  readonly node: string | undefined
  readonly change: (config: InstanceConfig) => InstanceConfig
}

type Setting = { readonly hint: string; readonly read: (value: string) => WhatIf['change'] | undefined }

const numberIn = (text: string, min: number, max: number): number | undefined => {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN
  return value >= min && value <= max ? value : undefined
}
const seconds = (max: number, min: number, then: (ms: ReturnType<typeof milliseconds>) => Partial<InstanceConfig>): Setting['read'] => {
  return (text) => {
    const value = numberIn(text, min, max)
    return value === undefined ? undefined : (config) => ({ ...config, ...then(milliseconds(Math.round(value * 100_000) / 100)) })
  }
}
const truth = (then: (config: InstanceConfig, value: boolean) => InstanceConfig): Setting['read'] => {
  return (text) => (text === 'on' || text === 'off' ? (config) => then(config, text === 'on') : undefined)
}

/** By their names in keepalived.conf. */
const settings: Readonly<Record<string, Setting>> = {
  priority: {
    hint: '1 to 255',
    read: (text) => {
      const made = priority(Number(text))
      return made.ok && made.value > 0 ? (config) => ({ ...config, priority: made.value }) : undefined
    },
  },
  advert_int: {
    hint: 'seconds, 0.01 to 255',
    read: seconds(255, 0.01, (interval) => ({ interval })),
  },
  preempt: { hint: 'on or off', read: truth((config, preempt) => ({ ...config, preempt })) },
  preempt_delay: { hint: 'seconds, 0 to 1000', read: seconds(1000, 0, (preemptDelay) => ({ preemptDelay })) },
  down_timer_adverts: {
    hint: '1 to 100',
    read: (text) => {
      const value = numberIn(text, 1, 100)
      return value === undefined || !Number.isInteger(value) ? undefined : (config) => ({ ...config, downTimerAdverts: value })
    },
  },
  sole_peer_takeover: {
    hint: 'on or off',
    read: truth((config, isOn) => ({ ...config, takeover: isOn ? { kind: 'sole-peer', margin: solePeerMarginMax } : { kind: 'skew' } })),
  },
}

export const whatIfForms: readonly string[] = Object.entries(settings).map(([name, { hint }]) => `[NODE.]${name}=${hint}`)

/** The failure is a sentence for whoever wrote it. */
export function parseWhatIf(text: string, nodes: readonly string[]): Result<WhatIf, string> {
  const [, left = '', value = ''] = /^([^=]+)=(.*)$/.exec(text) ?? []
  const dot = left.lastIndexOf('.')
  const node = dot < 0 ? undefined : left.slice(0, dot)
  const name = left.slice(dot + 1)
  if (node !== undefined && !nodes.includes(node))
    return fail(`“${text}”: no recording is of a node ${node}; there are ${nodes.join(', ')}`)
  const setting = settings[name]
  if (!setting) return fail(`“${text}”: what can be different is ${Object.keys(settings).join(', ')}`)
  const change = setting.read(value)
  return change ? ok({ text, node, change }) : fail(`“${text}”: ${name} is ${setting.hint}`)
}

export const changeOf =
  (whatIfs: readonly WhatIf[]) =>
  (life: Life, config: InstanceConfig): InstanceConfig =>
    withMargin(
      whatIfs.reduce((changed, { node, change }) => (node === undefined || node === life.node ? change(changed) : changed), config),
    )

/** As the daemon does it: never more than the skew that it replaces. */
function withMargin(config: InstanceConfig): InstanceConfig {
  if (config.takeover.kind !== 'sole-peer') return config
  const skew = skewTime(config, config.priority, config.interval)
  return { ...config, takeover: { kind: 'sole-peer', margin: milliseconds(Math.min(solePeerMarginMax, skew)) } }
}
