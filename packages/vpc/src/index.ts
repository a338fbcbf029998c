export * from './plane.ts'
export * from './resource.ts'
