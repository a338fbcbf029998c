// For tests: a configuration to vary, and a driver that fires every deadline exactly when it is due.
import {
  assert,
  centiseconds,
  type Instant,
  type IpAddress,
  instant,
  type Milliseconds,
  milliseconds,
  type Priority,
  type Vrid,
} from '@havip/base'
import type { Advert } from '@havip/wire'
import type { Action } from './action.ts'
import type { InstanceConfig } from './config.ts'
import type { Event } from './event.ts'
import { initialState, type State, wakeAt } from './state.ts'
import { step } from './step.ts'

export const ours = '192.168.0.209' as IpAddress
export const peer = '192.168.0.210' as IpAddress
export const lowerPeer = '192.168.0.9' as IpAddress
export const virtual = '192.168.0.88' as IpAddress

export const prio = (value: number): Priority => value as Priority
export const ms = (value: number): Milliseconds => milliseconds(value)

/** Version 2, unicast to one peer, priority 100, one second; the protocol's own skew. */
export const configOf = (over: Partial<InstanceConfig> = {}): InstanceConfig => ({
  version: 2,
  family: 'ipv4',
  vrid: 51 as Vrid,
  priority: prio(100),
  interval: ms(1000),
  downTimerAdverts: 3,
  preempt: true,
  preemptDelay: ms(0),
  wantsMaster: false,
  addresses: [virtual],
  transport: { kind: 'unicast', peers: [{ address: peer }], checksSource: true, ttl: 255 },
  authentication: { kind: 'none' },
  checksum: 'pseudo-header',
  skipsAddressCheck: false,
  lowerPriorityNoAdvert: false,
  higherPrioritySendAdvert: false,
  ownerIgnoresAdverts: false,
  takeover: { kind: 'skew' },
  announcing: {
    delay: ms(5000),
    repeat: 5,
    refresh: ms(0),
    refreshRepeat: 1,
    lowerPriorityDelay: ms(5000),
    lowerPriorityRepeat: 5,
  },
  ...over,
})

export const advertOf = (config: InstanceConfig, priority: number, over: Partial<Advert> = {}): Advert => ({
  version: config.version,
  vrid: config.vrid,
  priority: prio(priority),
  interval: centiseconds(config.interval / 10),
  addresses: config.addresses,
  authentication: config.authentication,
  ...over,
})

export const heard = (config: InstanceConfig, from: IpAddress, priority: number, over: Partial<Advert> = {}): Event => ({
  kind: 'advert',
  advert: advertOf(config, priority, over),
  envelope: { family: config.family, source: from, destination: ours, ttl: 255 },
})

export type Timed<T> = { readonly at: Instant } & T
export type Line = Timed<{ readonly state: State['kind']; readonly actions: readonly Action[] }>

/** One router and its log. `at` is milliseconds since its birth. */
export class Driver {
  config: InstanceConfig
  state: State
  now: Instant = instant(0)
  readonly events: Timed<{ readonly event: Event }>[] = []
  readonly log: Line[] = []

  constructor(config: InstanceConfig) {
    this.config = config
    this.state = initialState(config)
  }

  /** As the daemon starts an instance whose interface is up and whose trackers are fine. */
  start(source: IpAddress = ours): this {
    this.send({ kind: 'source-changed', source })
    this.send({ kind: 'health-changed', faults: [], waitingFor: [] })
    return this.send({ kind: 'startup' })
  }

  send(event: Event): this {
    this.events.push({ at: this.now, event })
    const { state, actions } = step(this.config, this.state, event, this.now)
    if (event.kind === 'reconfigured') this.config = event.config
    this.state = state
    if (actions.length > 0) this.log.push({ at: this.now, state: state.kind, actions })
    return this
  }

  /** Time goes on; every deadline until then, that one included, is met on the point. */
  until(at: number): this {
    for (let due = wakeAt(this.state); due !== undefined && due <= at; due = wakeAt(this.state)) {
      if (due > this.now) this.now = due
      this.send({ kind: 'tick' })
    }
    this.now = instant(at)
    return this
  }

  /** The kinds of actions since the last call, with what tells them apart. */
  take(): string[] {
    return this.log.splice(0).flatMap(({ at, actions }) => actions.map((action) => `${at} ${brief(action)}`))
  }
}

export function brief(action: Action): string {
  switch (action.kind) {
    case 'send-advert':
      return `advert ${action.priority}`
    case 'announce':
      return `announce ${action.rounds}`
    case 'transition':
      return `${action.from} to ${action.to}: ${action.reason.kind}`
    case 'remark':
      return `remark ${action.remark.kind}`
    case 'priority-changed':
      return `priority ${action.from} to ${action.to}`
    case 'add-addresses':
    case 'remove-addresses':
    case 'cancel-announcements':
    case 'announce-source':
      return action.kind
  }
}

type Over = Partial<InstanceConfig>

/** Started at 0 with a source address and no faults. */
export const router = (over: Over = {}): Driver => new Driver(configOf(over)).start()

/** In BACKUP at 0, with an empty log. */
export const backup = (over: Over = {}): Driver => {
  const driver = router(over)
  driver.take()
  return driver
}

/** At 20,000; with the settings of `configOf` it became master at 3609.375. The log is empty. */
export const master = (over: Over = {}): Driver => {
  const driver = router(over).until(20_000)
  assert(driver.state.kind === 'master', 'nobody else speaks, so it is master by then')
  driver.take()
  return driver
}

/** Configured as owner of the addresses. */
export const owner = { priority: prio(255), wantsMaster: true }

/** Of the lines that `take` gives, those that tell of an advert. */
export const adverts = (lines: readonly string[]): string[] => lines.filter((line) => line.includes('advert '))
