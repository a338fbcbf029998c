// What every webhook of havip has in common, the control plane's and a daemon's: which addresses it may have, how a delivery is
// signed, how long one waits after a failure.
import { fail, ok, type Result } from './result.ts'

/** Lower-case hex of the HMAC. */
export type HmacSha256 = (key: string, text: string) => string

export const webhookUrlLengthMax = 1024
const firstPauseMs = 1_000
const longestPauseMs = 5 * 60_000

/** The address as it is called, without its fragment; the fault is the end of a sentence. User and password would be in logs and lists. */
export function webhookUrl(text: string): Result<string, string> {
  if (text.length > webhookUrlLengthMax || !URL.canParse(text)) return fail(`it is not a URL of at most ${webhookUrlLengthMax} characters`)
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return fail('it begins with http:// or https://')
  if (url.username !== '' || url.password !== '') return fail('it may not hold a user or a password')
  url.hash = ''
  return ok(url.href)
}

/** What the receiver checks: `t=SECONDS,v1=HMAC-SHA256(secret, "SECONDS.BODY")`, so that an old delivery can't be sent again. */
export const webhookSignature = (secret: string, seconds: number, body: string, hmacSha256: HmacSha256): string =>
  `t=${seconds},v1=${hmacSha256(secret, `${seconds}.${body}`)}`

/** Milliseconds from the last of so many failures in a row to the next try: 1 s, doubled each time, 5 min at most. */
export const webhookPauseAfter = (failures: number): number => Math.min(longestPauseMs, firstPauseMs * 2 ** Math.max(0, failures - 1))
