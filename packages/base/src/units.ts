// Units and identities as types, so that a centisecond cannot be handed to something that counts seconds.
import { fail, ok, type Result } from './result.ts'

declare const brand: unique symbol
export type Branded<Base, Name extends string> = Base & { readonly [brand]: Name }

/** A length of time. Everything that waits is given one of these. May have a fraction (1/1000 = a microsecond). */
export type Milliseconds = Branded<number, 'Milliseconds'>
/** A length of time in 1/100 s: the unit of the VRRPv3 wire (RFC 9568 §5.2.7). */
export type Centiseconds = Branded<number, 'Centiseconds'>
/** A length of time in 1/1,000,000 s: the unit of BFD's wire (RFC 5880 §4.1). */
export type Microseconds = Branded<number, 'Microseconds'>
/** A point on the monotonic clock, in milliseconds since an origin that only the clock knows. Compare, never add two. */
export type Instant = Branded<number, 'Instant'>
/** A point of the calendar, milliseconds since 1970-01-01T00:00:00Z. For people and mail headers, never for timers. */
export type WallTime = Branded<number, 'WallTime'>
/** Virtual router identifier, 1 to 255 (RFC 9568 §5.2.3). */
export type Vrid = Branded<number, 'Vrid'>
/** Priority of a router, 0 (resigning) to 255 (address owner) (RFC 9568 §5.2.4). */
export type Priority = Branded<number, 'Priority'>
/** The kernel's number of an interface inside one network namespace, 1 or more. */
export type IfIndex = Branded<number, 'IfIndex'>

export const milliseconds = (value: number): Milliseconds => value as Milliseconds
export const seconds = (value: number): Milliseconds => (value * 1000) as Milliseconds
export const centiseconds = (value: number): Centiseconds => value as Centiseconds
export const toMilliseconds = (wire: Centiseconds): Milliseconds => (wire * 10) as Milliseconds
/** To the wire's unit, half up. The caller has checked the range of the field (0 to 4095). */
export const toCentiseconds = (time: Milliseconds): Centiseconds => Math.floor(time / 10 + 0.5) as Centiseconds
export const microseconds = (value: number): Microseconds => value as Microseconds
export const fromMicroseconds = (wire: Microseconds): Milliseconds => (wire / 1000) as Milliseconds
/** To the wire's unit, half up. The caller has checked the range of the field (32 bits). */
export const toMicroseconds = (time: Milliseconds): Microseconds => Math.floor(time * 1000 + 0.5) as Microseconds

export const instant = (value: number): Instant => value as Instant
export const wallTime = (value: number): WallTime => value as WallTime
export const later = (from: Instant, by: Milliseconds): Instant => (from + by) as Instant
/** How long from `start` to `end`; negative when `end` came first. */
export const between = (start: Instant, end: Instant): Milliseconds => (end - start) as Milliseconds

/** The only way to make a Vrid, for configured and received numbers alike. */
export function vrid(value: number): Result<Vrid, 'not-a-vrid'> {
  return Number.isInteger(value) && value >= 1 && value <= 255 ? ok(value as Vrid) : fail('not-a-vrid')
}

/** 0 to 255; 0 only ever appears on the wire. */
export function priority(value: number): Result<Priority, 'not-a-priority'> {
  return Number.isInteger(value) && value >= 0 && value <= 255 ? ok(value as Priority) : fail('not-a-priority')
}

export function ifIndex(value: number): Result<IfIndex, 'not-an-interface-index'> {
  return Number.isInteger(value) && value >= 1 && value <= 0x7fffffff ? ok(value as IfIndex) : fail('not-an-interface-index')
}
