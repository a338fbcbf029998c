// The faults that the door itself answers with. Each is a code of the API, its HTTP status and a sentence for the caller.
import { type Fail, fail } from '@havip/base'
import type { ApiFault } from '@havip/vpc'

/** As the rules' own faults; the door adds when it makes sense to try again. */
export type RequestFault = ApiFault & { readonly retryAfterMs?: number }

export const refuse = (status: number, code: string, message: string): Fail<RequestFault> => fail({ status, code, message })

/** An absent or empty mandatory parameter, of the system or of the action. */
export const missing = (name: string): RequestFault => ({
  status: 400,
  code: 'MissingParameter',
  message: `The parameter ${name} is required.`,
})
