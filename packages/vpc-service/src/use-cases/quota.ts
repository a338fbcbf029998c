// Quota Center: the gate of the HaVip preview, and what else is counted.
import { fail, ok, type Result } from '@havip/base'
import { type ApiFault, apiFault, havipPrivileges, type QuotaApplication, randomText } from '@havip/vpc'
import type { Answer, Caller, ProductQuota, VpcService } from '../service.ts'
import type { ReadTransaction } from '../store.ts'
import { hasHavipPrivilege } from './havip.ts'
import { given, mutate, type Parts, pageWhere } from './parts.ts'

type QuotaUseCases = Pick<
  VpcService,
  'createQuotaApplication' | 'getQuotaApplication' | 'listQuotaApplications' | 'decideQuotaApplication' | 'listProductQuotas'
>

export function quotaUseCases(parts: Parts): QuotaUseCases {
  return {
    createQuotaApplication: (caller, input) => createQuotaApplication(parts, caller, input),
    getQuotaApplication: (caller, input) =>
      parts.store.read(async (tx) => {
        const application = await tx.get('quotaApplication', input.application)
        const isVisible = application && (application.account === caller.account || caller.kind === 'operator')
        return isVisible ? ok(application) : fail(apiFault('QuotaApplication.NotFound', { id: input.application }))
      }),
    listQuotaApplications: (caller, input) =>
      parts.store.read((tx) => {
        const account = input.everyAccount && caller.kind === 'operator' ? undefined : caller.account
        const is = { account, product: given(input.product), action: given(input.action), status: given(input.status) }
        const word = given(input.keyWord)
        const holds = word === undefined ? undefined : ({ action }: QuotaApplication) => action.includes(word)
        return pageWhere(tx, 'quotaApplication', { is }, input.paging, holds)
      }),
    decideQuotaApplication: (caller, input) =>
      mutate(parts, caller, 'DecideQuotaApplication', input, async ({ tx, note }) => {
        note(input.application)
        if (caller.kind !== 'operator') return fail(apiFault('OperationDenied.Administrator'))
        const application = await tx.get('quotaApplication', input.application)
        if (!application) return fail(apiFault('QuotaApplication.NotFound', { id: input.application }))
        if (application.status !== 'Process') return fail(apiFault('QuotaApplication.Decided'))
        const decided: QuotaApplication = { ...application, status: input.agree ? 'Agree' : 'Disagree', auditReason: input.auditReason }
        await tx.update('quotaApplication', decided)
        return ok(decided)
      }),
    listProductQuotas: (caller, input) => listProductQuotas(parts, caller, input),
  }
}

/** Only the privilege can be applied for: numbers are settings of the installation. */
function checkApplication(input: { product: string; action: string; desired: number }): Result<void, ApiFault> {
  if (input.product !== 'vpc' || !havipPrivileges.includes(input.action)) {
    return fail(apiFault('InvalidQuotaActionCode.NotFound', { name: `${input.product} ${input.action}`.slice(0, 128) }))
  }
  if (input.desired !== 1) return fail(apiFault('InvalidParameter', { name: 'DesireValue', reason: 'a privilege is granted with 1' }))
  return ok(undefined)
}

function createQuotaApplication(
  parts: Parts,
  caller: Caller,
  input: Parameters<VpcService['createQuotaApplication']>[1],
): Answer<QuotaApplication> {
  return mutate(parts, caller, 'CreateQuotaApplication', input, async ({ tx, note }) => {
    const allowed = checkApplication(input)
    if (!allowed.ok) return allowed
    const isAgreed = parts.settings.autoApprove
    const application: QuotaApplication = {
      id: randomText(32, parts.entropy),
      account: caller.account,
      product: input.product,
      action: input.action,
      desired: input.desired,
      reason: input.reason.slice(0, 1024),
      status: isAgreed ? 'Agree' : 'Process',
      appliedAt: parts.clock.wallTime(),
      auditReason: isAgreed ? 'Agreed to by the setting of this installation.' : '',
      dimensions: input.dimensions ?? {},
      noticeType: input.noticeType ?? 0,
    }
    note(application.id)
    await tx.insert('quotaApplication', application)
    return ok(application)
  })
}

function listProductQuotas(
  parts: Parts,
  caller: Caller,
  input: { product: string; action?: string | undefined },
): Answer<readonly ProductQuota[]> {
  return parts.store.read(async (tx) => {
    const all = await productQuotas(parts, caller, tx)
    const action = given(input.action)
    const quotas = all.filter((quota) => quota.product === input.product && (action === undefined || quota.action === action))
    if (action !== undefined && quotas.length === 0)
      return fail(apiFault('InvalidQuotaActionCode.NotFound', { name: action.slice(0, 128) }))
    return ok(quotas)
  })
}

async function productQuotas(parts: Parts, caller: Caller, tx: ReadTransaction): Promise<ProductQuota[]> {
  const { limits } = parts.settings
  const is = { account: caller.account }
  const granted = (await hasHavipPrivilege(tx, caller)) ? 1 : 0
  const privileges = havipPrivileges.map(
    (action): ProductQuota => ({
      product: 'vpc',
      action,
      category: 'WhiteListLabel',
      name: action,
      description: 'The account may create high-availability virtual IP addresses.',
      total: granted,
      used: granted,
      isAdjustable: true,
    }),
  )
  const number = (action: string, product: 'vpc' | 'ecs', description: string, total: number, used: number): ProductQuota => ({
    product,
    action,
    category: 'CommonQuota',
    name: action,
    description,
    total,
    used,
    isAdjustable: false,
  })
  return [
    ...privileges,
    number('vpc_quota_instances_num', 'vpc', 'VPCs in a region', limits.vpcs, await tx.count('vpc', { is })),
    number('vpc_quota_vswitches_num', 'vpc', 'vSwitches in a VPC', limits.vswitchesPerVpc, 0),
    number('vpc_quota_havip_instances_num', 'vpc', 'HaVips in a VPC', limits.havipsPerVpc, 0),
    number('vpc_quota_eip_num', 'vpc', 'EIPs of the account', limits.eips, await tx.count('eip', { is })),
    number('ecs_quota_instances_num', 'ecs', 'Instances of the account', limits.instances, await tx.count('instance', { is })),
  ]
}
