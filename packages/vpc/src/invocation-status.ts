// How runs of a command went, in the words of Cloud Assistant: each run has a status, and an older one that tells fewer things apart.
import type { InvocationResult, InvocationStatus } from './resource.ts'

/** InvokeRecordStatus of one run. */
export type RecordStatus = 'Running' | 'Finished' | 'Failed'

const recordStatuses: Readonly<Record<InvocationStatus, RecordStatus>> = {
  Pending: 'Running',
  Running: 'Running',
  Success: 'Finished',
  Failed: 'Finished',
  Error: 'Failed',
  Timeout: 'Failed',
}

export const recordStatusOf = (status: InvocationStatus): RecordStatus => recordStatuses[status]

/** The statuses that a record status stands for; none for a word that no run here ever has, such as Stopped. */
export const statusesOf = (record: string): readonly InvocationStatus[] =>
  (Object.keys(recordStatuses) as InvocationStatus[]).filter((status) => recordStatuses[status] === record)

type OverallStatus = { readonly invoke: RecordStatus | 'PartialFailed'; readonly invocation: InvocationStatus | 'PartialFailed' }

/** One word, and the older one, for the runs of an invocation on all its instances. */
export function overallStatus(results: readonly Pick<InvocationResult, 'status'>[]): OverallStatus {
  const unfinished = results.find(({ status }) => status === 'Running') ?? results.find(({ status }) => status === 'Pending')
  if (unfinished) return { invoke: 'Running', invocation: unfinished.status }
  const bad = results.filter(({ status }) => status !== 'Success')
  if (bad.length === 0) return { invoke: 'Finished', invocation: 'Success' }
  if (bad.length < results.length) return { invoke: 'PartialFailed', invocation: 'PartialFailed' }
  const first = bad[0]?.status
  return { invoke: 'Failed', invocation: first === 'Timeout' || first === 'Error' ? first : 'Failed' }
}
