export * from './action.ts'
export {
  type AhFault,
  type AhMemory,
  initialAhMemory,
  judgeAuthenticationHeader,
  nextAhSequence,
} from './ah-judge.ts'
export * from './config.ts'
export { describeCause, describeReason, describeSwitchoverFailure, describeTime } from './describe.ts'
export * from './event.ts'
export {
  formGroup,
  type Group,
  type GroupAction,
  type GroupState,
  type GroupStep,
  groupState,
  groupWakeAt,
  initialGroup,
  type Member,
  stepGroup,
} from './group.ts'
export {
  clockSequence,
  type HmacConfig,
  type HmacFault,
  type HmacMemory,
  initialHmacMemory,
  judgeTrailer,
  nextSequence,
  type SignedPacket,
  signingKey,
  type TrailerJudgement,
} from './hmac-judge.ts'
export {
  initialJudgeMemory,
  type JudgeMemory,
  type Judgement,
  judgeAdvert,
  type PacketFacts,
  type RejectedAdvert,
  vridOf,
} from './judge.ts'
export { outgoingAdvert } from './outgoing.ts'
export * from './reason.ts'
export { type Legacy, legacyOf, resume } from './resume.ts'
export { initialState, type Master, nearestOf, ownPriority, publicState, type State, type Step, wakeAt } from './state.ts'
export { advertisedAgain, heardAgain, nextAdvertOnly, silenceAfterRepeat } from './steady.ts'
export { step } from './step.ts'
export { effectivePriority, masterDownInterval, type Race, skewTime } from './timers.ts'
export { type ActionLine, type EventLine, fromJson, fromJsonLines, replay, toJson, toJsonLines } from './transcript.ts'
