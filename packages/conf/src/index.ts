export * from './diagnostic.ts'
export * from './model.ts'
export * from './source.ts'
