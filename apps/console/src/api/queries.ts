// Questions to the API, kept fresh by the event stream, and changes with what they make old.
import { keepPreviousData, type QueryKey, useMutation, useQueries, useQuery, useQueryClient } from '@tanstack/react-query'
import { useRegion } from '../shell/address.ts'
import { call, type Parameters, type Product } from './client.ts'
import { isAnswer } from './events.ts'
import type {
  DaemonAnswer,
  DropPage,
  Eip,
  EipPage,
  Havip,
  HavipPage,
  HavipTest,
  Instance,
  InstancePage,
  OwnerPage,
  RecordingAnswer,
  Region,
  Vpc,
  VpcPage,
  VSwitch,
  VSwitchPage,
  Zone,
} from './types.ts'

/** While something is on its way to another state we look more often than events alone would make us. */
const movingMs = 1_000
const restingMs = 30_000

type Options<T> = { readonly enabled?: boolean; readonly everyMs?: number; readonly isMoving?: (answer: T) => boolean }

export function useApi<T>(product: Product, action: string, parameters: Parameters = {}, options: Options<T> = {}) {
  const key: QueryKey = [product, action, parameters]
  return useQuery<T>({
    queryKey: key,
    queryFn: ({ signal }) => call<T>(product, action, parameters, signal),
    enabled: options.enabled ?? true,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => options.everyMs ?? (state.data !== undefined && options.isMoving?.(state.data) ? movingMs : restingMs),
  })
}

const isMovingStatus = (status: string): boolean => /ing$/.test(status) && status !== 'Running'
export const pageSize = 20
/** The largest page the API gives; menus of choices show no more. */
const wholeSize = 50

type Listing = { readonly page?: number; readonly size?: number; readonly enabled?: boolean }
const paging = ({ page = 1, size = wholeSize }: Listing) => ({ PageNumber: page, PageSize: size })

export function useHavips(filters: readonly { Key: string; Value: readonly string[] }[] = [], listing: Listing = {}) {
  const RegionId = useRegion()
  return useApi<HavipPage>(
    'vpc',
    'DescribeHaVips',
    { RegionId, ...paging(listing), ...(filters.length > 0 && { Filter: filters }) },
    { isMoving: (answer) => answer.HaVips.HaVip.some((one) => isMovingStatus(one.Status)), enabled: listing.enabled ?? true },
  )
}
export function useHavip(id: string) {
  const answer = useHavips([{ Key: 'HaVipId', Value: [id] }])
  return { ...answer, havip: answer.data?.HaVips.HaVip.find((one: Havip) => one.HaVipId === id) }
}
/** Ages are true at the moment of the answer, so it is asked for often. */
export function useOwners(ids: readonly string[], enabled = true) {
  return useApi<OwnerPage>(
    'havip',
    'DescribeHaVipOwners',
    { HaVipId: ids, PageSize: wholeSize },
    { everyMs: 2_000, enabled: enabled && ids.length > 0 },
  )
}
export const useDrops = (ids: readonly string[]) =>
  useApi<DropPage>('havip', 'DescribePortDrops', { InstanceId: ids, PageSize: 100 }, { everyMs: 5_000, enabled: ids.length > 0 })

export function useInstances(parameters: Parameters = {}, listing: Listing = {}) {
  const RegionId = useRegion()
  return useApi<InstancePage>(
    'ecs',
    'DescribeInstances',
    { RegionId, ...paging(listing), ...parameters },
    {
      isMoving: (answer) => answer.Instances.Instance.some((one) => isMovingStatus(one.Status) || one.Status === 'Pending'),
      enabled: listing.enabled ?? true,
    },
  )
}
export function useInstance(id: string) {
  const answer = useInstances({ InstanceIds: JSON.stringify([id]) })
  return { ...answer, instance: answer.data?.Instances.Instance.find((one: Instance) => one.InstanceId === id) }
}
export function useVpcs(listing: Listing = {}) {
  const RegionId = useRegion()
  return useApi<VpcPage>(
    'vpc',
    'DescribeVpcs',
    { RegionId, ...paging(listing) },
    { isMoving: (answer) => answer.Vpcs.Vpc.some((one: Vpc) => one.Status === 'Pending') },
  )
}
export function useVSwitches(parameters: Parameters = {}, listing: Listing = {}) {
  const RegionId = useRegion()
  return useApi<VSwitchPage>(
    'vpc',
    'DescribeVSwitches',
    { RegionId, ...paging(listing), ...parameters },
    { isMoving: (answer) => answer.VSwitches.VSwitch.some((one: VSwitch) => one.Status === 'Pending'), enabled: listing.enabled ?? true },
  )
}
export function useEips(parameters: Parameters = {}, listing: Listing = {}) {
  const RegionId = useRegion()
  return useApi<EipPage>(
    'vpc',
    'DescribeEipAddresses',
    { RegionId, ...paging(listing), ...parameters },
    { isMoving: (answer) => answer.EipAddresses.EipAddress.some((one: Eip) => isMovingStatus(one.Status)) },
  )
}
export function useZones() {
  const RegionId = useRegion()
  return useApi<{ readonly Zones: { readonly Zone: readonly Zone[] } }>('vpc', 'DescribeZones', { RegionId })
}
export const useRegions = () =>
  useApi<{ readonly Regions: { readonly Region: readonly Region[] } }>('vpc', 'DescribeRegions', {}, { everyMs: 600_000 })

export const useTests = (parameters: Parameters, isLive = false) =>
  useApi<{ readonly Tests: readonly HavipTest[] }>('havip', 'DescribeHaVipTests', parameters, {
    isMoving: (answer) => answer.Tests.some((one) => one.Status === 'Running'),
    ...(isLive && { everyMs: 500 }),
  })
export const useDaemon = (instance: string, enabled = true) =>
  useApi<DaemonAnswer>('havip', 'DescribeDaemonStatus', { InstanceId: instance }, { everyMs: 3_000, enabled })

/** What the daemons of several instances say, with when they were asked; those that have not answered are left out. */
export function useDaemons(instances: readonly string[]): ReadonlyMap<string, { readonly answer: DaemonAnswer; readonly at: number }> {
  const answers = useQueries({
    queries: instances.map((InstanceId) => ({
      queryKey: ['havip', 'DescribeDaemonStatus', { InstanceId }],
      queryFn: ({ signal }: { readonly signal: AbortSignal }) =>
        call<DaemonAnswer>('havip', 'DescribeDaemonStatus', { InstanceId }, signal),
      refetchInterval: 3_000,
    })),
  })
  return new Map(
    instances.flatMap((id, i) => {
      const { data, dataUpdatedAt } = answers[i] ?? {}
      return data ? [[id, { answer: data, at: dataUpdatedAt ?? 0 }] as const] : []
    }),
  )
}
export const useRecording = (instance: string, router: string | undefined, enabled = true) =>
  useApi<RecordingAnswer>('havip', 'DescribeDaemonRecording', { InstanceId: instance, VirtualRouter: router }, { everyMs: 10_000, enabled })

/** Calls an action that changes something; everything shown is asked for again afterwards. */
export function useChange<T = unknown>() {
  const queries = useQueryClient()
  const RegionId = useRegion()
  return useMutation<T, Error, readonly [product: Product, action: string, parameters: Parameters]>({
    mutationFn: ([product, action, parameters]) =>
      call<T>(product, action, { ...(product === 'quotas' ? {} : { RegionId }), ...parameters }),
    onSettled: () => void queries.invalidateQueries({ predicate: ({ queryKey }) => isAnswer(queryKey) }),
  })
}
