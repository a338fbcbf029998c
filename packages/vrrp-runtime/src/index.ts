export type { Rhythm } from './advert-rhythm.ts'
export { type Advice, adviceFor } from './advise.ts'
export { Agenda, type Appointment, type LoopLag } from './agenda.ts'
export type { BfdSessionStatus, BfdStatus, BfdTransitionStatus } from './bfd/status.ts'
export { type Counters, keepalivedCounters, newCounters } from './counters.ts'
export { createDaemon, type Daemon, type DaemonEvent, type DaemonOptions, type ReloadResult, type StartRefusal } from './daemon.ts'
export { countSeverities, diagnosticLine, isFatal, isProblem } from './diagnostics.ts'
export { firewallRules } from './firewall.ts'
export { type Heritage, heritageFrom, type RouterHeritage, type Succession } from './heritage.ts'
export * from './host.ts'
export type * from './inventory.ts'
export { bfdData, globalData, keepalivedData } from './keepalived-data.ts'
export { type Dumped, keepalivedJson, keepalivedStats } from './keepalived-dumps.ts'
export { holdingsOf } from './leftovers.ts'
export { scriptUser } from './notify.ts'
export { type Entry, entryFromJsonLine, type Recorded, type RecordedConfig, type RecordedEvent, toJsonLine } from './recorder.ts'
export { RouteNames } from './route-names.ts'
export { describeEnd } from './script-tracker.ts'
export * from './status.ts'
export { type NodeRecording, type StoryLine, storyOf } from './story.ts'
export {
  refusedSwitchover,
  type SwitchoverCheck,
  type SwitchoverOutcome,
  type SwitchoverReport,
  type SwitchoverRequest,
} from './switchover-report.ts'
export type { Condition, TrackerKind } from './tracking.ts'
export { solePeerMarginMax } from './translate.ts'
export { bytesFromJson, bytesToJson, emptyWill, lastWill, sealResignation, willFromJson, willToJson } from './will.ts'
