export type { AuditQuery, EventKind, EventQuery, EventRecord, NewEvent } from './event.ts'
export { auditEvent, boundsOf, eventKinds, mergeEvents, typeOfId } from './event.ts'
export { Observations } from './observations.ts'
export { recordingStore } from './recording-store.ts'
