// The tables. Each kind of row has one: what it is found by in columns, the row itself as JSON.
import type { Kind } from '@havip/vpc-service'

/** `row_havip`, and so on. */
export const tableOf = (kind: Kind): string => `row_${snake(kind)}`
/** Columns have a prefix, so that none of them is a word of SQL. */
export const columnOf = (name: string): string => (name === 'id' ? 'id' : `c_${snake(name)}`)
const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

export type RowTable = { id: string; position: number; change: number; body: string } & Record<`c_${string}`, string>
/** Columns of many values, and tags (`tag:` before the key): one line for each value. */
export type ListTable = { kind: string; id: string; name: string; value: string }
export type AddressTable = { scope: string; number: number; holder: string }
/** Below it no address of the scope is free. */
export type AddressHintTable = { scope: string; free_from: number }
export type TokenTable = { account: string; action: string; token: string; input: string; output: string; at: number }
export type AuditTable = {
  sequence: number
  at: number
  account: string
  who: string
  from_address: string
  request_id: string
  action: string
  resources: string
  outcome: string
  message: string
  input: string
}
export type EventTable = {
  sequence: number
  at: number
  account: string
  kind: string
  resource_type: string
  resource_id: string
  text: string
  detail: string
}
export type CounterTable = { id: number; value: number }

export type Schema = {
  list_value: ListTable
  address: AddressTable
  address_hint: AddressHintTable
  token: TokenTable
  audit: AuditTable
  event: EventTable
  counter: CounterTable
} & { [table in `row_${string}`]: RowTable }
