export * from './nonce-store.ts'
export * from './open.ts'
export { openPostgresLeadership } from './postgres-leadership.ts'
