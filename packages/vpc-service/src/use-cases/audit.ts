// The audit: who did what, and what was refused.
import { ok } from '@havip/base'
import type { VpcService } from '../service.ts'
import { auditHead, type Parts } from './parts.ts'

export function auditUseCases(parts: Parts): Pick<VpcService, 'recordRefusal' | 'readAudit'> {
  return {
    recordRefusal: async (caller, action, fault) => {
      const head = auditHead(caller, action, parts.clock.wallTime())
      const record = { ...head, resources: '', outcome: fault.code, message: fault.message.slice(0, 1024), input: '' }
      await parts.store.write(async (tx) => ok(await tx.appendAudit(record)))
    },
    readAudit: (caller, input) =>
      parts.store.read(async (tx) => {
        const account = input.everyAccount && caller.kind === 'operator' ? undefined : caller.account
        return ok(await tx.audit(account, input.after, input.max))
      }),
  }
}
