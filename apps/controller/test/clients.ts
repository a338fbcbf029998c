// The official clients are CommonJS with dynamic shapes.
import { createRequire } from 'node:module'

// biome-ignore lint/suspicious/noExplicitAny: their own types are not of interest in tests.
export const load: (name: string) => any = createRequire(import.meta.url)
