// The data plane as a whole: whose it is, and the operator's decision to take over one that obeyed another installation.
import { fail, ok } from '@havip/base'
import { apiFault, desiredPlane, installationKey, planeDifference } from '@havip/vpc'
import type { Compute, DataPlane } from '../ports.ts'
import { Intent } from '../reconcile/intent.ts'
import type { PlaneView, VpcService } from '../service.ts'
import { mutate, type Parts } from './parts.ts'

export function planeUseCases(parts: Parts): Pick<VpcService, 'describePlane' | 'adoptPlane'> {
  const { store, plane } = parts
  return {
    describePlane: async () => {
      const installation = await store.read((tx) => tx.get('installation', installationKey))
      return ok(await viewOf(parts, installation?.identity ?? ''))
    },
    adoptPlane: async (caller, input) => {
      // Asked before the transaction, which may not wait for the plane; the reconciler compares again before it acts.
      const master = (await plane.master())?.installation ?? ''
      return mutate(parts, caller, 'AdoptPlane', input, async ({ tx, note }) => {
        if (caller.kind !== 'operator') return fail(apiFault('OperationDenied.Administrator'))
        const installation = await tx.get('installation', installationKey)
        if (!installation) return fail(apiFault('OperationDenied.PlaneMaster', { master: 'nobody' }))
        note(installation.identity)
        if (master === installation.identity) return ok(undefined)
        if (input.master !== master) return fail(apiFault('OperationDenied.PlaneMaster', { master: master || 'nobody' }))
        await tx.update('installation', { ...installation, adopts: master })
        return ok(undefined)
      })
    },
  }
}

async function viewOf(parts: { readonly store: Parts['store']; plane: DataPlane; compute: Compute }, ours: string): Promise<PlaneView> {
  const { store, plane, compute } = parts
  const [master, actual, machines] = await Promise.all([plane.master(), plane.inspect(), compute.list()])
  const intent = new Intent(store)
  await intent.refresh()
  for (const { instance, power, boot } of machines) intent.world.machines.set(instance, { power, boot })
  const removals = planeDifference(desiredPlane(intent.world), actual).filter(({ kind }) => kind.startsWith('remove-'))
  const orphans = machines.filter(({ instance }) => !intent.world.instances.has(instance))
  return {
    installation: ours,
    master: master?.installation ?? '',
    term: master?.term ?? 0,
    networks: actual.networks.length,
    ports: actual.ports.length,
    havips: actual.havips.length,
    eips: actual.eips.length,
    machines: machines.length,
    removals: removals.length,
    machinesRemoved: orphans.length,
  }
}
