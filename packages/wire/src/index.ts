export * from './advert.ts'
