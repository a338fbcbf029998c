export * from './fakes.ts'
export * from './memory-store.ts'
export * from './rig.ts'
export * from './store-cases.ts'
