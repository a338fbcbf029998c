// Tests of high availability: ordered, one at a time for each HaVip, and looked at.
import { fail, ok } from '@havip/base'
import { apiFault, type HavipTestId, havipTestFaults, newId } from '@havip/vpc'
import { holdersOf, instancesOf } from '../port-holders.ts'
import type { VpcService } from '../service.ts'
import { given, mutate, owned, type Parts, page, scopeOf } from '../use-cases/parts.ts'

/** Tests kept for each HaVip; the oldest go. */
const keptMax = 100

export function havipTestUseCases(parts: Parts): Pick<VpcService, 'startHavipTest' | 'describeHavipTests'> {
  return {
    startHavipTest: (caller, input) =>
      mutate(parts, caller, 'StartHaVipTest', input, async ({ tx, note }) => {
        note(input.havip)
        const fault = havipTestFaults.find((one) => one === input.fault)
        if (!fault) return fail(apiFault('InvalidParameter', { name: 'Fault', reason: `it is one of ${havipTestFaults.join(', ')}` }))
        const havip = await owned<'havip'>(tx, 'havip', input.havip, caller)
        if (!havip) return fail(apiFault('InvalidHaVipId.NotFound', { id: input.havip }))
        const known = parts.owners.of(havip.id)
        const owner = known && (await holdersOf(tx, [known.port])).get(known.port)
        const id = given(input.instance) ?? owner?.id
        if (id === undefined)
          return fail(apiFault('IncorrectHaVipOwner', { reason: 'Nobody announces the address now: name the instance' }))
        const instance = await owned<'instance'>(tx, 'instance', id, caller)
        if (!instance) return fail(apiFault('InvalidInstanceId.NotFound', { id }))
        if (!(await instancesOf(tx, havip)).includes(instance.id)) return fail(apiFault('ResourceNotAssociated', { id }))
        note(id)
        if (instance.status !== 'Running') return fail(apiFault('IncorrectInstanceStatus', { status: instance.status }))
        const earlier = await tx.find('havipTest', { is: { havip: havip.id } })
        const running = earlier.find(({ row }) => row.status === 'Running')
        if (running) return fail(apiFault('OperationConflict.HaVipTest', { id: running.row.id }))
        for (const { row } of earlier.slice(0, Math.max(0, earlier.length - keptMax + 1))) await tx.remove('havipTest', row.id)
        const test = newId<HavipTestId>('hatest', parts.entropy)
        note(test)
        const { account, region, vpc, address } = havip
        const result = { outageMs: undefined, lost: 0, reason: '', before: '', after: '', error: '', samples: [] }
        const state = { status: 'Running', phase: 'Waiting', finishedAt: undefined, isBroken: false, daemonCommand: [] } as const
        const createdAt = parts.clock.wallTime()
        await tx.insert('havipTest', {
          id: test,
          account,
          region,
          vpc,
          address,
          createdAt,
          havip: havip.id,
          instance: instance.id,
          fault,
          ...state,
          ...result,
        })
        return ok({ test })
      }),
    describeHavipTests: (caller, input) =>
      parts.store.read((tx) =>
        page(tx, 'havipTest', { is: { ...scopeOf(caller), havip: given(input.havip), id: given(input.test) } }, input.paging),
      ),
  }
}
