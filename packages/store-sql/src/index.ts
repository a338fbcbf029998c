export { type BackupPlace, type BackupSummary, backUp, restore } from './backup.ts'
export * from './nonce-store.ts'
export * from './open.ts'
export { openPostgresLeadership } from './postgres-leadership.ts'
