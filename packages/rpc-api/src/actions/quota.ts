// Quota Center: the gate in front of the HaVip feature. Lists here are plain arrays, without the usual inner wrapper.
import { fail, ok } from '@havip/base'
import { apiFault, type QuotaApplication } from '@havip/vpc'
import type { ProductQuota } from '@havip/vpc-service'
import { type Action, action, type Body } from '../action.ts'
import { answer, emptyPage, formatTime, tokenPage, tokenParameters } from '../answer.ts'
import { choice, inert, inertTree, integer, objects, required, text, unserved } from '../parameter.ts'

const productCode = required(text('Product, such as vpc.', 64))
const dimensions = (doc: string) => objects(doc, 20, { Key: required(text('Key.', 64)), Value: text('Value.', 128) })
const actionCode = text('The quota; for HaVip vpc_whitelist/ha_vip_whitelist or vpc_privilege_allow_buy_havip_instance.', 128)

const categoryOf = (quota: string): string =>
  quota.includes('whitelist') || quota.includes('privilege') ? 'WhiteListLabel' : 'CommonQuota'

export const applicationOf = (application: QuotaApplication): Body => ({
  ApplicationId: application.id,
  ProductCode: application.product,
  QuotaActionCode: application.action,
  QuotaCategory: categoryOf(application.action),
  QuotaName: application.action,
  QuotaDescription: '',
  QuotaArn: '',
  QuotaUnit: '',
  DesireValue: Math.trunc(application.desired),
  ApproveValue: application.status === 'Agree' ? Math.trunc(application.desired) : 0,
  Status: application.status,
  Reason: application.reason,
  AuditReason: application.auditReason,
  ApplyTime: formatTime(application.appliedAt),
  EffectiveTime: '',
  ExpireTime: '',
  NoticeType: application.noticeType,
  Dimension: application.dimensions,
})

const quotaOf = (quota: ProductQuota): Body => ({
  ProductCode: quota.product,
  QuotaActionCode: quota.action,
  QuotaName: quota.name,
  QuotaDescription: quota.description,
  QuotaCategory: quota.category,
  QuotaType: quota.category === 'WhiteListLabel' ? 'privilege' : 'normal',
  QuotaArn: '',
  QuotaUnit: quota.category === 'WhiteListLabel' ? '' : 'Count',
  TotalQuota: quota.total,
  TotalUsage: quota.used,
  Adjustable: quota.isAdjustable,
  Consumable: quota.category !== 'WhiteListLabel',
  GlobalQuota: false,
  ApplicableType: quota.category === 'WhiteListLabel' ? 'discontinuous' : 'continuous',
  ApplicableRange: quota.category === 'WhiteListLabel' ? [0, 1] : [],
  SupportedRange: [],
  Dimensions: {},
  UnadjustableDetail: '',
  EffectiveTime: '',
  ExpireTime: '',
  ApplyReasonTips: '',
  QuotaItems: [],
})

