// Small pieces that many answers share: times, tags, pages, and results turned into bodies.
import { fail, ok, type Result, type WallTime } from '@havip/base'
import { type AccountId, type ApiFault, apiFault, type Tags } from '@havip/vpc'
import type { Page, Paging } from '@havip/vpc-service'
import type { Body } from './action.ts'
import { clamped, flag, integer, required, text } from './parameter.ts'

/** `2026-01-15T08:30:00Z` */
export const formatTime = (time: WallTime): string => `${new Date(time).toISOString().slice(0, 19)}Z`
/** `2026-01-15T08:30Z`, as ECS writes creation and start times. */
export const formatMinute = (time: WallTime): string => `${new Date(time).toISOString().slice(0, 16)}Z`
export const formatOptionalTime = (time: WallTime | undefined): string => (time === undefined ? '' : formatTime(time))

/** VPC writes Key and Value. */
export const vpcTags = (tags: Tags): Body => ({ Tag: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) })
/** ECS answers with TagKey and TagValue, though requests use Key and Value. */
export const ecsTags = (tags: Tags): Body => ({ Tag: Object.entries(tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue })) })

/** VPC and ECS instance descriptions hold it as a number; account ids are decimal and below 2^53. */
export const ownerNumber = (account: AccountId): number =>
  /^\d{1,16}$/.test(account) && Number.isSafeInteger(Number(account)) ? Number(account) : 0

export async function answer<T>(result: Promise<Result<T, ApiFault>>, body: (value: T) => Body): Promise<Result<Body, ApiFault>> {
  const outcome = await result
  return outcome.ok ? ok(body(outcome.value)) : outcome
}
/** For actions that answer with the RequestId only. */
export const done = (result: Promise<Result<unknown, ApiFault>>): Promise<Result<Body, ApiFault>> => answer(result, () => ({}))

export const unsupported = (name: string, reason: string): Result<never, ApiFault> =>
  fail({ status: 400, code: 'UnsupportedParameter', message: `The parameter ${name} is not supported: ${reason}.` })

/** The region a call is about. */
export const regionId = text('Region of the resource, such as cn-hangzhou.', 64)
export const inRegion = { RegionId: required(regionId) }
export const anyRegion = { RegionId: regionId }
export const clientToken = {
  ClientToken: text('Up to 64 characters of the caller’s choice: the same token makes a repeated call harmless.', 64),
}
export const dryRun = { DryRun: flag('Check everything and change nothing.') }
export const resourceGroup = { ResourceGroupId: text('Resource group.', 64) }

const pageNumberMax = 100_000_000

/** @param sizeMax larger sizes count as this one. */
export const pageParameters = (sizeMax: number) => ({
  PageNumber: integer('Which page, from 1.', 1, pageNumberMax),
  PageSize: clamped(`Entries of a page, 10 when left out, at most ${sizeMax}.`, 1, sizeMax),
})

/** @param min smaller numbers count as this one, larger ones than `max` as that one. */
export const tokenParameters = (min: number, max: number) => ({
  MaxResults: clamped(`Entries of a page in token style, ${min} to ${max}.`, min, max),
  NextToken: text('Where to go on: the token of the page before.', 512),
})

type PageInput = { readonly PageNumber?: number | undefined; readonly PageSize?: number | undefined }
type TokenInput = { readonly MaxResults?: number | undefined; readonly NextToken?: string | undefined }

export const pageOf = (input: PageInput): Paging & { kind: 'page' } => ({
  kind: 'page',
  number: input.PageNumber ?? 1,
  size: input.PageSize ?? 10,
})

/** Token style as soon as one of its parameters is there. */
export const eitherPageOf = (input: PageInput & TokenInput, maxDefault = 10): Paging =>
  input.MaxResults !== undefined || input.NextToken !== undefined
    ? { kind: 'token', max: input.MaxResults ?? maxDefault, token: input.NextToken }
    : pageOf(input)

/** One page in token style of a list that is in memory: the token is the number of entries before it. */
export function tokenPage<T>(
  all: readonly T[],
  input: TokenInput,
  maxDefault: number,
): Result<{ readonly items: readonly T[]; readonly max: number; readonly nextToken: string }, ApiFault> {
  const token = input.NextToken ?? '0'
  if (!/^\d{1,6}$/.test(token)) return fail(apiFault('InvalidParameter', { name: 'NextToken', reason: 'it is not one of ours' }))
  const max = input.MaxResults ?? maxDefault
  const end = Number(token) + max
  return ok({ items: all.slice(Number(token), end), max, nextToken: end < all.length ? String(end) : '' })
}

/** The numbers every page-style reply repeats. */
export const pageNumbers = (page: Page<unknown>, paging: Paging): Body => ({
  TotalCount: page.total,
  PageNumber: paging.kind === 'page' ? paging.number : 1,
  PageSize: paging.kind === 'page' ? paging.size : paging.max,
})
export const eitherPageNumbers = (page: Page<unknown>, paging: Paging): Body => ({
  ...pageNumbers(page, paging),
  NextToken: paging.kind === 'token' ? page.nextToken : '',
})

/** What a condition that nothing here can meet finds. */
export const emptyPage = { ok: true, value: { items: [], total: 0, nextToken: '' } } as const
