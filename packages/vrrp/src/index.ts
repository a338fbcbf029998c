export * from './action.ts'
export * from './config.ts'
export * from './event.ts'
export * from './reason.ts'