export const quotaActions: readonly Action[] = [
  action({
    product: 'quotas',
    name: 'ListProductQuotas',
    level: 'read',
    doc: 'Lists quotas and privileges of a product, with what is granted.',
    parameters: {
      ProductCode: productCode,
      QuotaActionCode: actionCode,
      QuotaCategory: text('CommonQuota, FlowControl or WhiteListLabel.', 64),
      KeyWord: text('Part of the name.', 128),
      GroupCode: text('Group of quotas; no quota is in one here.', 64),
      SortField: choice('TOTAL, or RESERVED for what is left of it. TIME leaves them in the order they have.', [
        'TIME',
        'TOTAL',
        'RESERVED',
      ]),
      SortOrder: choice('Ascending when left out.', ['Ascending', 'Descending']),
      Dimensions: inertTree('quotas count for the whole account'),
      ...tokenParameters(1, 200),
    },
    errors: [],
    run: async (input, { service, caller }) => {
      const all = await service.listProductQuotas(caller, { product: input.ProductCode, action: input.QuotaActionCode })
      if (!all.ok) return all
      const found = all.value
        .filter((quota) => input.QuotaCategory === undefined || quota.category === input.QuotaCategory)
        .filter((quota) => input.KeyWord === undefined || quota.name.includes(input.KeyWord) || quota.action.includes(input.KeyWord))
        .filter(() => input.GroupCode === undefined)
      const { SortField, SortOrder } = input
      const sizeOf = ({ total, used }: ProductQuota): number => (SortField === 'TOTAL' ? total : total - used)
      const sign = SortOrder === 'Descending' ? -1 : 1
      if (SortField !== undefined && SortField !== 'TIME') found.sort((a, b) => sign * (sizeOf(a) - sizeOf(b)))
      const page = tokenPage(found, input, 30)
      if (!page.ok) return page
      const { items, max, nextToken } = page.value
      return ok({ TotalCount: found.length, MaxResults: max, NextToken: nextToken, Quotas: items.map(quotaOf) })
    },
  }),
  action({
    product: 'quotas',
    name: 'GetProductQuota',
    level: 'read',
    doc: 'Describes one quota or privilege.',
    parameters: {
      ProductCode: productCode,
      QuotaActionCode: required(actionCode),
      Dimensions: inertTree('quotas count for the whole account'),
    },
    errors: ['InvalidQuotaActionCode.NotFound'],
    run: async (input, { service, caller }) => {
      const found = await service.listProductQuotas(caller, { product: input.ProductCode, action: input.QuotaActionCode })
      if (!found.ok) return found
      const quota = found.value[0]
      return quota
        ? ok({ Quota: quotaOf(quota) })
        : { ok: false, fault: apiFault('InvalidQuotaActionCode.NotFound', { name: input.QuotaActionCode }) }
    },
  }),
  action({
    product: 'quotas',
    name: 'CreateQuotaApplication',
    level: 'write',
    doc: 'Applies for a quota or a privilege; an operator, or a setting, approves it.',
    parameters: {
      ProductCode: productCode,
      QuotaActionCode: required(actionCode),
      DesireValue: required(integer('The value asked for; 1 for a privilege.', 0, 1_000_000_000)),
      Reason: required(text('Why.', 4096)),
      QuotaCategory: text('CommonQuota or WhiteListLabel: that of the quota.', 64),
      NoticeType: integer('Whether to be told: kept and shown, nobody is told.', 0, 3),
      Dimensions: dimensions('What it is for, such as regionId: kept and shown; a privilege counts in every region.'),
      EffectiveTime: unserved('it counts from its approval on'),
      ExpireTime: unserved('it counts without end'),
      AuditMode: inert('a setting of the installation says whether an operator is asked'),
      EnvLanguage: inert('there are no notices'),
    },
    errors: ['InvalidQuotaActionCode.NotFound'],
    run: async (input, { service, caller }) => {
      const { QuotaActionCode: code, QuotaCategory: category } = input
      if (category !== undefined && category !== categoryOf(code)) return fail(apiFault('InvalidQuotaActionCode.NotFound', { name: code }))
      return answer(
        service.createQuotaApplication(caller, {
          product: input.ProductCode,
          action: code,
          desired: input.DesireValue,
          reason: input.Reason,
          dimensions: Object.fromEntries((input.Dimensions ?? []).map(({ Key, Value }) => [Key, Value ?? ''])),
          noticeType: input.NoticeType,
        }),
        applicationOf,
      )
    },
  }),
  action({
    product: 'quotas',
    name: 'ListQuotaApplications',
    level: 'read',
    doc: 'Lists quota applications of the caller.',
    parameters: {
      ProductCode: productCode,
      QuotaActionCode: actionCode,
      QuotaCategory: text('CommonQuota or WhiteListLabel.', 64),
      Status: text('Process, Agree or Disagree.', 64),
      KeyWord: text('Part of the name.', 128),
      Dimensions: inertTree('quotas count for the whole account'),
      ...tokenParameters(1, 200),
    },
    errors: [],
    run: (input, { service, caller }) => {
      const max = input.MaxResults ?? 30
      // Nothing else can be applied for.
      const found =
        (input.QuotaCategory ?? 'WhiteListLabel') !== 'WhiteListLabel'
          ? Promise.resolve(emptyPage)
          : service.listQuotaApplications(caller, {
              product: input.ProductCode,
              action: input.QuotaActionCode,
              status: input.Status,
              keyWord: input.KeyWord,
              paging: { kind: 'token', max, token: input.NextToken },
            })
      return answer(found, (page) => ({
        TotalCount: page.total,
        MaxResults: max,
        NextToken: page.nextToken,
        QuotaApplications: page.items.map((application) => ({ ...applicationOf(application), Comment: '', Period: {} })),
      }))
    },
  }),
  action({
    product: 'quotas',
    name: 'GetQuotaApplication',
    level: 'read',
    doc: 'Describes one application.',
    parameters: { ApplicationId: required(text('The application.', 64)) },
    errors: ['QuotaApplication.NotFound'],
    run: (input, { service, caller }) =>
      answer(service.getQuotaApplication(caller, { application: input.ApplicationId }), (application) => ({
        QuotaApplication: applicationOf(application),
      })),
  }),
]
