// State, priority, preemption and the advert interval of an instance, with keepalived's corrections (reference 4.2 and 4.6).
import { type Milliseconds, milliseconds, type Priority, priority, seconds } from '@havip/base'
import type { Fields } from '../fields.ts'
import { type InstanceContext, placeOf } from './context.ts'

export type Election = {
  readonly wantsMaster: boolean
  readonly priority: Priority
  readonly preempt: boolean
  readonly preemptDelay: Milliseconds
  readonly downTimerAdverts: number
  readonly timerExpiredBackup: Priority | undefined
  readonly lowerPrioNoAdvert: boolean
  readonly higherPrioSendAdvert: boolean
  readonly ownerIgnoreAdverts: boolean
}

export const OWNER_PRIORITY = 255
const DEFAULT_PRIORITY = 100

export function buildElection(context: InstanceContext, isAh: boolean): Election {
  const { fields, findings, name, isStrict, defaults } = context
  const wished = readState(context)
  const base = readPriority(context, wished)
  const isOwner = base === OWNER_PRIORITY
  let wantsMaster = wished ?? isOwner
  if (isAh && wantsMaster && !isOwner) {
    findings.warning(
      'ah-with-master',
      placeOf(context, 'state'),
      `(${name}) \`state MASTER\` does not go with AH, whose sequence numbers have to be heard first; it starts as BACKUP`,
    )
    wantsMaster = false
  }
  if (isStrict && wantsMaster !== isOwner) {
    const message = `(${name}) in strict mode state is MASTER if and only if the priority is 255; it is read as ${isOwner ? 'MASTER' : 'BACKUP'}`
    findings.warning('strict-state', placeOf(context, 'state'), message)
    wantsMaster = isOwner
  }
  const preempt = readPreempt(context, wantsMaster, isOwner)
  return {
    wantsMaster,
    priority: base,
    preempt,
    preemptDelay: readPreemptDelay(context, wantsMaster, preempt),
    downTimerAdverts: readDownTimer(context),
    timerExpiredBackup: readTimerExpired(context, preempt),
    lowerPrioNoAdvert: isStrict || (fields.boolean('lower_prio_no_advert') ?? defaults.lowerPrioNoAdvert ?? false),
    higherPrioSendAdvert: !isStrict && (fields.boolean('higher_prio_send_advert') ?? defaults.higherPrioSendAdvert),
    ownerIgnoreAdverts: readOwnerIgnore(context, isOwner),
  }
}

/** Undefined: not said. MASTER once said stays. */
function readState({ fields, findings, name }: InstanceContext): boolean | undefined {
  let state: boolean | undefined
  for (const field of fields.all('state')) {
    const word = String(field.values[0])
    if (word === 'MASTER') state = true
    else {
      if (word !== 'BACKUP') {
        const hint = /^(master|backup)$/i.test(word) ? `; write ${word.toUpperCase()}` : ''
        findings.error('unknown-state', field.at, `(${name}) \`${word}\` is no state: MASTER or BACKUP; BACKUP is used${hint}`)
      }
      state ??= false
    }
  }
  return state
}

function readPriority({ fields, findings, name }: InstanceContext, wished: boolean | undefined): Priority {
  const field = fields.last('priority')
  if (!field) {
    return must(priority(wished === true ? OWNER_PRIORITY : DEFAULT_PRIORITY))
  }
  const text = String(field.values[0])
  const match = /^\+?[0-9]+/.exec(text)
  const value = match ? Number(match[0]) : Number.NaN
  if (!(value >= 1 && value <= OWNER_PRIORITY)) {
    findings.error('bad-priority', field.at, `(${name}) \`${text}\` is no priority: 1 to 255; ${DEFAULT_PRIORITY} is used`)
    return must(priority(DEFAULT_PRIORITY))
  }
  if (match && match[0] !== text) {
    findings.error('trailing-characters', field.at, `(${name}) \`${text}\` is read as ${value}; remove what follows the number`)
  }
  return must(priority(value))
}

function must<T>(result: { readonly ok: true; readonly value: T } | { readonly ok: false }): T {
  if (!result.ok) throw new TypeError('a checked number was refused')
  return result.value
}

