// Reasons as sentences, with their numbers, for logs and for people.
import type { Milliseconds } from '@havip/base'
import type { BfdDiagnostic, BfdState } from '@havip/wire'
import type { TransitionReason } from './action.ts'

/** As keepalived's log spells them. */
export const stateName: Readonly<Record<BfdState, string>> = { 'admin-down': 'AdminDown', down: 'Down', init: 'Init', up: 'Up' }

/** The RFC's words (RFC 5880 §4.1), which are keepalived's too. */
export const diagnosticName: Readonly<Record<BfdDiagnostic, string>> = {
  'no-diagnostic': 'No Diagnostic',
  'detection-time-expired': 'Control Detection Time Expired',
  'echo-failed': 'Echo Function Failed',
  'neighbor-signaled-down': 'Neighbor Signaled Session Down',
  'forwarding-plane-reset': 'Forwarding Plane Reset',
  'path-down': 'Path Down',
  'concatenated-path-down': 'Concatenated Path Down',
  'administratively-down': 'Administratively Down',
  'reverse-concatenated-path-down': 'Reverse Concatenated Path Down',
  reserved: 'Reserved',
}

/** One sentence without capital and full stop. */
export function describeReason(reason: TransitionReason): string {
  switch (reason.kind) {
    case 'startup':
      return 'start'
    case 'neighbor-says': {
      const why = reason.diagnostic === 'no-diagnostic' ? '' : ` (${diagnosticName[reason.diagnostic]})`
      return `the neighbor says ${stateName[reason.state]}${why}`
    }
    case 'detection-time-expired': {
      const late = reason.lateBy >= 1 ? `, own timer ${describeMs(reason.lateBy)} late` : ''
      return `no control packet for ${describeMs(reason.silentFor)}; detection time ${describeMs(reason.detectionTime)}${late}`
    }
    case 'shutdown':
      return 'stop'
  }
}

/** Sessions live in milliseconds: one digit behind the point where it matters. */
const describeMs = (time: Milliseconds): string => (time < 100 ? `${time.toFixed(1)} ms` : `${Math.round(time)} ms`)
