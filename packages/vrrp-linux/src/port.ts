// The port's types under one short name: every file here speaks them.
export type { Result } from '@havip/base'
export type * from '@havip/vrrp-runtime'