function readPreempt(context: InstanceContext, wantsMaster: boolean, isOwner: boolean): boolean {
  const { fields, findings, name } = context
  const nopreempt = fields.last('nopreempt')
  const preempt = fields.last('preempt')
  if (!nopreempt || (preempt && preempt.at.start > nopreempt.at.start)) return true
  if (isOwner) {
    findings.warning(
      'nopreempt-with-owner',
      nopreempt.at,
      `(${name}) the owner of the addresses (priority 255) always takes over; nopreempt is cleared`,
    )
    return true
  }
  if (wantsMaster) {
    const message = `(${name}) nopreempt does not work with \`state MASTER\` and is cleared: after a restart this node takes the addresses back. To leave them where they are write \`state BACKUP\` here (on all nodes); to take them back remove nopreempt`
    const state = fields.at('state')
    findings.warning('nopreempt-with-master', nopreempt.at, message, state ? [{ at: state, note: 'this is why' }] : [])
    return true
  }
  return false
}

function readPreemptDelay(context: InstanceContext, wantsMaster: boolean, preempt: boolean): Milliseconds {
  const { fields, findings, name, isStrict } = context
  const delay = fields.seconds('preempt_delay') ?? milliseconds(0)
  if (delay === 0) return delay
  const at = placeOf(context, 'preempt_delay')
  const why = isStrict
    ? 'strict mode knows no delay'
    : wantsMaster
      ? 'it does not work with `state MASTER`; write `state BACKUP`'
      : !preempt
        ? 'there is nothing to delay with nopreempt'
        : undefined
  if (why === undefined) return delay
  findings.warning('preempt-delay-cleared', at, `(${name}) preempt_delay is cleared: ${why}`)
  return milliseconds(0)
}

function readDownTimer(context: InstanceContext): number {
  const { fields, findings, name, isStrict, defaults } = context
  const value = fields.number('down_timer_adverts') ?? defaults.downTimerAdverts
  if (!isStrict || value === 3) return value
  findings.warning(
    'strict-down-timer',
    placeOf(context, 'down_timer_adverts'),
    `(${name}) in strict mode a master is down after 3 missed adverts; down_timer_adverts is ignored`,
  )
  return 3
}

function readTimerExpired(context: InstanceContext, preempt: boolean): Priority | undefined {
  const { fields, findings, name } = context
  const field = fields.last('timer_expired_backup', 'thread_timer_expired')
  if (!field) return undefined
  if (preempt) {
    findings.warning(
      'timer-expired-needs-nopreempt',
      field.at,
      `(${name}) ${field.keyword.name} needs nopreempt (which needs \`state BACKUP\`); it is cleared`,
    )
    return undefined
  }
  return must(priority(typeof field.values[0] === 'number' ? field.values[0] : 254))
}

function readOwnerIgnore(context: InstanceContext, isOwner: boolean): boolean {
  const { fields, findings, name, isStrict, defaults } = context
  const own = fields.boolean('owner_ignore_adverts')
  const at = placeOf(context, 'owner_ignore_adverts')
  if (own === true && !isOwner) {
    findings.warning('not-owner', at, `(${name}) owner_ignore_adverts is for priority 255 only; it is cleared`)
    return false
  }
  if (own === false && isOwner) {
    findings.warning('owner-ignores-adverts', at, `(${name}) the owner of the addresses ignores adverts; owner_ignore_adverts stays on`)
    return true
  }
  return isOwner && (isStrict || (own ?? defaults.ownerIgnoreAdverts))
}

const INTERVAL_MAX_V3 = 40.95

/** Seconds as the version can carry them. */
export function readAdvertInterval(fields: Fields, context: InstanceContext, version: 2 | 3): Milliseconds {
  const { findings, name } = context
  const field = fields.last('advert_int')
  if (!field) return seconds(1)
  const text = String(field.values[0])
  const value = /^\+?([0-9]+\.?[0-9]*|\.[0-9]+)$/.test(text) ? Number(text) : Number.NaN
  if (!(value >= 0.01 && value <= 255)) {
    findings.error('bad-advert-interval', field.at, `(${name}) \`${text}\` is no advert interval: 0.01 to 255 s; 1 s is used`)
    return seconds(1)
  }
  const rounded =
    version === 2 ? Math.max(1, Math.floor(value + 0.5)) : Math.min(INTERVAL_MAX_V3, Math.floor(value * 100 + 0.5 + 1e-9) / 100)
  if (rounded !== value) {
    const unit = version === 2 ? 'version 2 knows whole seconds only' : 'version 3 knows hundredths of a second up to 40.95'
    findings.warning('advert-interval-rounded', field.at, `(${name}) advert_int ${text} becomes ${rounded} s: ${unit}`)
  }
  return milliseconds(Math.round(rounded * 1000))
}
