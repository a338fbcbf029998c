// Security groups, as far as clients need them: they can be made, named by instances, and removed. They carry no rules.
import { fail, ok } from '@havip/base'
import { apiFault, checkTags, checkTexts, newId, type SecurityGroupId } from '@havip/vpc'
import type { Answer, Caller, CreateSecurityGroup, VpcService } from '../service.ts'
import { common, given, givenList, mutate, owned, type Parts, page, scopeOf } from './parts.ts'

type SecurityGroupUseCases = Pick<VpcService, 'createSecurityGroup' | 'deleteSecurityGroup' | 'describeSecurityGroups'>

export function securityGroupUseCases(parts: Parts): SecurityGroupUseCases {
  return {
    createSecurityGroup: (caller, input) => createSecurityGroup(parts, caller, input),
    deleteSecurityGroup: (caller, input) =>
      mutate(parts, caller, 'DeleteSecurityGroup', input, async ({ tx, note }) => {
        const id = input.securityGroup
        note(id)
        const group = await owned<'securityGroup'>(tx, 'securityGroup', id, caller)
        if (!group) return fail(apiFault('InvalidSecurityGroupId.NotFound', { id }))
        const interfaces = await tx.count('networkInterface', { is: { securityGroup: id } })
        if (interfaces > 0) return fail(apiFault('DependencyViolation', { what: 'network interfaces of the group' }, 403))
        const instances = await tx.count('instance', { is: { securityGroup: id } })
        if (instances > 0) return fail(apiFault('DependencyViolation', { what: 'instances of the group' }, 403))
        return ok(await tx.remove('securityGroup', id))
      }),
    describeSecurityGroups: (caller, input) =>
      parts.store.read(async (tx) => {
        const is = {
          ...scopeOf(caller),
          id: givenList(input.ids),
          vpc: given(input.vpc),
          name: given(input.name),
          type: given(input.type),
          resourceGroup: given(input.resourceGroup),
        }
        const found = await page(tx, 'securityGroup', { is, tags: input.tags }, input.paging)
        if (!found.ok) return found
        const { items } = found.value
        const counts = await tx.countBy(
          'instance',
          'securityGroup',
          items.map(({ id }) => id),
        )
        return ok({ ...found.value, items: items.map((group) => ({ ...group, instances: counts.get(group.id) ?? 0 })) })
      }),
  }
}

function createSecurityGroup(parts: Parts, caller: Caller, input: CreateSecurityGroup): Answer<{ securityGroup: SecurityGroupId }> {
  return mutate(parts, caller, 'CreateSecurityGroup', input, async ({ tx, note }) => {
    const texts = checkTexts('securityGroup', input)
    if (!texts.ok) return texts
    const tags = checkTags(input.tags)
    if (!tags.ok) return tags
    const type = input.type || 'normal'
    if (type !== 'normal' && type !== 'enterprise') {
      return fail(apiFault('InvalidParameter', { name: 'SecurityGroupType', reason: 'it is normal or enterprise' }))
    }
    const vpc = await owned<'vpc'>(tx, 'vpc', input.vpc, caller)
    if (!vpc) return fail(apiFault('InvalidVpcId.NotFound', { id: input.vpc }))
    if (vpc.status !== 'Available') return fail(apiFault('IncorrectVpcStatus', { status: vpc.status }))
    const max = parts.settings.limits.securityGroups
    const count = await tx.count('securityGroup', { is: { account: caller.account } })
    if (count >= max) return fail(apiFault('QuotaExceed.SecurityGroup', { max }))
    const id = newId<SecurityGroupId>('sg', parts.entropy)
    note(id)
    await tx.insert('securityGroup', {
      ...common(parts, caller, vpc.region, input.resourceGroup),
      ...texts.value,
      id,
      vpc: vpc.id,
      type,
      tags: tags.value,
    })
    return ok({ securityGroup: id })
  })
}
